// Drawing.

const view = document.getElementById('view'), canvas = view.querySelector('canvas'), pen = canvas.getContext('2d');
const RULER = 26, BAR = 18, FONT = 'system-ui, sans-serif';
/** The choices have a line of their own above the lanes. */
const TOP = RULER + (flags.length > 0 ? 24 : 0);
const colours = {}, size = { width: 0, height: 0, gutter: 0, row: 42 };
const COLOURS = ['page', 'sheet', 'rule', 'ink', 'faint', 'edge', 'needs', 'found', 'row', 'wait', 'queued', 'choice', 'pending',
  'preempted', 'done', 'failed', 'warning'];
const OF_RESULT = { pending: 'pending', preempted: 'preempted', ready: 'done', panicked: 'failed' };
const OF_END = {
  done: 'done', panicked: 'failed', dropped: 'faint', stuck: 'failed', left: 'failed', waiting: 'wait', ready: 'preempted',
};
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
function line(colour, width, from, to, dash) {
  stroke(colour, width, () => { pen.moveTo(...from); pen.lineTo(...to); }, dash);
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
  const gutter = Math.round(Math.min(Math.max(90, ...names), Math.max(110, width * .22), 230));
  Object.assign(size, { width, height, density, gutter });
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
      for (const x of [left + 2, right - 2]) {
        pen.moveTo(x, TOP);
        for (let y = TOP; y < bottom; y += 12) {
          pen.lineTo(x + 3, y + 6);
          pen.lineTo(x, y + 12);
        }
      }
    });
  }
  if (state.hidden.has('choices')) return;
  for (const [poll, [first]] of flags) {
    const x = screenX(axis.starts[poll.index] + .5);
    line('choice', first === state.selected ? 2 : 1, [x, TOP], [x, bottom], [3, 4]);
  }
}
