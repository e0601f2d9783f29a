// Data of the graph.

const data = JSON.parse(document.getElementById('graph').textContent);
const kinds = new Map(data.kinds.map(kind => [kind.kind, kind]));
const UNUSED = 'no field depends on it, it is private, and it has no hooks';
const nodes = data.graph.nodes.map((node, index) => {
  const marks = [node.async && 'async', data.unused.includes(node.id) && 'unused'].filter(Boolean);
  const words = [node.id, node.type, node.component ?? '', node.kind, ...marks.map(mark => `is:${mark}`)];
  return { ...node, index, marks, caption: data.captions[index], words: words.join('\n').toLowerCase(), needs: [], neededBy: [] };
});
const byId = new Map(nodes.map(node => [node.id, node]));
for (const node of nodes) {
  node.needs = [...new Set(node.dependencies)].map(id => byId.get(id));
  for (const other of node.needs) other.neededBy.push(node);
}

/** Returns the transitive dependencies of `node`, or its transitive dependents, without `node` itself. */
function reach(node, way) {
  const found = new Set(node[way]);
  for (const other of found) other[way].forEach(next => found.add(next));
  return found;
}
