// The horizontal axis: steps or virtual time from left to right, in units of a step's width.

/** Width of the space after a step where virtual time passes, and where steps are omitted. */
const PAUSE = .9, GAP = 3;

const axis = {};
const gapIndex = data.omitted ? countBefore(data.omitted[0] + 1) : -1;
const duration = Math.max(data.end, polls.at(-1)?.time ?? 0);

/** Lays out the axis. `axis.rate` is the number of units per nanosecond; 0 if the axis shows steps. */
function layOutAxis(name) {
  axis.name = name;
  axis.rate = name === 'time' && duration > 0 ? Math.max(polls.length, 12) * 1.5 / duration : 0;
  axis.pauses = [];
  let at = 0, time = 0;
  axis.starts = polls.map((poll, index) => {
    // On the axis of steps, a pause marks virtual time that passes.
    if (poll.time > time && axis.rate === 0) {
      axis.pauses.push({ x: at, width: PAUSE, time: poll.time - time });
      at += PAUSE;
    }
    if (index === gapIndex) at += GAP;
    time = poll.time;
    return at++ + poll.time * axis.rate;
  });
  // Leave space for the marks at the end.
  const last = axis.starts.at(-1) ?? -1;
  axis.lastEnd = last + 1;
  axis.end = last + 1 + Math.max(0, data.end - time) * axis.rate + Math.max(2, polls.length * .02);
}

/** Returns the position of an event: inside its step, or after it at its own time. */
function xOf(event) {
  if (event.poll) return axis.starts[event.poll.index] + .5;
  const { previous } = event;
  if (!previous) return -.35;
  const x = axis.starts[previous.index] + 1, next = axis.starts[previous.index + 1] ?? axis.end;
  if (axis.rate > 0) return Math.min(next, x + (event.time - previous.time) * axis.rate);
  return next - x > .3 ? Math.min(next - .15, x + PAUSE / 2) : x;
}

/** Returns the position of the start or the end of a span. */
function xAt({ event, start, end, isStart, isEnd }) {
  if (start) return axis.starts[start.index];
  if (end) return axis.starts[end.index] + 1;
  if (isEnd) return axis.end;
  return isStart ? -.35 : Math.max(xOf(event), event.poll ? axis.starts[event.poll.index] + 1 : -Infinity);
}

/** Returns the index of the last poll that starts at or before `x`; -1 if there is none. */
function pollAt(x, list = polls) {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (axis.starts[list[middle].index] <= x) low = middle + 1; else high = middle;
  }
  return low - 1;
}

/** Returns the virtual time at `x`. */
function timeAt(x) {
  const index = pollAt(x);
  if (index < 0) return 0;
  const { time } = polls[index], elapsed = Math.max(0, x - axis.starts[index] - 1);
  return Math.min(time + (axis.rate > 0 ? elapsed / axis.rate : 0), polls[index + 1]?.time ?? Math.max(data.end, time));
}

/** Returns the position of a virtual time. */
function xOfTime(time) {
  let [low, high] = [0, polls.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (polls[middle].time < time) low = middle + 1; else high = middle;
  }
  if (low > 0 && polls[low]?.time !== time) return axis.starts[low - 1] + 1 + (time - polls[low - 1].time) * axis.rate;
  return axis.starts[low] ?? 0;
}
