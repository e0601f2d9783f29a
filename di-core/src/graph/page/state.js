// State of the view.

const state = { selected: null, query: '', hidden: new Set(), only: null };
const toggles = [];
let shown = [], edges = [], matches = [], extent = { width: 0, height: 0 };

/** Lays out and draws the visible nodes. */
function draw() {
  const within = state.only && new Set([state.only, ...reach(state.only, 'needs'), ...reach(state.only, 'neededBy')]);
  shown = nodes.filter(node => !state.hidden.has(node.kind) && (!within || within.has(node)));
  if (!shown.includes(state.selected)) state.selected = null;
  ({ edges, ...extent } = layout(shown));
  for (const edge of edges) edge.element = svg('path', { d: edge.d, transform: edge.offset });
  scene.replaceChildren(svg('g', { 'aria-hidden': true }, ...edges.map(edge => edge.element)), ...shown.map(drawNode));
  // One tab stop; the arrow keys move from there.
  shown[0]?.element.setAttribute('tabindex', 0);
  fit();
}

/** Marks selected, found and related nodes. */
function paint() {
  const { selected } = state, words = state.query.toLowerCase().split(/\s+/).filter(Boolean);
  matches = words.length > 0 ? shown.filter(node => words.every(word => node.words.includes(word))) : [];
  const isMatch = new Set(matches), isDimming = Boolean(selected) || words.length > 0;
  const before = selected ? reach(selected, 'needs') : new Set(), after = selected ? reach(selected, 'neededBy') : new Set();
  for (const node of shown) {
    const needs = selected?.needs.includes(node), needed = selected?.neededBy.includes(node);
    const lit = { selected: node === selected, match: isMatch.has(node), needs, needed };
    const isLit = Object.values(lit).some(Boolean), related = !isLit && (before.has(node) || after.has(node));
    const flags = { ...lit, related, dim: isDimming && !isLit && !related, unused: node.marks.includes('unused') };
    node.element.setAttribute('class', `node ${node.kind} ${classes(flags)}`);
    node.element.setAttribute('aria-pressed', lit.selected);
  }
  for (const { from, to, element } of edges) {
    const needs = to === selected || before.has(to), needed = from === selected || after.has(from);
    const flags = { needs, needed, near: to === selected || from === selected, dim: isDimming && !needs && !needed };
    element.setAttribute('class', `edge ${classes(flags)}`);
  }
  // Later elements are drawn on top.
  for (const name of ['needs', 'needed', 'near']) scene.firstChild.append(...scene.querySelectorAll(`.edge.${name}`));
  const at = matches.indexOf(selected);
  found.textContent = words.length === 0 ? '' : at < 0 ? `${matches.length || 'none'} found` : `${at + 1} of ${matches.length}`;
}

/** Updates the page and the URL from the state. The URL is a link to this view. */
function update(changes) {
  Object.assign(state, changes);
  paint();
  drawPanel();
  const { selected, query, hidden, only } = state;
  if (find.value !== query) find.value = query;
  for (const [toggle, isOn] of toggles) toggle.setAttribute('aria-pressed', isOn());
  all.hidden = shown.length === nodes.length;
  const parts = Object.entries({ node: selected?.id, q: query, hide: [...hidden].join(), only: only?.id });
  history.replaceState(null, '', `#${new URLSearchParams(parts.filter(([, value]) => value))}`);
}

/** Updates after the set of visible nodes has changed, with a new layout. */
function redraw(changes) {
  Object.assign(state, changes);
  draw();
  update();
}

function openAddress() {
  const address = new URLSearchParams(location.hash.slice(1));
  const [selected, only] = ['node', 'only'].map(key => byId.get(address.get(key)) ?? null);
  const hidden = new Set((address.get('hide') ?? '').split(',').filter(kind => kinds.has(kind)));
  redraw({ selected, query: address.get('q') ?? '', hidden, only });
  if (state.selected && !only) goTo(state.selected);
}

/** Selects a node, even if it is out of view or hidden. */
function reveal(node) {
  if (!shown.includes(node)) redraw({ only: null, hidden: new Set([...state.hidden].filter(kind => kind !== node.kind)) });
  update({ selected: node });
  goTo(node);
}

/** Creates the legend: a button for each kind, which hides it, and one for each mark, which searches for it. */
function makeLegend() {
  const add = (isMarked, isOn, act, title, name, ...swatch) => {
    const count = html('small', {}, nodes.filter(isMarked).length);
    const toggle = button({ class: swatch.length > 0 ? 'kind' : 'mark', title }, act, ...swatch, name, count);
    toggles.push([toggle, isOn]);
    document.getElementById('legend').append(toggle);
  };
  for (const { kind, meaning } of kinds.values()) {
    const shape = svg('path', { class: 'shape', d: outline(kind, 25, 15) });
    const swatch = svg('svg', { class: kind, style: tint(kind), 'aria-hidden': true }, shape);
    const toggled = () => new Set(state.hidden.has(kind) ? [...state.hidden].filter(other => other !== kind) : [...state.hidden, kind]);
    const title = `${kind}: ${meaning}. Click to hide or show.`;
    add(node => node.kind === kind, () => !state.hidden.has(kind), () => redraw({ hidden: toggled() }), title, kind, swatch);
  }
  for (const [mark, meaning] of [['async', 'its constructor is an async fn'], ['unused', UNUSED]]) {
    const query = `is:${mark}`, isMarked = node => node.marks.includes(mark), isOn = () => state.query === query;
    const title = `${mark}: ${meaning}. Click to find.`;
    if (nodes.some(isMarked)) add(isMarked, isOn, () => update({ query: isOn() ? '' : query }), title, mark);
  }
}

/** Shows the details of the selected node beside the graph. */
function drawPanel() {
  const node = state.selected, hadFocus = aside.contains(document.activeElement);
  aside.hidden = !node;
  if (!node) return;
  const source = `${data.graph.file}:${node.line}`, isAlone = state.only === node;
  const names = { alias: 'View of', import: 'From', collect: 'Collects', module: 'Container' };
  const row = (name, text, ...more) => [html('dt', {}, name), html('dd', {}, html('code', {}, text), ...more)];
  const item = other => html('li', {}, button({ style: tint(other.kind) }, () => reveal(other),
    html('strong', {}, other.id), html('small', {}, other.caption)));
  const list = (title, way) => {
    const direct = node[way].length, behind = reach(node, way).size - direct;
    return [html('h3', { class: way }, `${title}: ${direct || 'nothing'}`, html('small', {}, behind ? `, and ${behind} through them` : '')),
      html('ul', {}, ...node[way].map(item))];
  };
  const heading = html('h2', { tabindex: -1 }, node.id);
  aside.replaceChildren(
    button({ class: 'close', title: 'Close (Escape)', 'aria-label': 'Close' }, () => update({ selected: null }), '✕'), heading,
    html('span', { class: 'chip', style: tint(node.kind) }, node.kind), html('span', { class: 'chip' }, node.async ? 'async' : 'not async'),
    html('p', {}, `${kinds.get(node.kind)?.meaning}${node.id === node.name ? '' : `; a stage of the decorated field ${node.name}`}`),
    ...(node.marks.includes('unused') ? [html('span', { class: 'chip warning' }, 'unused'), html('small', {}, UNUSED)] : []),
    html('dl', {}, ...row('Type', node.type), ...(node.component ? row(names[node.kind] ?? 'Made by', node.component) : []),
      ...row('Source', source, button({ class: 'copy' }, event => copy(source, event.target), 'Copy'))),
    button({ class: 'only' }, () => redraw({ only: isAlone ? null : node }),
      isAlone ? 'Show all again' : 'Show only its connections'),
    ...list('Needs', 'needs'), ...list('Needed by', 'neededBy'),
  );
  if (hadFocus) heading.focus();
}

async function copy(text, where) {
  await navigator.clipboard.writeText(text);
  where.textContent = 'Copied';
}
