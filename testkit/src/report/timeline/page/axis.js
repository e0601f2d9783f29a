// Where things are: steps or virtual time from left to right, in units of a step's width.

/** The room behind a step where time passes, and where steps are left out. */
const PAUSE = .9, GAP = 3;

const axis = {};
const omittedBehind = data.omitted ? countBefore(data.omitted[0] + 1) : -1;
const duration = Math.max(data.end, polls.at(-1)?.time ?? 0);

/** Lays the axis out: `time` is how many units a nanosecond has. */
function layAxis(name) {
  axis.name = name;
  axis.rate = name === 'time' && duration > 0 ? Math.max(polls.length, 12) * 1.5 / duration : 0;
  axis.pauses = [];
  let at = 0, time = 0;
  axis.starts = polls.map((poll, index) => {
    // In steps, a pause stands for time that passes.
    if (poll.time > time && axis.rate === 0) {
      axis.pauses.push({ x: at, width: PAUSE, time: poll.time - time });
      at += PAUSE;
    }
    if (index === omittedBehind) at += GAP;
    time = poll.time;
    return at++ + poll.time * axis.rate;
  });
  // Room for what stands at the end.
  const last = axis.starts.at(-1) ?? -1;
  axis.lastEnd = last + 1;
  axis.end = last + 1 + Math.max(0, data.end - time) * axis.rate + Math.max(2, polls.length * .02);
}

/** Where a happening is: inside of its step, or behind it, at its time. */
function xOf(happening) {
  if (happening.poll) return axis.starts[happening.poll.index] + .5;
  const behind = happening.behind;
  if (!behind) return -.35;
  const x = axis.starts[behind.index] + 1, next = axis.starts[behind.index + 1] ?? axis.end;
  if (axis.rate > 0) return Math.min(next, x + (happening.time - behind.time) * axis.rate);
  return next - x > .3 ? Math.min(next - .15, x + PAUSE / 2) : x;
}

/** Where a span begins or ends. */
function xAt({ happening, start, end, isStart, isEnd }) {
  if (start) return axis.starts[start.index];
  if (end) return axis.starts[end.index] + 1;
  if (isEnd) return axis.end;
  return isStart ? -.35 : Math.max(xOf(happening), happening.poll ? axis.starts[happening.poll.index] + 1 : -Infinity);
}

/** The number of the last of the polls that begin at `x` or before; -1, if none does. */
function pollAt(x, list = polls) {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (axis.starts[list[middle].index] <= x) low = middle + 1; else high = middle;
  }
  return low - 1;
}

/** The virtual time at `x`. */
function timeAt(x) {
  const index = pollAt(x);
  if (index < 0) return 0;
  const { time } = polls[index], behind = Math.max(0, x - axis.starts[index] - 1);
  return Math.min(time + (axis.rate > 0 ? behind / axis.rate : 0), polls[index + 1]?.time ?? Math.max(data.end, time));
}

/** Where a virtual time is: behind all that is polled up to it. */
function xOfTime(time) {
  let [low, high] = [0, polls.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (polls[middle].time < time) low = middle + 1; else high = middle;
  }
  if (low > 0 && polls[low]?.time !== time) return axis.starts[low - 1] + 1 + (time - polls[low - 1].time) * axis.rate;
  return axis.starts[low] ?? 0;
}
