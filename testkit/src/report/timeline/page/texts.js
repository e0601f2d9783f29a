// Texts about the items of the timeline.

/** Formats a virtual time in nanoseconds like the report. */
function formatDuration(nanoseconds) {
  const [factor, unit] = nanoseconds === 0 || nanoseconds >= 1e9 ? [1e9, 's'] : nanoseconds >= 1e6 ? [1e6, 'ms']
    : nanoseconds >= 1e3 ? [1e3, 'µs'] : [1, 'ns'];
  return `${Number((nanoseconds / factor).toPrecision(9))} ${unit}`;
}

const counted = (count, noun) => `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
const ACTOR_NAMES = { [RAW_TASKS]: 'a tokio::spawn task', [TIMERS]: 'a timer', [SIMULATION]: 'the simulation' };
const quoted = lane => ACTOR_NAMES[lane.number] ?? `\`${lane.name}\``;

const RESULT_TEXTS = {
  pending: 'returned Pending: it waits', preempted: 'was preempted while it could continue', ready: 'completed',
  panicked: 'panicked',
};
const END_TEXTS = {
  done: 'completed', panicked: 'panicked', dropped: 'was dropped before it completed', waiting: 'is still waiting',
  stuck: 'is stuck: nothing is left that could wake it', leaked: 'is still alive after the end of the test',
  ready: 'is ready, but was not polled again',
};

/** Returns whether a poll is followed by a wait at a known place. The place is unknown for `tokio::spawn` tasks. */
const hasKnownWait = poll => poll.result === 'pending' && poll.lane.number !== RAW_TASKS;
const isStuck = span => span.kind === 'wait' && span.to.isEnd && span.lane.end === 'stuck';

/** Returns the last two segments of a path: `Sender::send` for `tokio::sync::mpsc::bounded::Sender::send`. */
const shortPath = path => path.split('::').slice(-2).join('::');

/** Describes where a task waits, in one line. */
function siteLine(site) {
  if (!site) return 'registered no waker';
  return site.primitive && site.frames.length > 0 ? `${site.label} · ${shortPath(site.primitive)}` : site.label;
}
/** Describes where a task waits: its frames, and the primitive. */
function siteLines(site) {
  if (!site) return ['It registered no waker.'];
  const stack = site.frames.map(([place, name]) => `${place}  ${name}`).join('\n← ');
  return [stack, site.primitive ? `waits in ${site.primitive}` : ''];
}

/** Describes what made a task ready, as a sentence without a subject. */
function wakeLine({ kind, by, step, isBetween, time }) {
  const verb = { wake: 'woken', spawn: 'spawned', abort: 'aborted' }[kind];
  if (!isBetween) return `${verb} by ${quoted(by)} in step ${step}`;
  if (by.number === TIMERS) return `${verb} by ${quoted(by)} at ${formatDuration(time)}`;
  return `${verb} by ${quoted(by)} ${step === 0 ? 'before the first step' : `after step ${step}`}`;
}

const HOST_EVENTS = { crash: 'crashed', restart: 'restarted' };
const isLost = packet => packet.arrivals.length === 0;
/** Describes a packet. The time is that until its first arrival. */
function packetLine({ packet, from, to, text, time, arrivals: [arrival] }) {
  const end = arrival ? formatDuration(arrival.time - time) : 'did not arrive';
  return `packet ${packet} from \`${from}\` to \`${to}\`: ${text}, ${end}`;
}
/** Describes the arrival of a packet. */
function arrivalLine({ packet, sending }) {
  if (!sending) return `packet ${packet} arrived`;
  return `packet ${packet} from \`${sending.from}\` arrived at \`${sending.to}\`: ${sending.text}`;
}

/** Describes an event, as a sentence without a subject. */
function eventLine(event) {
  const { kind, target, text } = event;
  if (event.host) return `host \`${text}\` ${HOST_EVENTS[kind]}`;
  if (kind === 'sent') return packetLine(event);
  if (kind === 'arrived') return arrivalLine(event);
  if (kind === 'note' || kind === 'decision') return `${kind}: ${text}`;
  if (kind === 'drop') return `${quoted(target)} was dropped before it completed`;
  const verb = { wake: 'woke', spawn: 'spawned', abort: 'aborted' }[kind];
  return target ? `${verb} ${quoted(target)}` : `${kind} ${text}`;
}

/** Returns the title and the lines of an item's tooltip. */
function tooltip(item) {
  const tooltips = {
    poll: pollTooltip, span: spanTooltip, lane: laneTooltip, host: hostTooltip, choice: choiceTooltip, event: eventTooltip,
  };
  return tooltips[item.type](item);
}

function pollTooltip(poll) {
  const { step, lane, number, time, site } = poll;
  const more = [...poll.choices.map(choice => `choice ${choice.number}: ${choice.text}`), ...poll.events.map(eventLine)];
  if (lane.number === RAW_TASKS) return { title: `Step ${step}: a tokio::spawn task ran`, lines: more };
  const where = hasKnownWait(poll) ? siteLines(site) : poll.result === 'preempted' && site ? [`at ${site.label}`] : [];
  const title = `Step ${step}: ${quoted(lane)} ${RESULT_TEXTS[poll.result]}`;
  return { title, lines: [`poll ${number}, at ${formatDuration(time)}`, ...where, ...more] };
}

function spanTooltip(span) {
  const { kind, lane, site, wake } = span, by = wake ? [wakeLine(wake)] : [];
  if (kind === 'ready') return { title: `${quoted(lane)} is ready, but other tasks run first`, lines: by };
  const never = isStuck(span) ? 'and nothing is left that could wake it' : 'until the end of the recording';
  return { title: `${quoted(lane)} waits`, lines: [...siteLines(site), ...(wake ? by : [never])] };
}

function laneTooltip(lane) {
  if (lane.number < 0) return { title: lane.name, lines: [counted(lane.dots.length, 'wake')] };
  const host = lane.band ? `on the host \`${lane.band.name}\`` : '';
  return { title: `Task ${lane.number} ${quoted(lane)}`, lines: [host, END_TEXTS[lane.end], counted(lane.polls.length, 'poll')] };
}

function hostTooltip({ name, lanes, events, packets }) {
  const counts = [counted(lanes.length, 'task'), counted(packets.length, 'packet')];
  return { title: `Host \`${name}\``, lines: [...counts, ...events.map(eventAtTime)] };
}
/** Describes a crash or a restart with its time. */
const eventAtTime = event => `${HOST_EVENTS[event.kind]} at ${formatDuration(event.time)}, in step ${event.step}`;

function choiceTooltip({ number, step, text }) {
  return { title: `Choice ${number} of ${choices.length}, in step ${step}`, lines: [text] };
}

function eventTooltip(event) {
  const { by, step, host, kind } = event, line = eventLine(event);
  if (host) return { title: line, lines: [eventAtTime(event)] };
  const sentAt = `sent in step ${step}, at ${formatDuration(event.time)}`;
  if (kind === 'sent') return { title: line, lines: [sentAt, ...event.arrivals.map(arrivedAt)] };
  const actor = by.number < 0 ? by.name : quoted(by);
  return { title: `${actor}, in step ${step}`, lines: [line] };
}
/** Describes when a packet arrived. */
const arrivedAt = ({ step, time }) => `arrived in step ${step}, at ${formatDuration(time)}`;
