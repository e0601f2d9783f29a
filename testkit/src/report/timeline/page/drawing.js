// Drawing.

const view = document.getElementById('view'), canvas = view.querySelector('canvas'), pen = canvas.getContext('2d');
const RULER = 26, BAR = 18, FONT = 'system-ui, sans-serif';
/** The choices have a line of their own above the lanes. */
const TOP = RULER + (flags.length > 0 ? 24 : 0);
const colours = {}, size = { width: 0, height: 0, gutter: 0, row: 42 };
const COLOURS = ['page', 'sheet', 'rule', 'ink', 'faint', 'edge', 'needs', 'found', 'row', 'wait', 'queued', 'choice', 'pending',
  'preempted', 'done', 'failed', 'warning'];
const OF_RESULT = { pending: 'pending', preempted: 'preempted', ready: 'done', panicked: 'failed' };
const OF_END = { done: 'done', panicked: 'failed', dropped: 'faint', stuck: 'failed', left: 'failed', waiting: 'wait', ready: 'preempted' };
const MARKS = { ready: '✓', panicked: '✕', preempted: '‖' };

/** Takes the colours from the style sheet, which has two of each. */
function takeColours() {
  const probe = document.createElement('i');
  view.append(probe);
  for (const name of COLOURS) {
    probe.style.color = `var(--${name})`;
    colours[name] = getComputedStyle(probe).color;
  }
  probe.remove();
}

function measured(text, font) {
  pen.font = `${font} ${FONT}`;
  return pen.measureText(text).width;
}
function shortened(text, font, width) {
  if (measured(text, font) <= width) return text;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (measured(`${text.slice(0, middle)}…`, font) <= width) low = middle; else high = middle - 1;
  }
  return low < 3 ? '' : `${text.slice(0, low)}…`;
}

const screenX = x => size.gutter + (x - camera.x) * camera.scale;
const screenY = lane => TOP + (lane.row + .5) * size.row - camera.y;

function write(text, x, y, colour, font = '12px', align = 'left') {
  pen.font = `${font} ${FONT}`;
  pen.fillStyle = colours[colour];
  pen.textAlign = align;
  pen.fillText(text, x, y);
}
function stroke(colour, width, path, dash = []) {
  pen.strokeStyle = colours[colour];
  pen.lineWidth = width;
  pen.setLineDash(dash);
  pen.beginPath();
  path();
  pen.stroke();
  pen.setLineDash([]);
}
function fillRound(colour, x, y, width, height, radius) {
  pen.fillStyle = colours[colour];
  pen.beginPath();
  pen.roundRect(x, y, width, height, radius);
  pen.fill();
}

let isDrawn = true;
/** Draws anew with the next frame. */
function invalidate() {
  if (isDrawn) requestAnimationFrame(paint);
  isDrawn = false;
}

/** How high a lane is: where there are few, they have more room each. */
function sizeRows() {
  size.row = Math.round(Math.min(60, Math.max(42, (size.height - TOP - 60) / shown.length)));
}

function resize() {
  const { width, height } = view.getBoundingClientRect(), density = devicePixelRatio || 1;
  const names = rows.map(lane => measured(lane.name, '600 13px') + (lane.number < 0 ? 40 : 60));
  Object.assign(size, { width, height, density, gutter: Math.round(Math.min(Math.max(90, ...names), Math.max(110, width * .22), 230)) });
  view.parentElement.style.setProperty('--gutter', `${size.gutter}px`);
  sizeRows();
  [canvas.width, canvas.height] = [Math.round(width * density), Math.round(height * density)];
}

function paint() {
  isDrawn = true;
  pen.setTransform(size.density, 0, 0, size.density, 0, 0);
  pen.textBaseline = 'middle';
  pen.fillStyle = colours.page;
  pen.fillRect(0, 0, size.width, size.height);
  pen.save();
  pen.beginPath();
  pen.rect(size.gutter, 0, size.width - size.gutter, size.height);
  pen.clip();
  paintGround();
  const visible = shown.filter(lane => screenY(lane) > TOP - size.row && screenY(lane) < size.height + size.row);
  visible.forEach(paintSpans);
  if (!state.hidden.has('wakes')) paintWakes();
  visible.forEach(paintPolls);
  if (!state.hidden.has('notes')) visible.forEach(paintNotes);
  visible.forEach(paintEnd);
  paintTop();
  pen.restore();
  paintGutter(visible);
}

/** What lies below the lanes: stripes, pauses, what is left out, the choices' lines. */
function paintGround() {
  for (const lane of shown) {
    if (lane.row % 2 === 0 && lane !== state.lane) continue;
    pen.fillStyle = colours[lane === state.lane ? 'rule' : 'row'];
    pen.globalAlpha = lane === state.lane ? .55 : 1;
    pen.fillRect(size.gutter, screenY(lane) - size.row / 2, size.width, size.row);
  }
  const bottom = Math.min(size.height, TOP + shown.length * size.row - camera.y);
  pen.globalAlpha = .3;
  pen.fillStyle = colours.rule;
  // From far away they would be no more than a veil.
  if (camera.scale > 2) for (const { x, width } of axis.pauses) pen.fillRect(screenX(x), TOP, width * camera.scale, bottom - TOP);
  pen.globalAlpha = 1;
  if (omittedBehind >= 0) {
    const right = screenX(axis.starts[omittedBehind]), left = right - GAP * camera.scale;
    stroke('faint', 1.5, () => {
      for (let y = TOP; y < bottom; y += 12) for (const x of [left + 2, right - 2]) pen.moveTo(x, y), pen.lineTo(x + 3, y + 6), pen.lineTo(x, y + 12);
    });
  }
  if (state.hidden.has('choices')) return;
  for (const [poll, [first]] of flags) {
    const x = screenX(axis.starts[poll.index] + .5);
    stroke('choice', first === state.selected ? 2 : 1, () => { pen.moveTo(x, TOP); pen.lineTo(x, bottom); }, [3, 4]);
  }
}

const isFaint = item => state.words.length > 0 && !state.matches.has(item) && !state.matches.has(item.lane);

function paintSpans(lane) {
  const y = screenY(lane);
  for (const span of lane.spans) {
    const left = screenX(xAt(span.from)), right = screenX(xAt(span.to));
    if (right < size.gutter || left > size.width || right - left < .5) continue;
    pen.globalAlpha = span.before && isFaint(span.before) ? .3 : 1;
    const isLit = span === state.selected || span === state.hovered;
    if (span.kind === 'ready') {
      pen.fillStyle = colours.queued;
      pen.fillRect(left, y - (isLit ? 4 : 3), right - left, isLit ? 8 : 6);
      continue;
    }
    const isBad = isStuck(span);
    stroke(isBad ? 'failed' : isLit ? 'ink' : 'wait', isLit || isBad ? 2.4 : 1.4, () => { pen.moveTo(left, y); pen.lineTo(right, y); });
    const from = Math.max(left, size.gutter) + 5, room = Math.min(right, size.width) - from - 4;
    if (room > 40) write(fitting(span.site, room), from, y - 14, isBad ? 'failed' : isLit ? 'ink' : 'faint', '11.5px');
  }
  pen.globalAlpha = 1;
}

/** As much of where a task waits as there is room for. */
function fitting(site, room) {
  const whole = siteLine(site), place = site?.frames[0]?.[0] ?? '';
  if (room > 150) return shortened(whole, '11.5px', room);
  return [whole, site?.label ?? '', place].find(text => measured(text, '11.5px') <= room) ?? '';
}

/** Arrows, from who wakes to where the task becomes ready. From far away, only those of what is selected. */
function paintWakes() {
  const near = new Set([...related(state.selected), ...related(state.hovered)]);
  const isClose = camera.scale > 5, [from, to] = [camera.x - 2, camera.x + (size.width - size.gutter) / camera.scale + 2];
  for (const happening of happenings) {
    const { goal, by, kind } = happening, isNear = near.has(happening);
    if (!goal || goal === by || kind === 'drop' || !isClose && !isNear) continue;
    if (goal.row < 0 || by.row < 0) continue;
    const x = xOf(happening);
    if (x < from || x > to) continue;
    const start = [screenX(x), screenY(by)], end = [screenX(xAt({ happening })) + 1, screenY(goal)];
    const down = Math.sign(end[1] - start[1]);
    start[1] += by.number < 0 && !happening.poll ? 0 : down * BAR / 2;
    end[1] -= down * 5;
    pen.globalAlpha = isNear ? 1 : state.words.length > 0 ? .25 : .75;
    const colour = isNear ? 'ink' : kind === 'abort' ? 'failed' : 'wait', bend = down * Math.min(30, Math.abs(end[1] - start[1]) / 2);
    stroke(colour, isNear ? 2 : 1.2, () => {
      pen.moveTo(...start);
      pen.bezierCurveTo(start[0], start[1] + bend, end[0], end[1] - bend, end[0], end[1] - down * 3);
    }, kind === 'spawn' ? [4, 3] : []);
    pen.fillStyle = colours[colour];
    pen.beginPath();
    pen.moveTo(end[0], end[1] + down * 2);
    pen.lineTo(end[0] - 4, end[1] - down * 5);
    pen.lineTo(end[0] + 4, end[1] - down * 5);
    pen.fill();
  }
  pen.globalAlpha = 1;
}

function paintPolls(lane) {
  const y = screenY(lane), width = Math.max(1, camera.scale - (camera.scale > 6 ? 2 : 0)), inset = camera.scale > 6 ? 1 : 0;
  let right = -Infinity;
  for (let at = Math.max(0, pollAt(camera.x - 1, lane.polls)); at < lane.polls.length; at++) {
    const poll = lane.polls[at], x = screenX(axis.starts[poll.index]) + inset;
    if (x > size.width) break;
    const isLit = poll === state.selected || poll === state.hovered;
    if (x + width <= right && poll.result === 'pending' && !isLit) continue;
    right = x + width;
    pen.globalAlpha = isFaint(poll) ? .25 : 1;
    const colour = lane.number === SPAWNED ? 'faint' : OF_RESULT[poll.result];
    if (width < 4) {
      pen.fillStyle = colours[colour];
      pen.fillRect(x, y - BAR / 2, width, BAR);
    } else {
      // An end is round, and a poll that goes on is not.
      const radius = poll.result === 'ready' ? [3, 9, 9, 3] : 3;
      fillRound(colour, x, y - BAR / 2, width, BAR, radius.length ? radius.map(corner => Math.min(corner, width / 2)) : Math.min(radius, width / 3));
      const mark = MARKS[poll.result], number = String(poll.step), room = width - 6;
      const text = mark && measured(`${number} ${mark}`, '600 11px') <= room ? `${number} ${mark}` : measured(number, '600 11px') <= room ? number : mark && room > 8 ? mark : '';
      if (text) write(text, x + width / 2, y + .5, 'sheet', '600 11px', 'center');
    }
    if (isLit) outline(x, y, width, poll === state.selected ? 'ink' : 'faint');
    else if (state.words.length > 0 && state.matches.has(poll)) outline(x, y, width, 'found');
  }
  pen.globalAlpha = 1;
  if (state.hidden.has('wakes')) return;
  pen.fillStyle = colours.faint;
  let last = -Infinity;
  if (lane.number < 0) for (const dot of lane.dots) {
    const x = screenX(xOf(dot));
    if (x < size.gutter - 4 || x > size.width || x - last < 1.5) continue;
    last = x;
    pen.beginPath();
    pen.arc(x, y, 3, 0, 7);
    pen.fill();
  }
}
function outline(x, y, width, colour) {
  stroke(colour, 2, () => pen.roundRect(x - 2, y - BAR / 2 - 2, width + 4, BAR + 4, 5));
}

/** Notes, what fakes decided, events, and where a task was dropped: in the room below the lane's bar. */
function paintNotes(lane) {
  const y = screenY(lane) + 15;
  let free = -Infinity;
  lane.notes.forEach((note, at) => {
    const x = screenX(xOf(note));
    if (x < size.gutter - 4 || x > size.width || x < free - 1 && camera.scale < 3) return;
    const isLit = note === state.selected || note === state.hovered;
    const colour = note.kind === 'drop' ? 'failed' : note.kind === 'decision' ? 'choice' : 'warning';
    pen.globalAlpha = isFaint(note) && !state.matches.has(note.by) ? .3 : 1;
    pen.fillStyle = colours[isLit ? 'ink' : colour];
    pen.beginPath();
    pen.moveTo(x, y - 4.5);
    for (const [dx, dy] of [[4.5, 0], [0, 4.5], [-4.5, 0]]) pen.lineTo(x + dx, y + dy);
    pen.fill();
    free = x + 6;
    const next = lane.notes[at + 1], room = Math.min(next ? screenX(xOf(next)) - 8 : size.width, size.width) - x - 12;
    if (room > 34) write(shortened(note.kind === 'drop' ? 'dropped' : note.text.replace(/\s+/g, ' '), '11px', Math.min(room, 320)), x + 8, y + .5, colour, '11px');
  });
  pen.globalAlpha = 1;
}

/** What is left of a task at the end. */
function paintEnd(lane) {
  const isDone = ['done', 'panicked', 'dropped', ''].includes(lane.end);
  if (isDone) return;
  const x = screenX(axis.end), y = screenY(lane), colour = OF_END[lane.end], text = lane.end === 'stuck' && !lane.polls.at(-1)?.site ? 'no waker' : lane.end;
  const width = measured(text, '600 11.5px') + 14;
  stroke(colour, 2.4, () => { pen.moveTo(x, y - 9); pen.lineTo(x, y + 9); });
  const isBad = colour === 'failed';
  if (isBad) fillRound(colour, x + 4, y - 9, width, 18, 9);
  write(text, x + 4 + width / 2, y + .5, isBad ? 'sheet' : 'faint', '600 11.5px', 'center');
}

/** The ruler, and below it the choices. */
function paintTop() {
  pen.fillStyle = colours.sheet;
  pen.fillRect(size.gutter, 0, size.width, TOP);
  stroke('rule', 1, () => { pen.moveTo(size.gutter, TOP - .5); pen.lineTo(size.width, TOP - .5); });
  axis.rate > 0 ? paintTimes() : paintSteps();
  if (!state.hidden.has('choices')) paintFlags();
}

function paintSteps() {
  const digits = measured(String(polls.at(-1)?.step ?? 1), '11.5px') + 14;
  const every = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000].find(every => every * camera.scale >= digits) ?? 10000;
  for (const { x, width, time } of axis.pauses) {
    const text = `+${written(time)}`, room = width * camera.scale;
    if (measured(text, '10.5px') < room) write(text, screenX(x + width / 2), RULER / 2, 'warning', '10.5px', 'center');
  }
  for (let at = Math.max(0, pollAt(camera.x) - every); at < polls.length; at++) {
    const x = screenX(axis.starts[at] + .5);
    if (x > size.width + 40) break;
    if (polls[at].step % every === 0 || polls[at].step === 1 && every < 5) write(String(polls[at].step), x, RULER / 2, 'faint', '11.5px', 'center');
  }
}

function paintTimes() {
  const [from, to] = [camera.x, camera.x + (size.width - size.gutter) / camera.scale].map(timeAt);
  const rough = (to - from) * 90 / (size.width - size.gutter), power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  const every = [1, 2, 5, 10].map(factor => factor * power).find(every => every >= rough) ?? power;
  let free = -Infinity;
  for (let time = Math.ceil(from / every) * every; time <= to && every > 0; time += every) {
    const x = screenX(xOfTime(time)), text = written(time), half = measured(text, '11.5px') / 2;
    if (x - half < free) continue;
    free = x + half + 10;
    stroke('rule', 1, () => { pen.moveTo(x, RULER - 5); pen.lineTo(x, RULER); });
    write(text, x, RULER / 2, 'faint', '11.5px', 'center');
  }
}

function paintFlags() {
  const y = RULER + 11;
  let free = -Infinity;
  flags.forEach(([poll, list], at) => {
    const x = screenX(axis.starts[poll.index] + .5), text = list.length === 1 ? String(list[0].number) : `${list[0].number}–${list.at(-1).number}`;
    const width = Math.max(18, measured(text, '600 11px') + 10);
    if (x + width < size.gutter || x > size.width || x - width / 2 < free) return;
    const isLit = list.includes(state.selected) || list.includes(state.hovered);
    fillRound('choice', x - width / 2, y - 9, width, 18, 9);
    if (isLit) stroke('ink', 2, () => pen.roundRect(x - width / 2 - 1, y - 10, width + 2, 20, 10));
    write(text, x, y + .5, 'sheet', '600 11px', 'center');
    free = x + width / 2 + 2;
    const next = flags[at + 1], room = (next ? screenX(axis.starts[next[0].index] + .5) - 14 : size.width) - free - 6;
    if (room > 60) write(shortened(list.map(choice => choice.text).join('; '), '11.5px', room), free + 3, y, 'choice', '11.5px');
  });
}

function paintGutter(visible) {
  pen.fillStyle = colours.sheet;
  pen.fillRect(0, 0, size.gutter, size.height);
  for (const lane of visible) {
    const y = screenY(lane), isChosen = lane === state.lane;
    if (isChosen) {
      pen.fillStyle = colours.row;
      pen.fillRect(0, y - size.row / 2, size.gutter, size.row);
      pen.fillStyle = colours.needs;
      pen.fillRect(0, y - size.row / 2, 4, size.row);
    }
    pen.globalAlpha = state.words.length > 0 && !state.matches.has(lane) ? .6 : 1;
    const isTask = lane.number >= 0, left = isTask ? 34 : 14, text = shortened(lane.name, '600 13px', size.gutter - left - 20);
    if (isTask) write(String(lane.number), 28, y, 'faint', '11.5px', 'right');
    write(text, left, y, isTask && !lane.isBackground ? 'ink' : 'faint', isTask ? '600 13px' : '13px');
    if (isTask) {
      pen.fillStyle = colours[OF_END[lane.end]];
      pen.beginPath();
      pen.arc(size.gutter - 11, y, lane.end === 'stuck' || lane.end === 'panicked' || lane.end === 'left' ? 5 : 3.5, 0, 7);
      pen.fill();
    }
    pen.globalAlpha = 1;
  }
  pen.fillStyle = colours.sheet;
  pen.fillRect(0, 0, size.gutter, TOP);
  write(axis.name === 'time' ? 'Virtual time' : 'Step', size.gutter - 10, RULER / 2, 'faint', '11.5px', 'right');
  if (flags.length > 0) write('Choices', size.gutter - 10, RULER + 11, 'choice', '11.5px', 'right');
  stroke('rule', 1, () => { pen.moveTo(size.gutter - .5, 0); pen.lineTo(size.gutter - .5, size.height); pen.moveTo(0, TOP - .5); pen.lineTo(size.gutter, TOP - .5); });
}
