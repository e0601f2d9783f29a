// The story, as the page knows it.

const data = JSON.parse(document.getElementById('story').textContent);
const RESULTS = ['pending', 'preempted', 'ready', 'panicked'];
const [SPAWNED, TIMERS, SIMULATION] = [-1, -2, -3];
const choices = [];

const lanes = data.lanes;
const laneOf = new Map(lanes.map(lane => [lane.number, lane]));
/** The lane of a task, or of what else wakes tasks, which has one as soon as it does something. */
function laneFor(number) {
  if (!laneOf.has(number)) {
    const name = { [SPAWNED]: 'tokio::spawn', [TIMERS]: 'timers', [SIMULATION]: 'simulation' }[number] ?? `task ${number}`;
    laneOf.set(number, { number, name, end: '' });
  }
  return laneOf.get(number);
}

const polls = data.polls.map(([step, task, number, result, time, site], index) => {
  const lists = { woken: [], wakes: [], does: [], choices: [] };
  return { type: 'poll', index, step, lane: laneFor(task), number, result: RESULTS[result], time, site: data.sites[site], ...lists };
});
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
  const at = countBefore(step + 1, goal.polls), next = goal.polls[at], before = goal.polls[at - 1];
  happening.next = next;
  if (kind === 'drop') goal.dropped = happening;
  else {
    next?.woken.push(happening);
    before?.wakes.push(happening);
  }
  if (kind === 'spawn') goal.spawned = happening;
}

// The time between polls: a wait until the first wake, and then a place in the line of ready tasks.
for (const lane of lanes) {
  const add = (kind, from, to, around) => lane.spans.push({ type: 'span', kind, lane, from, to, site: around.before?.site, ...around });
  const end = lane.dropped ? { happening: lane.dropped } : { isEnd: true }, [first] = lane.polls, { spawned } = lane;
  if (spawned) add('ready', { happening: spawned }, first ? { start: first } : end, { wake: spawned, next: first });
  else if (lane.number === 0 && first?.number === 1) add('ready', { isStart: true }, { start: first }, { next: first });
  lane.polls.forEach((poll, at) => {
    if (poll.result === 'ready' || poll.result === 'panicked') return;
    const next = lane.polls[at + 1], to = next ? { start: next } : end, [wake] = poll.wakes, around = { before: poll, wake, next };
    if (!wake && poll.result === 'pending') return add('wait', { end: poll }, to, around);
    // One that was preempted has woken itself.
    const isAtOnce = !wake || wake.poll === poll;
    if (!isAtOnce) add('wait', { end: poll }, { happening: wake }, around);
    add('ready', isAtOnce ? { end: poll } : { happening: wake }, to, around);
  });
}

/** The lanes from top to bottom: what is no task of the test's stands above, as all that it does is to wake. */
const rows = [...[TIMERS, SIMULATION, SPAWNED].map(number => laneOf.get(number)).filter(Boolean), ...lanes];

/** What has a diamond below its lane: all that makes nobody ready. */
const notes = happenings.filter(({ goal, kind }) => !goal || kind === 'drop');
const all = [...polls, ...notes, ...choices.filter(choice => choice.poll)];

const wordsOf = (marks, site, ...texts) => [...texts, ...(site?.frames.flat() ?? []), site?.primitive ?? '',
  ...marks.map(mark => `is:${mark}`)].join('\n').toLowerCase();
/** What something is found by. It is put together when it is looked for first, as that takes long for thousands. */
function words(item) {
  if (item.words) return item.words;
  const { type, lane, by, site, text = '' } = item;
  if (type === 'lane') return item.words = wordsOf([item.end], item.polls.at(-1)?.site, item.name, `task ${item.number}`, site ?? '');
  const marks = type === 'poll' ? [item.result, ...item.choices.map(() => 'choice')] : [item.kind ?? 'choice'];
  return item.words = wordsOf(marks, site, (lane ?? by)?.name ?? '', text);
}
