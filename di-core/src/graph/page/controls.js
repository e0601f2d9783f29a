// Input: mouse, touch and keyboard.

view.addEventListener('wheel', event => {
  event.preventDefault();
  const box = view.getBoundingClientRect();
  const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 33 : 1;
  zoom(Math.exp(-event.deltaY * lines * (event.ctrlKey ? .01 : .0018)), event.clientX - box.left, event.clientY - box.top);
}, { passive: false });

let drag = null;
view.addEventListener('pointerdown', event => {
  if (event.button === 0) drag = { x: event.clientX, y: event.clientY, left: camera.x, top: camera.y, isMoving: false };
});
view.addEventListener('pointermove', event => {
  // The button may have been released outside the window.
  if (event.buttons === 0) drag = null;
  if (!drag) return;
  const x = event.clientX - drag.x, y = event.clientY - drag.y;
  if (!drag.isMoving && Math.hypot(x, y) < 4) return;
  drag.isMoving = true;
  view.setPointerCapture(event.pointerId);
  view.classList.add('dragged');
  look(drag.left + x, drag.top + y, camera.scale);
});
for (const end of ['pointerup', 'pointercancel']) view.addEventListener(end, event => {
  view.classList.remove('dragged');
  if (end === 'pointerup' && drag && !drag.isMoving) update({ selected: nodeOf(event.target) });
  drag = null;
});

const nodeOf = element => shown.find(node => node.element === element.closest('.node')) ?? null;

/** Returns the node that an arrow key selects from `node`: along an edge, or up or down the column. */
function neighbour(node, key) {
  const distance = other => Math.abs(other.y - node.y);
  const sides = { ArrowLeft: node.left, ArrowRight: node.right };
  const inColumn = shown.filter(other => other.x === node.x && (key === 'ArrowUp' ? other.y < node.y : other.y > node.y));
  return [...(sides[key] ?? inColumn)].sort((a, b) => distance(a) - distance(b))[0] ?? node;
}

function focusOn(node) {
  scene.querySelector('[tabindex="0"]').setAttribute('tabindex', -1);
  node.element.setAttribute('tabindex', 0);
  node.element.focus({ preventScroll: true });
}

/** Handles a key. Returns whether it was handled. */
function press(key) {
  const { width, height } = view.getBoundingClientRect(), node = nodeOf(document.activeElement);
  const step = { ArrowLeft: [80, 0], ArrowRight: [-80, 0], ArrowUp: [0, 80], ArrowDown: [0, -80] }[key];
  if (key === '+' || key === '=') zoom(1.3, width / 2, height / 2, true);
  else if (key === '-') zoom(1 / 1.3, width / 2, height / 2, true);
  else if (key === '0') fit(true);
  else if (key === '/') find.focus();
  else if (node && (key === 'Enter' || key === ' ')) update({ selected: node });
  else if (node && step) focusOn(neighbour(node, key));
  else if (step) look(camera.x + step[0], camera.y + step[1], camera.scale, true);
  else return false;
  return true;
}

/** Escape undoes one step: the search being typed, the selection, the search, the isolated node. */
function escape() {
  if (state.query && (document.activeElement === find || !state.selected)) update({ query: '' });
  else if (state.selected) update({ selected: null });
  else if (state.only) redraw({ only: null });
}

function nextMatch(step) {
  const at = matches.indexOf(state.selected), next = at < 0 ? Math.min(step, 0) : at + step;
  if (matches.length > 0) reveal(matches.at(next % matches.length));
}

document.addEventListener('keydown', event => {
  if (event.key === 'Escape') escape();
  else if (event.target === find && event.key === 'Enter') nextMatch(event.shiftKey ? -1 : 1);
  else if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, aside') || !press(event.key)) return;
  event.preventDefault();
});
find.addEventListener('input', () => update({ query: find.value }));
for (const control of document.querySelectorAll('[data-key]')) control.addEventListener('click', () => press(control.dataset.key));
all.textContent = `Show all ${nodes.length}`;
all.addEventListener('click', () => redraw({ hidden: new Set(), only: null }));
// Not on the scene: in Chromium, an SVG element with this listener becomes a tab stop.
document.addEventListener('focusin', event => {
  const node = nodeOf(event.target);
  if (node && event.target.matches(':focus-visible')) goTo(node);
});
addEventListener('hashchange', openAddress);
new ResizeObserver(() => { if (camera.isFitted) fit(true); }).observe(view);

makeLegend();
document.querySelector('h1').prepend(data.graph.container);
const dependencies = nodes.reduce((sum, node) => sum + node.needs.length, 0);
document.getElementById('summary').textContent = `${nodes.length} nodes · ${dependencies} dependencies · ${data.graph.file}`;
openAddress();
