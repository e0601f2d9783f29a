// What things are called.

/** A virtual time in nanoseconds, as the report writes it. */
function written(nanoseconds) {
  const [factor, unit] = nanoseconds === 0 || nanoseconds >= 1e9 ? [1e9, 's'] : nanoseconds >= 1e6 ? [1e6, 'ms']
    : nanoseconds >= 1e3 ? [1e3, 'µs'] : [1, 'ns'];
  return `${Number((nanoseconds / factor).toPrecision(9))} ${unit}`;
}

const counted = (count, noun) => `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
const OTHERS = { [SPAWNED]: 'a task of tokio::spawn', [TIMERS]: 'a timer', [SIMULATION]: 'the simulation' };
const quoted = lane => OTHERS[lane.number] ?? `\`${lane.name}\``;

const MEANINGS = {
  pending: 'returned Pending: it waits', preempted: 'was preempted, although it could go on', ready: 'came to its end',
  panicked: 'panicked',
};
const ENDS = {
  done: 'came to its end', panicked: 'panicked', dropped: 'was dropped before its end', waiting: 'still waits',
  stuck: 'is stuck: nothing is left that could wake it', left: 'is left, although the test is over',
  ready: 'is ready, and was not polled again',
};

/** Whether a poll is followed by a wait, of which it is known where. Of tasks of `tokio::spawn` nothing is. */
const waits = poll => poll.result === 'pending' && poll.lane.number !== SPAWNED;
const isStuck = span => span.kind === 'wait' && span.to.isEnd && span.lane.end === 'stuck';

/** The last two parts of a path: of `tokio::sync::mpsc::bounded::Sender::send`, `Sender::send`. */
const shortPath = path => path.split('::').slice(-2).join('::');

/** Where a task waits, in one line, and in several. */
function siteLine(site) {
  if (!site) return 'left no waker with anyone';
  return site.primitive && site.frames.length > 0 ? `${site.label} · ${shortPath(site.primitive)}` : site.label;
}
function siteLines(site) {
  if (!site) return ['It left no waker with anyone.'];
  const stack = site.frames.map(([place, name]) => `${place}  ${name}`).join('\n← ');
  return [stack, site.primitive ? `waits in ${site.primitive}` : ''];
}

/** Who made a task ready, in a sentence without its subject. */
function wakeLine({ kind, by, step, isBetween, time }) {
  const verb = { wake: 'woken', spawn: 'spawned', abort: 'aborted' }[kind];
  if (!isBetween) return `${verb} by ${quoted(by)} in step ${step}`;
  if (by.number === TIMERS) return `${verb} by ${quoted(by)} at ${written(time)}`;
  return `${verb} by ${quoted(by)} ${step === 0 ? 'before the first step' : `after step ${step}`}`;
}

/** What somebody did, in a sentence without its subject. */
function doingLine({ kind, goal, text }) {
  if (kind === 'note' || kind === 'decision') return `${kind}: ${text}`;
  if (kind === 'drop') return `${quoted(goal)} was dropped before its end`;
  const verb = { wake: 'woke', spawn: 'spawned', abort: 'aborted' }[kind];
  return goal ? `${verb} ${quoted(goal)}` : `${kind} ${text}`;
}

/** A title and lines about anything that can be pointed at. */
function told(item) {
  return { poll: toldOfPoll, span: toldOfSpan, lane: toldOfLane, choice: toldOfChoice, happening: toldOfHappening }[item.type](item);
}

function toldOfPoll(poll) {
  const { step, lane, number, time, site } = poll;
  const more = [...poll.choices.map(choice => `choice ${choice.number}: ${choice.text}`), ...poll.does.map(doingLine)];
  if (lane.number === SPAWNED) return { title: `Step ${step}: a task of tokio::spawn ran`, lines: more };
  const where = waits(poll) ? siteLines(site) : poll.result === 'preempted' && site ? [`at ${site.label}`] : [];
  const title = `Step ${step}: ${quoted(lane)} ${MEANINGS[poll.result]}`;
  return { title, lines: [`poll ${number}, at ${written(time)}`, ...where, ...more] };
}

function toldOfSpan(span) {
  const { kind, lane, site, wake } = span, by = wake ? [wakeLine(wake)] : [];
  if (kind === 'ready') return { title: `${quoted(lane)} is ready, and others run first`, lines: by };
  const never = isStuck(span) ? 'and nothing is left that could wake it' : 'until the end of what is told here';
  return { title: `${quoted(lane)} waits`, lines: [...siteLines(site), ...(wake ? by : [never])] };
}

function toldOfLane(lane) {
  if (lane.number < 0) return { title: lane.name, lines: [counted(lane.dots.length, 'wake')] };
  return { title: `Task ${lane.number} ${quoted(lane)}`, lines: [ENDS[lane.end], counted(lane.polls.length, 'poll')] };
}

function toldOfChoice({ number, step, text }) {
  return { title: `Choice ${number} of ${choices.length}, in step ${step}`, lines: [text] };
}

function toldOfHappening(happening) {
  const { by, step } = happening, who = by.number < 0 ? by.name : quoted(by);
  return { title: `${who}, in step ${step}`, lines: [doingLine(happening)] };
}
