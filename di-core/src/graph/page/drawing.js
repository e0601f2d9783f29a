// Drawing.

const view = document.getElementById('view'), scene = document.getElementById('scene');
const find = document.querySelector('#find input'), found = document.querySelector('#find output');
const aside = document.querySelector('aside'), all = document.getElementById('all');

const build = namespace => (tag, attributes = {}, ...children) => {
  const element = document.createElementNS(namespace, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};
const svg = build(view.namespaceURI), html = build(document.documentElement.namespaceURI);
const button = (attributes, act, ...children) => {
  const made = html('button', { type: 'button', ...attributes }, ...children);
  made.addEventListener('click', act);
  return made;
};
const tint = kind => `--kind: ${kinds.get(kind)?.colour ?? '#ffffff'}`;
const classes = flags => Object.keys(flags).filter(name => flags[name]).join(' ');

/** Returns the outline of a kind: as in the Mermaid flowchart, and a double frame for decorators. */
function outline(kind, width, height) {
  const corner = height / 7, right = width - corner, half = height / 2;
  const frame = (at, r) => `M${at + r} ${at}H${width - at - r}a${r} ${r} 0 0 1 ${r} ${r}V${height - at - r}a${r} ${r} 0 0 1 ${-r} ${r}`
    + `H${at + r}a${r} ${r} 0 0 1 ${-r} ${-r}V${at + r}a${r} ${r} 0 0 1 ${r} ${-r}z`;
  if (kind === 'input') return frame(0, half);
  if (kind === 'alias' || kind === 'import') return `M${corner} 0H${right}L${width} ${half}L${right} ${height}H${corner}L0 ${half}z`;
  if (kind === 'decorator') return frame(0, corner) + frame(Math.max(3, height / 11), corner - 2);
  if (kind === 'module') return `${frame(0, corner)}M5 0V${height}M${width - 5} 0V${height}`;
  return frame(0, corner);
}

const pen = document.createElement('canvas').getContext('2d');
function measured(text, font) {
  pen.font = `${font} system-ui, sans-serif`;
  return pen.measureText(text).width;
}
function shortened(text, font, width) {
  if (measured(text, font) <= width) return text;
  let end = text.length;
  while (end > 1 && measured(`${text.slice(0, end)}…`, font) > width) end--;
  return `${text.slice(0, end)}…`;
}
for (const node of nodes) {
  node.label = shortened(node.id, '600 16px', 230);
  node.below = shortened(node.caption, '11.5px', 210);
  node.ownWidth = Math.ceil(Math.max(60, measured(node.label, '600 16px'), measured(node.below, '11.5px')) + 30);
}

function drawNode(node) {
  const needs = `Needs ${node.needs.length}, needed by ${node.neededBy.length}`;
  node.element = svg('g', {
    transform: `translate(${node.x} ${node.y})`, style: tint(node.kind), role: 'button', tabindex: -1,
    'aria-label': `${[node.id, node.kind, node.caption, ...node.marks].join(', ')}. ${needs}`,
  }, svg('title', {}, `${node.id}: ${node.type}`), svg('path', { class: 'shape', d: outline(node.kind, node.width, HEIGHT) }),
    svg('text', { class: 'name', x: 15, y: 19 }, node.label), svg('text', { class: 'caption', x: 15, y: 34 }, node.below));
  let right = node.width - 8;
  for (const mark of node.marks) {
    const width = mark.length * 6 + 8;
    node.element.append(svg('g', { class: mark === 'unused' ? 'badge warning' : 'badge' },
      svg('rect', { x: right - width, y: -8, width, height: 15, rx: 7.5 }), svg('text', { x: right - width / 2, y: 3 }, mark)));
    right -= width + 4;
  }
  node.element.addEventListener('pointerenter', () => hover(node, true));
  node.element.addEventListener('pointerleave', () => hover(node, false));
  return node.element;
}

function hover(node, isOn) {
  for (const edge of edges) if (edge.from === node || edge.to === node) edge.element.classList.toggle('hovered', isOn);
}
