// The story, as the page knows it.

const data = JSON.parse(document.getElementById('story').textContent);
const RESULTS = ['pending', 'preempted', 'ready', 'panicked'];
const [SPAWNED, TIMERS, SIMULATION] = [-1, -2, -3];
const places = data.sites, choices = [];

const lanes = data.lanes.map(lane => ({ ...lane, marks: [lane.end] }));
const laneOf = new Map(lanes.map(lane => [lane.number, lane]));
/** The lane of a task, or of what else wakes tasks, which has one as soon as it does something. */
function laneFor(number) {
  if (!laneOf.has(number)) {
    const name = { [SPAWNED]: 'tokio::spawn', [TIMERS]: 'timers', [SIMULATION]: 'simulation' }[number] ?? `task ${number}`;
    laneOf.set(number, { number, name, end: '', marks: [] });
  }
  return laneOf.get(number);
}

const polls = data.polls.map(([step, task, number, result, time, site], index) =>
  ({ type: 'poll', index, step, lane: laneFor(task), number, result: RESULTS[result], time, site: places[site], woken: [], does: [], choices: [] }));
const happenings = data.happenings.map(([step, isBetween, time, by, kind, task, text], index) => {
  const goal = task === null ? undefined : laneFor(task);
  return { type: 'happening', index, step, isBetween: isBetween === 1, time, by: laneFor(by), kind, goal, text };
});

/** How many polls of the list are of an earlier step. */
function countBefore(step, list = polls) {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle].step < step) low = middle + 1; else high = middle;
  }
  return low;
}
function pollOf(step) {
  const poll = polls[countBefore(step)];
  return poll?.step === step ? poll : undefined;
}

data.choices.forEach(([step, text], index) => {
  const poll = step === null ? undefined : pollOf(step), choice = { type: 'choice', index, number: index + 1, step, text, poll };
  choices.push(choice);
  poll?.choices.push(choice);
});
/** Choices of the same step have one flag. */
const flags = [...Map.groupBy(choices.filter(choice => choice.poll), choice => choice.poll)];

for (const lane of laneOf.values()) Object.assign(lane, { type: 'lane', polls: [], spans: [], notes: [], dots: [] });
for (const poll of polls) poll.lane.polls.push(poll);

// Who is made ready by what: the first wake behind a poll ends its wait, up to the next poll.
for (const happening of happenings) {
  const { kind, goal, by, step } = happening;
  const poll = happening.isBetween ? undefined : pollOf(step);
  happening.poll = poll;
  if (!goal || kind === 'drop') by.notes.push(happening);
  // What happens inside of a step is where that is; what comes behind it, at the same place as other such.
  happening.behind = polls[countBefore(step + 1) - 1];
  poll?.does.push(happening);
  if (!poll || poll.lane !== by) by.dots.push(happening);
  if (!goal) continue;
  const next = goal.polls[countBefore(step + 1, goal.polls)], before = goal.polls[countBefore(step + 1, goal.polls) - 1];
  happening.next = next;
  if (kind === 'drop') goal.dropped = happening;
  else if (next) next.woken.push(happening);
  else (goal.atEnd ??= []).push(happening);
  if (kind === 'spawn') goal.spawned = happening;
  if (before && kind !== 'drop') before.wakes = (before.wakes ?? []).concat(happening);
}

// The time between polls: a wait until the first wake, and then a place in the line of ready tasks.
for (const lane of lanes) {
  const add = (kind, from, to, before, wake, next) => lane.spans.push({ type: 'span', kind, lane, from, to, before, wake, next, site: before?.site });
  const endOf = lane.dropped ? { happening: lane.dropped } : { isEnd: true };
  const first = lane.polls[0];
  if (lane.spawned && (first || endOf)) add('ready', { happening: lane.spawned }, first ? { start: first } : endOf, undefined, lane.spawned, first);
  else if (first && lane.number === 0 && first.number === 1) add('ready', { isStart: true }, { start: first }, undefined, undefined, first);
  lane.polls.forEach((poll, at) => {
    if (poll.result === 'ready' || poll.result === 'panicked') return;
    const next = lane.polls[at + 1], to = next ? { start: next } : endOf, wake = poll.wakes?.[0];
    if (poll.result === 'preempted') return add('ready', { end: poll }, to, poll, wake, next);
    if (!wake) return add('wait', { end: poll }, to, poll, undefined, next);
    if (wake.poll !== poll) add('wait', { end: poll }, { happening: wake }, poll, wake, next);
    add('ready', wake.poll === poll ? { end: poll } : { happening: wake }, to, poll, wake, next);
  });
}

/** The lanes from top to bottom: what is no task of the test's stands above, as all that it does is to wake. */
const rows = [...[TIMERS, SIMULATION, SPAWNED].map(number => laneOf.get(number)).filter(Boolean), ...lanes];

const all = [...polls, ...happenings.filter(({ goal, kind }) => !goal || kind === 'drop'), ...choices.filter(choice => choice.poll)];
for (const item of all) {
  const { site } = item, frames = site ? site.frames.flat() : [], lane = item.lane ?? item.by;
  const marks = item.type === 'poll' ? [item.result, ...(item.choices.length > 0 ? ['choice'] : [])] : [item.kind ?? 'choice'];
  item.words = [lane?.name ?? '', item.text ?? '', ...frames, site?.primitive ?? '', ...marks.map(mark => `is:${mark}`)].join('\n').toLowerCase();
}
for (const lane of rows) {
  const last = lane.polls.at(-1)?.site;
  lane.words = [lane.name, `task ${lane.number}`, lane.site ?? '', ...lane.marks.map(mark => `is:${mark}`), ...(last?.frames.flat() ?? []),
    last?.primitive ?? ''].join('\n').toLowerCase();
}
