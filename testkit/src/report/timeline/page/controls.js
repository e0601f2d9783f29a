// What the reader does.

const keys = document.getElementById('keys');
const KEYS = [['← →', 'pan'], ['↑ ↓', 'scroll the lanes'], ['+ −', 'zoom'], ['0', 'fit the whole run'], ['j k', 'the next lane, the one before'], ['n p', 'the next step, the one before'],
  ['] [', 'the next poll of the lane, the one before'], ['c', 'the next choice'], ['e', 'the end'], ['t', 'steps or virtual time'], ['/', 'find; Enter goes to the next that is found'], ['Escape', 'take back: the selection, then the search']];
keys.append(html('h2', {}, 'Keys'), html('dl', {}, ...KEYS.flatMap(([key, meaning]) => [html('dt', {}, ...key.split(' ').flatMap(one => [html('kbd', {}, one), ' '])), html('dd', {}, meaning)])),
  html('p', {}, 'The wheel zooms, with Shift it scrolls the lanes; drag to pan. Found by mark: is:stuck, is:preempted, is:panicked, is:choice, is:note.'), button({}, () => keys.close(), 'Close'));

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
  const lane = state.lane?.row >= 0 ? state.lane : null;
  const acts = {
    '+': () => zoom(1.4, middle), '=': () => zoom(1.4, middle), '-': () => zoom(1 / 1.4, middle), 0: fit,
    ArrowLeft: () => look(camera.x - pan, camera.y, camera.scale), ArrowRight: () => look(camera.x + pan, camera.y, camera.scale),
    ArrowUp: () => look(camera.x, camera.y - size.row, camera.scale), ArrowDown: () => look(camera.x, camera.y + size.row, camera.scale),
    j: () => revealSome(nextOf(shown, lane, 1)), k: () => revealSome(nextOf(shown, lane, -1)),
    n: () => revealSome(nextOf(polls, currentPoll(), 1)), p: () => revealSome(nextOf(polls, currentPoll(), -1)),
    ']': () => revealSome(lane && nextOf(lane.polls, currentPoll(), 1)), '[': () => revealSome(lane && nextOf(lane.polls, currentPoll(), -1)),
    c: () => revealSome(choices.filter(choice => choice.poll)[(choices.indexOf(state.selected) + 1) % Math.max(1, choices.length)]),
    e: () => revealSome(polls.at(-1)), t: () => { if (duration > 0) setAxis(axis.name === 'time' ? 'steps' : 'time'); },
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

document.addEventListener('keydown', event => {
  if (keys.open) return;
  if (event.key === 'Escape') escape();
  else if (event.target === find && event.key === 'Enter') revealSome(nextOf(hits, state.selected, event.shiftKey ? -1 : 1) ?? hits[0]);
  else if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, #report, #table') || event.target.closest('aside, button') && event.key.startsWith('Arrow') || !press(event.key)) return;
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
for (const control of document.querySelectorAll('[data-axis]')) control.addEventListener('click', () => setAxis(control.dataset.axis));
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
lookButton.addEventListener('click', () => setLook({ '': 'light', light: 'dark', dark: '' }[document.documentElement.dataset.look]));
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { takeColours(); invalidate(); });

/** Makes the legend: what the colours of polls mean, and buttons that leave out the rest. */
function makeLegend() {
  const add = (name, count, colour, swatch, title, act) => {
    const mark = html('span', { class: `swatch ${swatch}`, style: tint(colour), 'aria-hidden': true }), toggle = button({ title }, act, mark, name, html('small', {}, count.toLocaleString('en')));
    document.getElementById('legend').append(toggle);
    return toggle;
  };
  for (const [name, colour, swatch, title] of [['waits', 'wait', 'line', 'Between two polls a task waits'], ['in line', 'queued', 'thick', 'It is ready, and others run first']]) {
    document.getElementById('legend').append(html('span', { class: 'key', title }, html('span', { class: `swatch ${swatch}`, style: tint(colour), 'aria-hidden': true }), name));
  }
  for (const result of RESULTS) {
    const count = polls.filter(poll => poll.result === result).length;
    if (count > 0) add(result, count, OF_RESULT[result], '', `The task ${MEANINGS[result]}. Click to find.`, () => search(state.query === `is:${result}` ? '' : `is:${result}`));
  }
  const parts = [['choices', flags.length > 0 ? choices.length : 0, 'choice', 'flag', 'Choices of the schedule other than the default, those that the failure needs'], ['wakes', happenings.filter(({ goal }) => goal).length, 'edge', 'line', 'Who makes whom ready'],
    ['notes', happenings.filter(({ goal, kind }) => !goal || kind === 'drop').length, 'warning', 'note', 'Notes, decisions of fakes, events']];
  for (const [name, count, colour, swatch, title] of parts.filter(([, count]) => count > 0)) {
    const toggle = add(name, count, colour, swatch, `${title}. Click to hide or show.`, () => {
      state.hidden.has(name) ? state.hidden.delete(name) : state.hidden.add(name);
      toggle.setAttribute('aria-pressed', !state.hidden.has(name));
      invalidate();
    });
    toggle.setAttribute('aria-pressed', true);
  }
}

document.querySelector('h1').prepend(data.test);
document.getElementById('summary').textContent = `${counted(polls.at(-1)?.step ?? 0, 'step')} · ${counted(lanes.length, 'task')} · ${written(data.end)}`;
document.getElementById('headline').append(html('span', { class: 'chip' }, data.kind), data.headline);
document.getElementById('report').textContent = data.report;
if (duration === 0) Object.assign(document.querySelector('[data-axis="time"]'), { disabled: true, title: 'No virtual time passes in this run' });
view.setAttribute('aria-label', `Timeline of ${counted(lanes.length, 'task')}. j and k go through the lanes, n and p through the steps, ? shows all keys.`);
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
