// Input: keys, wheel, pointer and buttons.

const keys = document.getElementById('keys');
const KEYS = [
  ['← →', 'pan'], ['↑ ↓', 'scroll the lanes'], ['+ −', 'zoom'], ['0', 'fit the whole run'], ['j k', 'next, previous lane'],
  ['n p', 'next, previous step'], ['] [', 'next, previous poll of the lane'], ['c', 'next choice'],
  ['e', 'last step'], ['t', 'switch between steps and virtual time'], ['/', 'search; Enter goes to the next match'],
  ['Escape', 'clear the selection, then the search'],
];
const caps = text => text.split(' ').flatMap(key => [html('kbd', {}, key), ' ']);
keys.append(html('h2', {}, 'Keys'), html('dl', {}, ...KEYS.flatMap(([key, meaning]) => [html('dt', {}, ...caps(key)), html('dd', {}, meaning)])),
  html('p', {}, 'The wheel zooms; with Shift it scrolls the lanes. Drag to pan.'),
  html('p', {}, 'Search for marks: is:stuck, is:preempted, is:panicked, is:choice, is:note, is:crash, is:lost.'),
  button({}, () => keys.close(), 'Close'));

const nextOf = (list, item, step) => {
  const at = list.indexOf(item);
  return at < 0 ? (step > 0 ? list[0] : list.at(-1)) : list[at + step];
};
/** Returns the selected poll, or the one nearest to the selected item. */
function currentPoll() {
  const { selected } = state;
  if (selected?.type === 'poll') return selected;
  return selected?.poll ?? selected?.before ?? selected?.next ?? null;
}
const revealIfAny = item => { if (item) reveal(item); };

/** Runs the action of a key. Returns whether the key has one. */
function handleKey(key) {
  const middle = size.gutter + (size.width - size.gutter) / 2, pan = (size.width - size.gutter) * .15 / camera.scale;
  const lane = state.lane?.row >= 0 ? state.lane : null, placed = choices.filter(choice => choice.poll);
  const move = (x, y) => moveCamera(camera.x + x, camera.y + y, camera.scale);
  const goTo = (list, item, step) => revealIfAny(nextOf(list ?? [], item, step));
  const actions = {
    '+': () => zoom(1.4, middle), '=': () => zoom(1.4, middle), '-': () => zoom(1 / 1.4, middle), 0: fit,
    ArrowLeft: () => move(-pan, 0), ArrowRight: () => move(pan, 0), ArrowUp: () => move(0, -size.row), ArrowDown: () => move(0, size.row),
    j: () => goTo(shown, lane, 1), k: () => goTo(shown, lane, -1), n: () => goTo(polls, currentPoll(), 1), p: () => goTo(polls, currentPoll(), -1),
    ']': () => goTo(lane?.polls, currentPoll(), 1), '[': () => goTo(lane?.polls, currentPoll(), -1),
    c: () => revealIfAny(placed[(placed.indexOf(state.selected) + 1) % placed.length]), e: () => revealIfAny(polls.at(-1)),
    t: () => { if (duration > 0) setAxis(axis.name === 'time' ? 'steps' : 'time'); },
    '/': () => find.focus(), '?': () => keys.showModal(),
  };
  actions[key]?.();
  return key in actions;
}

/** Clears the selection or the search, one at a time. */
function escape() {
  if (state.query && (document.activeElement === find || !state.selected)) search('');
  else if (state.selected) select(null);
}

/** Returns whether the browser or the focused element handles a key: text input, scrolling, shortcuts. */
function isHandledElsewhere({ ctrlKey, metaKey, altKey, target, key }) {
  return ctrlKey || metaKey || altKey || target.closest('input, #report, #table') || target.closest('aside') && key.startsWith('Arrow');
}

document.addEventListener('keydown', event => {
  if (keys.open) return;
  if (event.key === 'Escape') escape();
  else if (event.target === find && event.key === 'Enter') revealIfAny(nextOf(hits, state.selected, event.shiftKey ? -1 : 1) ?? hits[0]);
  else if (isHandledElsewhere(event) || !handleKey(event.key)) return;
  event.preventDefault();
});

const pointOf = event => {
  const box = view.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
};
view.addEventListener('wheel', event => {
  event.preventDefault();
  const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 33 : 1, [x] = pointOf(event);
  if (event.shiftKey) moveCamera(camera.x, camera.y + (event.deltaY || event.deltaX) * unit, camera.scale);
  else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    moveCamera(camera.x + event.deltaX * unit / camera.scale, camera.y, camera.scale);
  } else zoom(Math.exp(-event.deltaY * unit * (event.ctrlKey ? .01 : .0018)), Math.max(x, size.gutter));
}, { passive: false });

let drag = null;
view.addEventListener('pointerdown', event => {
  if (event.button === 0) drag = { x: event.clientX, y: event.clientY, left: camera.x, top: camera.y, isMoving: false };
});
view.addEventListener('pointermove', event => {
  // The button may have been released outside the view.
  if (event.buttons === 0) drag = null;
  if (!drag) return hover(itemAt(...pointOf(event)), ...pointOf(event));
  const x = event.clientX - drag.x, y = event.clientY - drag.y;
  if (!drag.isMoving && Math.hypot(x, y) < 4) return;
  drag.isMoving = true;
  hover(null);
  view.setPointerCapture(event.pointerId);
  view.classList.add('dragged');
  moveCamera(drag.left - x / camera.scale, drag.top - y, camera.scale);
});
for (const end of ['pointerup', 'pointercancel']) view.addEventListener(end, event => {
  view.classList.remove('dragged');
  if (end === 'pointerup' && drag && !drag.isMoving) select(itemAt(...pointOf(event)));
  drag = null;
});
view.addEventListener('pointerleave', () => hover(null));

find.addEventListener('input', () => search(find.value));
for (const control of document.querySelectorAll('[data-key]')) control.addEventListener('click', () => handleKey(control.dataset.key));
for (const control of axisControls) control.addEventListener('click', () => setAxis(control.dataset.axis));
for (const [name, draw] of [['report', () => {}], ['table', drawTable]]) {
  const control = document.getElementById(`show-${name}`), part = document.getElementById(name);
  control.addEventListener('click', () => {
    part.hidden = !part.hidden;
    control.setAttribute('aria-expanded', !part.hidden);
    if (!part.hidden) draw();
  });
}

const LOOKS = { '': 'Auto', light: 'Light', dark: 'Dark' }, lookButton = document.getElementById('look');
function setLook(look) {
  document.documentElement.dataset.look = look;
  lookButton.textContent = `Theme: ${LOOKS[look]}`;
  readColours();
  invalidate();
}
const nextLook = () => ({ '': 'light', light: 'dark', dark: '' })[document.documentElement.dataset.look];
lookButton.addEventListener('click', () => setLook(nextLook()));
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { readColours(); invalidate(); });

document.querySelector('h1').prepend(data.test);
const summary = [counted(polls.at(-1)?.step ?? 0, 'step'), counted(lanes.length, 'task'), formatDuration(data.end)];
document.getElementById('summary').textContent = summary.join(' · ');
/** Returns the headline of the report. Of many lines, as of a panic message, all but the first are folded. */
function headline() {
  const chip = html('span', { class: 'chip' }, data.kind), [first, ...rest] = data.headline.split('\n');
  if (rest.length < 3) return [chip, data.headline];
  return [html('details', {}, html('summary', {}, chip, `${first}\n`), rest.join('\n'))];
}
document.getElementById('headline').append(...headline());
document.getElementById('report').textContent = data.report;
if (duration === 0) Object.assign(axisControls[1], { disabled: true, title: 'No virtual time passes in this run' });
const help = 'j and k move between lanes, n and p between steps, ? lists all keys.';
view.setAttribute('aria-label', `Timeline of ${counted(lanes.length, 'task')}. ${help}`);
shown = rows;
makeLegend();
setLook('');
resize();
openAddress();
addEventListener('hashchange', openAddress);
new ResizeObserver(() => {
  resize();
  if (camera.isFitted) fit(); else moveCamera(camera.x, camera.y, camera.scale);
  // Resizing clears the canvas.
  paint();
}).observe(view);
