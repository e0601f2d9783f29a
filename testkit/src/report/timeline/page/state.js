// The state of the page: selection, search, axis, and the address that stores them.

const state = { selected: null, hovered: null, lane: null, query: '', words: [], matches: new Set(), hidden: new Set() };
const find = document.querySelector('#find input'), found = document.querySelector('#find output');
const announcement = document.getElementById('announcement');
let shown = [], hits = [];

/** Finds the items that contain all words of the query, and hides lanes without any. */
function search(query) {
  state.query = query;
  state.words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const isMatch = item => state.words.every(word => searchText(item).includes(word));
  const isSearching = state.words.length > 0;
  hits = isSearching ? all.filter(isMatch).sort((a, b) => placeOf(a) - placeOf(b)) : [];
  const matching = isSearching ? rows.filter(isMatch) : [];
  state.matches = new Set([...hits, ...matching]);
  const kept = new Set([...matching, ...hits.flatMap(rowsOfItem)]);
  shown = isSearching ? rows.filter(row => kept.has(row) || row.lanes?.some(lane => kept.has(lane))) : rows;
  for (const row of rows) row.row = -1;
  shown.forEach((row, index) => { row.row = index; });
  const count = kept.size === 0 ? 'nothing found'
    : `${shown.filter(isLane).length} of ${counted(rows.filter(isLane).length, 'lane')}, ${counted(hits.length, 'event')}`;
  found.textContent = isSearching ? count : '';
  if (find.value !== query) find.value = query;
  layOutRows();
  camera.y = Math.min(camera.y, maxScroll());
  updateAddress();
  invalidate();
}

const isRow = ({ type }) => type === 'lane' || type === 'host';
/** Returns the row in which an item is drawn. */
const laneOfItem = item => isRow(item) ? item : item.host ?? item.lane ?? item.poll?.lane ?? item.by;
/** Returns the rows that show an item: for a packet, also both hosts. */
function rowsOfItem(item) {
  const ends = item.kind === 'sent' ? [hosts.get(item.from), hosts.get(item.to)] : [];
  return [laneOfItem(item), ...ends];
}
function placeOf(item) {
  if (item.type === 'poll') return axis.starts[item.index];
  if (item.type === 'choice') return axis.starts[item.poll.index];
  return item.type === 'span' ? xAt(item.from) : isRow(item) ? 0 : xOf(item);
}

function select(item) {
  state.selected = item;
  if (item) state.lane = laneOfItem(item);
  drawPanel();
  updateAddress();
  invalidate();
  if (!item) return;
  const { title, lines } = tooltip(item);
  announcement.textContent = [title, ...lines.filter(Boolean)].join('. ');
}

/** Selects an item, and scrolls it into view. */
function reveal(item) {
  if (laneOfItem(item).row < 0) search('');
  select(item);
  goTo(item);
}

const axisControls = document.querySelectorAll('[data-axis]');
function setAxis(name) {
  const left = camera.isFitted ? null : timeAt(camera.x), selected = state.selected;
  layOutAxis(name);
  for (const control of axisControls) control.setAttribute('aria-pressed', control.dataset.axis === name);
  fit();
  if (left !== null && selected) goTo(selected);
  updateAddress();
}

/** Stores the selection, axis and query in the address, so that it links to this view. */
function updateAddress() {
  const { selected, query } = state;
  const name = { poll: 'step', lane: 'task', host: 'host', choice: 'choice' }[selected?.type];
  const value = { step: selected?.step, host: selected?.name }[name] ?? selected?.number;
  const parts = { axis: axis.name === 'time' ? 'time' : '', ...(name ? { [name]: value } : {}), q: query };
  const address = new URLSearchParams(Object.entries(parts).filter(([, value]) => value !== ''));
  history.replaceState(null, '', `#${address}`);
}

function openAddress() {
  const address = new URLSearchParams(location.hash.slice(1)), number = name => address.has(name) ? Number(address.get(name)) : NaN;
  setAxis(address.get('axis') === 'time' && duration > 0 ? 'time' : 'steps');
  search(address.get('q') ?? '');
  const choice = choices[number('choice') - 1];
  const item = pollOf(number('step')) ?? laneOf.get(number('task')) ?? hosts.get(address.get('host')) ?? (choice?.poll ? choice : null);
  if (item) reveal(item); else select(null);
}
