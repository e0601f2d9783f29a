// Drawing: canvas, colors, helpers, and the order in which the parts are painted.

const view = document.getElementById('view'), canvas = view.querySelector('canvas'), ctx = canvas.getContext('2d');
const RULER = 26, BAR = 18, HOST_ROW = 26, HOST_GAP = 8, FONT = 'system-ui, sans-serif';
/** Height of the header: the ruler, and a row for the choices if there are any. */
const TOP = RULER + (flags.length > 0 ? 24 : 0);
const colours = {}, size = { width: 0, height: 0, gutter: 0, row: 42 };
const COLOURS = ['page', 'sheet', 'rule', 'ink', 'faint', 'edge', 'needs', 'found', 'row', 'wait', 'queued', 'choice', 'pending',
  'preempted', 'done', 'failed', 'warning', 'packet', 'band', 'band-edge'];
const RESULT_COLOURS = { pending: 'pending', preempted: 'preempted', ready: 'done', panicked: 'failed' };
const END_COLOURS = {
  done: 'done', panicked: 'failed', dropped: 'faint', stuck: 'failed', leaked: 'failed', waiting: 'wait', ready: 'preempted',
};
const MARKS = { ready: '✓', panicked: '✕', preempted: '‖' };

/** Reads the colors from the style sheet, for the current theme. */
function readColours() {
  const probe = document.createElement('i');
  view.append(probe);
  for (const name of COLOURS) {
    probe.style.color = `var(--${name})`;
    colours[name] = getComputedStyle(probe).color;
  }
  probe.remove();
}

function textWidth(text, font) {
  ctx.font = `${font} ${FONT}`;
  return ctx.measureText(text).width;
}
function truncate(text, font, width) {
  if (textWidth(text, font) <= width) return text;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (textWidth(`${text.slice(0, middle)}…`, font) <= width) low = middle; else high = middle - 1;
  }
  return low < 3 ? '' : `${text.slice(0, low)}…`;
}

const screenX = x => size.gutter + (x - camera.x) * camera.scale;
/** Returns the middle of a row. */
const screenY = row => TOP + row.top + row.height / 2 - camera.y;

function drawText(text, x, y, colour, font = '12px', align = 'left') {
  ctx.font = `${font} ${FONT}`;
  ctx.fillStyle = colours[colour];
  ctx.textAlign = align;
  ctx.fillText(text, x, y);
}
function stroke(colour, width, path, dash = []) {
  ctx.strokeStyle = colours[colour];
  ctx.lineWidth = width;
  ctx.setLineDash(dash);
  ctx.beginPath();
  path();
  ctx.stroke();
  ctx.setLineDash([]);
}
function line(colour, width, from, to, dash) {
  stroke(colour, width, () => { ctx.moveTo(...from); ctx.lineTo(...to); }, dash);
}
function fillRound(colour, x, y, width, height, radius) {
  ctx.fillStyle = colours[colour];
  ctx.beginPath();
  ctx.roundRect(x, y, width, height, radius);
  ctx.fill();
}

let isDrawn = true;
/** Repaints in the next frame. */
function invalidate() {
  if (isDrawn) requestAnimationFrame(paint);
  isDrawn = false;
}

/** Places the rows below each other. The fewer lanes, the higher each is. */
function layOutRows() {
  const count = shown.filter(isLane).length, ofHosts = (shown.length - count) * (HOST_ROW + HOST_GAP);
  size.row = Math.round(Math.min(60, Math.max(42, (size.height - TOP - 60 - ofHosts) / count)));
  let bottom = 0;
  for (const row of shown) {
    row.top = bottom + (isLane(row) || bottom === 0 ? 0 : HOST_GAP);
    row.height = isLane(row) ? size.row : HOST_ROW;
    bottom = row.top + row.height;
    // A band reaches to the last lane of its host.
    (row.band ?? row).bottom = bottom;
  }
  size.rows = bottom;
}

function resize() {
  const { width, height } = view.getBoundingClientRect(), density = devicePixelRatio || 1;
  const names = rows.map(lane => textWidth(lane.name, '600 13px') + (lane.number < 0 ? 40 : 60));
  const gutter = Math.round(Math.min(Math.max(90, ...names), Math.max(110, width * .22), 230));
  Object.assign(size, { width, height, density, gutter });
  view.parentElement.style.setProperty('--gutter', `${size.gutter}px`);
  layOutRows();
  [canvas.width, canvas.height] = [Math.round(width * density), Math.round(height * density)];
}

function paint() {
  isDrawn = true;
  ctx.setTransform(size.density, 0, 0, size.density, 0, 0);
  ctx.textBaseline = 'middle';
  ctx.fillStyle = colours.page;
  ctx.fillRect(0, 0, size.width, size.height);
  ctx.save();
  ctx.beginPath();
  ctx.rect(size.gutter, 0, size.width - size.gutter, size.height);
  ctx.clip();
  paintBackground();
  const isVisible = row => screenY(row) > TOP - size.row && screenY(row) < size.height + size.row;
  const visible = shown.filter(row => isLane(row) && isVisible(row)), bands = shown.filter(row => !isLane(row));
  bands.forEach(paintBand);
  visible.forEach(paintSpans);
  paintPackets();
  if (!state.hidden.has('wakes')) paintWakes();
  visible.forEach(paintPolls);
  if (!state.hidden.has('notes')) visible.forEach(paintNotes);
  visible.forEach(paintEnd);
  bands.forEach(paintHostEvents);
  paintHeader();
  ctx.restore();
  paintGutter(visible, bands);
}

/** Paints the background of the lanes: stripes, pauses, the gap of omitted steps, and the lines of the choices. */
function paintBackground() {
  for (const lane of shown.filter(isLane)) {
    if (lane.row % 2 === 0 && lane !== state.lane) continue;
    ctx.fillStyle = colours[lane === state.lane ? 'rule' : 'row'];
    ctx.globalAlpha = lane === state.lane ? .55 : 1;
    ctx.fillRect(size.gutter, screenY(lane) - size.row / 2, size.width, size.row);
  }
  const bottom = Math.min(size.height, TOP + size.rows - camera.y);
  ctx.globalAlpha = .3;
  ctx.fillStyle = colours.rule;
  // Zoomed out, the pauses would cover everything.
  if (camera.scale > 2) for (const { x, width } of axis.pauses) ctx.fillRect(screenX(x), TOP, width * camera.scale, bottom - TOP);
  ctx.globalAlpha = 1;
  if (gapIndex >= 0) {
    const right = screenX(axis.starts[gapIndex]), left = right - GAP * camera.scale;
    stroke('faint', 1.5, () => {
      for (const x of [left + 2, right - 2]) {
        ctx.moveTo(x, TOP);
        for (let y = TOP; y < bottom; y += 12) {
          ctx.lineTo(x + 3, y + 6);
          ctx.lineTo(x, y + 12);
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
