// What the reader does.

const keys = document.getElementById('keys');
const KEYS = [
  ['← →', 'pan'], ['↑ ↓', 'scroll the lanes'], ['+ −', 'zoom'], ['0', 'fit the whole run'], ['j k', 'the next lane, the one before'],
  ['n p', 'the next step, the one before'], ['] [', 'the next poll of the lane, the one before'], ['c', 'the next choice'],
  ['e', 'the last step'], ['t', 'steps or virtual time'], ['/', 'find; Enter goes to the next that is found'],
  ['Escape', 'take back: the selection, then the search'],
];
const caps = text => text.split(' ').flatMap(key => [html('kbd', {}, key), ' ']);
keys.append(html('h2', {}, 'Keys'), html('dl', {}, ...KEYS.flatMap(([key, meaning]) => [html('dt', {}, ...caps(key)), html('dd', {}, meaning)])),
  html('p', {}, 'The wheel zooms, and with Shift it scrolls the lanes; drag to pan.'),
  html('p', {}, 'Marks can be found, too: is:stuck, is:preempted, is:panicked, is:choice, is:note.'),
  button({}, () => keys.close(), 'Close'));

const nextOf = (list, item, step) => {
  const at = list.indexOf(item);
  return at < 0 ? (step > 0 ? list[0] : list.at(-1)) : list[at + step];
};
/** The poll that is selected, or the nearest to what is. */
function currentPoll() {
  const { selected } = state;
  if (selected?.type === 'poll') return selected;
  return selected?.poll ?? selected?.before ?? selected?.next ?? null;
}
const revealSome = item => { if (item) reveal(item); };

/** Does what a key stands for, and tells whether it stands for anything. */
function press(key) {
  const middle = size.gutter + (size.width - size.gutter) / 2, pan = (size.width - size.gutter) * .15 / camera.scale;
  const lane = state.lane?.row >= 0 ? state.lane : null, made = choices.filter(choice => choice.poll);
  const move = (x, y) => look(camera.x + x, camera.y + y, camera.scale), goTo = (list, item, step) => revealSome(nextOf(list ?? [], item, step));
  const acts = {
    '+': () => zoom(1.4, middle), '=': () => zoom(1.4, middle), '-': () => zoom(1 / 1.4, middle), 0: fit,
    ArrowLeft: () => move(-pan, 0), ArrowRight: () => move(pan, 0), ArrowUp: () => move(0, -size.row), ArrowDown: () => move(0, size.row),
    j: () => goTo(shown, lane, 1), k: () => goTo(shown, lane, -1), n: () => goTo(polls, currentPoll(), 1), p: () => goTo(polls, currentPoll(), -1),
    ']': () => goTo(lane?.polls, currentPoll(), 1), '[': () => goTo(lane?.polls, currentPoll(), -1),
    c: () => revealSome(made[(made.indexOf(state.selected) + 1) % made.length]), e: () => revealSome(polls.at(-1)),
    t: () => { if (duration > 0) setAxis(axis.name === 'time' ? 'steps' : 'time'); },
    '/': () => find.focus(), '?': () => keys.showModal(),
  };
  acts[key]?.();
  return key in acts;
}

/** Escape takes back one thing at a time. */
function escape() {
  if (state.query && (document.activeElement === find || !state.selected)) search('');
  else if (state.selected) select(null);
}

/** Whether a key is the browser's, or of what has the focus: text is typed, and parts scroll. */
function isOthers({ ctrlKey, metaKey, altKey, target, key }) {
  return ctrlKey || metaKey || altKey || target.closest('input, #report, #table') || target.closest('aside') && key.startsWith('Arrow');
}

document.addEventListener('keydown', event => {
  if (keys.open) return;
  if (event.key === 'Escape') escape();
  else if (event.target === find && event.key === 'Enter') revealSome(nextOf(hits, state.selected, event.shiftKey ? -1 : 1) ?? hits[0]);
  else if (isOthers(event) || !press(event.key)) return;
  event.preventDefault();
});

const pointOf = event => {
  const box = view.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
};
view.addEventListener('wheel', event => {
  event.preventDefault();
  const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 33 : 1, [x] = pointOf(event);
  if (event.shiftKey) look(camera.x, camera.y + (event.deltaY || event.deltaX) * unit, camera.scale);
  else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) look(camera.x + event.deltaX * unit / camera.scale, camera.y, camera.scale);
  else zoom(Math.exp(-event.deltaY * unit * (event.ctrlKey ? .01 : .0018)), Math.max(x, size.gutter));
}, { passive: false });

let drag = null;
view.addEventListener('pointerdown', event => {
  if (event.button === 0) drag = { x: event.clientX, y: event.clientY, left: camera.x, top: camera.y, isMoving: false };
});
view.addEventListener('pointermove', event => {
  // The button may have been let go of outside.
  if (event.buttons === 0) drag = null;
  if (!drag) return hover(itemAt(...pointOf(event)), ...pointOf(event));
  const x = event.clientX - drag.x, y = event.clientY - drag.y;
  if (!drag.isMoving && Math.hypot(x, y) < 4) return;
  drag.isMoving = true;
  hover(null);
  view.setPointerCapture(event.pointerId);
  view.classList.add('dragged');
  look(drag.left - x / camera.scale, drag.top - y, camera.scale);
});
for (const end of ['pointerup', 'pointercancel']) view.addEventListener(end, event => {
  view.classList.remove('dragged');
  if (end === 'pointerup' && drag && !drag.isMoving) select(itemAt(...pointOf(event)));
  drag = null;
});
view.addEventListener('pointerleave', () => hover(null));

find.addEventListener('input', () => search(find.value));
for (const control of document.querySelectorAll('[data-key]')) control.addEventListener('click', () => press(control.dataset.key));
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
  lookButton.textContent = `Look: ${LOOKS[look]}`;
  takeColours();
  invalidate();
}
const nextLook = () => ({ '': 'light', light: 'dark', dark: '' })[document.documentElement.dataset.look];
lookButton.addEventListener('click', () => setLook(nextLook()));
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { takeColours(); invalidate(); });

document.querySelector('h1').prepend(data.test);
const summary = [counted(polls.at(-1)?.step ?? 0, 'step'), counted(lanes.length, 'task'), written(data.end)];
document.getElementById('summary').textContent = summary.join(' · ');
/** What is wrong. Of many lines, such as a panic may have, the first is shown, and the rest folds out. */
function headline() {
  const chip = html('span', { class: 'chip' }, data.kind), [first, ...rest] = data.headline.split('\n');
  if (rest.length < 3) return [chip, data.headline];
  return [html('details', {}, html('summary', {}, chip, `${first}\n`), rest.join('\n'))];
}
document.getElementById('headline').append(...headline());
document.getElementById('report').textContent = data.report;
if (duration === 0) Object.assign(axisControls[1], { disabled: true, title: 'No virtual time passes in this run' });
const help = 'j and k go through the lanes, n and p through the steps, ? shows all keys.';
view.setAttribute('aria-label', `Timeline of ${counted(lanes.length, 'task')}. ${help}`);
shown = rows;
makeLegend();
setLook('');
resize();
openAddress();
addEventListener('hashchange', openAddress);
new ResizeObserver(() => {
  resize();
  if (camera.isFitted) fit(); else look(camera.x, camera.y, camera.scale);
  // Its new size has cleared the canvas.
  paint();
}).observe(view);
