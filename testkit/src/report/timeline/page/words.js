// What things are called.

/** A virtual time in nanoseconds, as the report writes it. */
function written(nanoseconds) {
  if (nanoseconds === 0) return '0 s';
  const seconds = nanoseconds / 1e9, round = (number, unit) => `${Number(number.toPrecision(9))} ${unit}`;
  if (seconds >= 1) return round(seconds, 's');
  if (nanoseconds >= 1e6) return round(nanoseconds / 1e6, 'ms');
  return nanoseconds >= 1e3 ? round(nanoseconds / 1e3, 'µs') : round(nanoseconds, 'ns');
}

const quoted = lane => lane.number < 0 ? { [SPAWNED]: 'a task of tokio::spawn', [TIMERS]: 'a timer', [SIMULATION]: 'the simulation' }[lane.number] : `\`${lane.name}\``;
const counted = (count, noun) => `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;

const MEANINGS = {
  pending: 'returned Pending: it waits', preempted: 'was preempted, although it could go on',
  ready: 'came to its end', panicked: 'panicked',
};
const ENDS = {
  done: 'came to its end', panicked: 'panicked', dropped: 'was dropped before its end', stuck: 'is stuck: nothing is left that could wake it',
  left: 'is left, although the test is over', waiting: 'still waits', ready: 'is ready, and was not polled again',
};

/** Where a task waits, in a line. */
function siteLine(site) {
  if (!site) return 'left no waker with anyone';
  return site.primitive && site.frames.length > 0 ? `${site.label} · ${shortPath(site.primitive)}` : site.label;
}
/** The last two parts of a path: of `tokio::sync::mpsc::bounded::Sender::send`, `Sender::send`. */
const shortPath = path => path.split('::').slice(-2).join('::');

/** Who made a task ready, in a sentence without its subject. */
function wakeLine({ kind, by, step, isBetween, time }) {
  const verb = { wake: 'woken', spawn: 'spawned', abort: 'aborted' }[kind];
  const when = isBetween ? (by.number === TIMERS ? `at ${written(time)}` : step === 0 ? 'before the first step' : `after step ${step}`) : `in step ${step}`;
  return `${verb} by ${quoted(by)} ${when}`;
}

function doingLine({ kind, goal, text }) {
  if (kind === 'note' || kind === 'decision') return `${kind}: ${text}`;
  if (!goal) return `${kind} ${text}`;
  if (kind === 'drop') return `${quoted(goal)} was dropped before its end`;
  const verb = { wake: 'woke', spawn: 'spawned', abort: 'aborted' }[kind];
  return `${verb} ${quoted(goal)}`;
}

/** A title and lines about anything that can be pointed at. */
function told(item) {
  switch (item.type) {
    case 'poll': return {
      title: `Step ${item.step}: ${item.lane.number === SPAWNED ? 'a task of tokio::spawn ran' : `${quoted(item.lane)} ${MEANINGS[item.result]}`}`,
      lines: [item.lane.number === SPAWNED ? '' : `poll ${item.number}, at ${written(item.time)}`, ...(item.result === 'pending' && item.lane.number !== SPAWNED ? siteLines(item.site) : item.result === 'preempted' && item.site ? [`at ${item.site.label}`] : []),
        ...item.choices.map(choice => `choice ${choice.number}: ${choice.text}`), ...item.does.map(doingLine)],
    };
    case 'span': return {
      title: item.kind === 'wait' ? `${quoted(item.lane)} waits` : `${quoted(item.lane)} is ready, and others run first`,
      lines: [...(item.kind === 'wait' ? siteLines(item.site) : []), ...(item.wake ? [wakeLine(item.wake)] : item.kind === 'wait' ? [isStuck(item) ? 'and nothing is left that could wake it' : 'not woken in what is told here'] : [])],
    };
    case 'lane': return {
      title: item.number < 0 ? item.name : `Task ${item.number} ${quoted(item)}`,
      lines: item.number < 0 ? [counted(item.dots.length, 'wake')] : [`${ENDS[item.end]}`, counted(item.polls.length, 'poll')],
    };
    case 'choice': return { title: `Choice ${item.number} of ${choices.length}, in step ${item.step}`, lines: [item.text] };
    default: return { title: `${item.by.number < 0 ? item.by.name : quoted(item.by)}, in step ${item.step}`, lines: [doingLine(item)] };
  }
}
const isStuck = span => span.kind === 'wait' && span.to.isEnd && span.lane.end === 'stuck';
function siteLines(site) {
  if (!site) return ['It left no waker with anyone.'];
  return [site.frames.map(([place, name]) => `${place}  ${name}`).join('\n← '), ...(site.primitive ? [`waits in ${site.primitive}`] : [])].filter(Boolean);
}
