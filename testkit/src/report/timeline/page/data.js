// The data of the page: reads the JSON, and links hosts, polls, events and choices with each other.

const data = JSON.parse(document.getElementById('timeline-data').textContent);
const RESULTS = ['pending', 'preempted', 'ready', 'panicked'];
const [RAW_TASKS, TIMERS, SIMULATION] = [-1, -2, -3];
const choices = [];

const lanes = data.lanes;
const laneOf = new Map(lanes.map(lane => [lane.number, lane]));
/** Returns the lane of a task, the timers, the simulation or the raw tasks. Creates it at the first use. */
function laneFor(number) {
  if (!laneOf.has(number)) {
    const name = { [RAW_TASKS]: 'tokio::spawn', [TIMERS]: 'timers', [SIMULATION]: 'simulation' }[number] ?? `task ${number}`;
    laneOf.set(number, { number, name, end: '' });
  }
  return laneOf.get(number);
}

const polls = data.polls.map(([step, task, number, result, time, site], index) => {
  const lists = { wokenBy: [], wakesAfter: [], events: [], choices: [] };
  return { type: 'poll', index, step, lane: laneFor(task), number, result: RESULTS[result], time, site: data.sites[site], ...lists };
});
const events = data.events.map(([step, isBetween, time, by, kind, task, text, packet, from, to], index) => {
  const target = task === null ? undefined : laneFor(task);
  return { type: 'event', index, step, isBetween: isBetween === 1, time, by: laneFor(by), kind, target, text, packet, from, to };
});

const isOfHost = ({ kind }) => kind === 'crash' || kind === 'restart';
const isOfPacket = ({ kind }) => kind === 'sent' || kind === 'arrived';
/** Returns the hosts by name, `main` first. Without other hosts, there are none, as there is nothing to group. */
function findHosts() {
  const ofEvents = events.flatMap(event => event.kind === 'sent' ? [event.from, event.to] : isOfHost(event) ? [event.text] : []);
  const names = new Set(['main', ...lanes.map(lane => lane.host ?? 'main'), ...ofEvents]);
  if (names.size === 1) return new Map();
  return new Map([...names].map(name => [name, { type: 'host', name, lanes: [], events: [], packets: [] }]));
}
const hosts = findHosts();
for (const lane of lanes) {
  lane.band = hosts.get(lane.host ?? 'main');
  lane.band?.lanes.push(lane);
}
const packets = events.filter(({ kind }) => kind === 'sent');

/** Returns the number of polls in `list` that belong to an earlier step. */
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
/** Choices made in the same step share a flag. */
const flags = [...Map.groupBy(choices.filter(choice => choice.poll), choice => choice.poll)];

for (const lane of laneOf.values()) Object.assign(lane, { type: 'lane', polls: [], spans: [], notes: [], dots: [] });
for (const poll of polls) poll.lane.polls.push(poll);

/** Packets by number, and the last arrival, which may cause the next wake. */
const packetOf = new Map();
let arrival;
/** Links a packet with its hosts and its arrivals. */
function linkPacket(event) {
  if (event.kind === 'sent') {
    event.arrivals = [];
    packetOf.set(event.packet, event);
    for (const name of new Set([event.from, event.to])) hosts.get(name).packets.push(event);
    return;
  }
  // The steps in which a packet was sent may be omitted.
  event.sending = packetOf.get(event.packet);
  event.sending?.arrivals.push(event);
  arrival = event;
}
/** Links the last arrival with the task that it wakes on its host. */
function linkReceiver(event) {
  const { kind, step, by, target } = event;
  if (kind !== 'wake' || arrival?.step !== step || arrival.by !== by || arrival.receiver) return;
  if (target.band?.name !== arrival.sending?.to) return;
  event.arrival = arrival;
  arrival.receiver = target;
}

const isNote = event => !isOfHost(event) && !isOfPacket(event) && (!event.target || event.kind === 'drop');
// Links events with polls. The first wake after a poll ends the wait that follows it.
for (const event of events) {
  const { kind, target, by, step } = event;
  const poll = event.isBetween ? undefined : pollOf(step);
  event.poll = poll;
  if (isNote(event)) by.notes.push(event);
  // The poll that the event is drawn after, if it occurred between two steps.
  event.previous = polls[countBefore(step + 1) - 1];
  poll?.events.push(event);
  if (isOfPacket(event)) {
    linkPacket(event);
    continue;
  }
  if (isOfHost(event)) {
    event.host = hosts.get(event.text);
    event.host.events.push(event);
    continue;
  }
  linkReceiver(event);
  if (!poll || poll.lane !== by) by.dots.push(event);
  if (!target) continue;
  const at = countBefore(step + 1, target.polls), next = target.polls[at], before = target.polls[at - 1];
  event.next = next;
  if (kind === 'drop') target.dropped = event;
  else {
    next?.wokenBy.push(event);
    before?.wakesAfter.push(event);
  }
  if (kind === 'spawn') target.spawned = event;
}

// Spans between polls: a wait until the first wake, then time in the run queue.
for (const lane of lanes) {
  const add = (kind, from, to, around) => lane.spans.push({ type: 'span', kind, lane, from, to, site: around.before?.site, ...around });
  const end = lane.dropped ? { event: lane.dropped } : { isEnd: true }, [first] = lane.polls, { spawned } = lane;
  if (spawned) add('ready', { event: spawned }, first ? { start: first } : end, { wake: spawned, next: first });
  else if (lane.number === 0 && first?.number === 1) add('ready', { isStart: true }, { start: first }, { next: first });
  lane.polls.forEach((poll, at) => {
    if (poll.result === 'ready' || poll.result === 'panicked') return;
    const next = lane.polls[at + 1], to = next ? { start: next } : end, [wake] = poll.wakesAfter, around = { before: poll, wake, next };
    if (!wake && poll.result === 'pending') return add('wait', { end: poll }, to, around);
    // A preempted task is ready immediately, as is a task that wakes itself during its poll.
    const isReadyAtOnce = !wake || wake.poll === poll;
    if (!isReadyAtOnce) add('wait', { end: poll }, { event: wake }, around);
    add('ready', isReadyAtOnce ? { end: poll } : { event: wake }, to, around);
  });
}

/** The lanes, those of a host below its name. */
const grouped = hosts.size > 0 ? [...hosts.values()].flatMap(host => [host, ...host.lanes]) : lanes;
/** Rows from top to bottom. Timers, simulation and raw tasks are at the top, as they only wake tasks. */
const rows = [...[TIMERS, SIMULATION, RAW_TASKS].map(number => laneOf.get(number)).filter(Boolean), ...grouped];
const isLane = row => row.type === 'lane';

/** Events drawn as diamonds below a lane: those that make no task ready. */
const notes = events.filter(isNote);
/** Crashes and restarts. */
const hostEvents = events.filter(isOfHost);
const all = [...polls, ...notes, ...hostEvents, ...packets, ...choices.filter(choice => choice.poll)];

const joinSearchText = (marks, site, ...texts) => [...texts, ...(site?.frames.flat() ?? []), site?.primitive ?? '',
  ...marks.map(mark => `is:${mark}`)].join('\n').toLowerCase();
/** Returns the text in which a search looks for an item. Built on first use, as it is slow for thousands of items. */
function searchText(item) {
  if (item.searchText) return item.searchText;
  const { type, lane, by, site, text = '' } = item;
  if (type === 'lane') {
    const texts = [item.name, `task ${item.number}`, site ?? '', item.band ? `host ${item.band.name}` : ''];
    return item.searchText = joinSearchText([item.end], item.polls.at(-1)?.site, ...texts);
  }
  if (type === 'host') return item.searchText = joinSearchText(['host'], null, `host ${item.name}`);
  const kinds = item.kind === 'sent' ? ['packet', ...(isLost(item) ? ['lost'] : [])] : [item.kind ?? 'choice'];
  const marks = type === 'poll' ? [item.result, ...item.choices.map(() => 'choice')] : kinds;
  const line = type === 'event' && !isNote(item) ? eventLine(item) : text;
  return item.searchText = joinSearchText(marks, site, (lane ?? by)?.name ?? '', line);
}
