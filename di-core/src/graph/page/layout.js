// Layout: Sugiyama, Tagawa and Toda 1981, "Methods for visual understanding of hierarchical system structures"

const HEIGHT = 44;
const mean = list => list.reduce((sum, value) => sum + value, 0) / list.length;

/** Sets `x`, `y` and `width` of each node in `shown`. Returns the routed edges and the total size. */
function layout(shown) {
  const isShown = new Set(shown);
  for (const node of shown) {
    node.left = node.needs.filter(other => isShown.has(other));
    node.right = node.neededBy.filter(other => isShown.has(other));
  }
  return pack(islands(shown).map(island => {
    const columns = columnsOf(island);
    order(columns);
    return { island, ...place(columns), edges: island.flatMap(node => node.right.map(other => route(node, other, columns))) };
  }));
}

/** Returns the connected components, each in depth-first order, which keeps related nodes together. */
function islands(shown) {
  const seen = new Set();
  const visit = (node, island) => {
    if (seen.has(node)) return island;
    seen.add(node);
    island.push(node);
    [...node.left, ...node.right].forEach(other => visit(other, island));
    return island;
  };
  return shown.map(node => visit(node, [])).filter(island => island.length > 0);
}

/** Arranges the components in rows, the tallest first, in about the proportions of a screen. */
function pack(boxes) {
  const apart = 44;
  boxes.sort((a, b) => b.height - a.height);
  const area = boxes.reduce((sum, box) => sum + (box.width + apart) * (box.height + apart), 0);
  const limit = Math.max(Math.sqrt(area * 1.7), ...boxes.map(box => box.width));
  let x = 0, y = 0, rowHeight = 0, width = 0;
  for (const box of boxes) {
    if (x > 0 && (x + box.width > limit || box.height * 3 < rowHeight)) [x, y, rowHeight] = [0, y + rowHeight + apart, 0];
    for (const node of box.island) { node.x += x; node.y += y; }
    for (const edge of box.edges) edge.offset = `translate(${x} ${y})`;
    width = Math.max(width, x + box.width);
    rowHeight = Math.max(rowHeight, box.height);
    x += box.width + apart;
  }
  return { edges: boxes.flatMap(box => box.edges), width, height: y + rowHeight };
}

/** Returns the length of the longest path from each node. It is finite: the compiler rejects cycles. */
function longestWays(list, way) {
  const lengths = new Map();
  const length = node => {
    if (!lengths.has(node)) lengths.set(node, Math.max(-1, ...node[way].map(length)) + 1);
    return lengths.get(node);
  };
  list.forEach(length);
  return lengths;
}

/** Assigns layers by longest path. A layer too tall for a screen overflows into the next; starts of long paths stay. */
function assignLayers(island) {
  const limit = Math.max(9, Math.ceil(1.8 * Math.sqrt(island.length)));
  const load = [];
  const hasRoom = layer => (load[layer] ?? 0) < limit;
  const depth = longestWays(island, 'left'), height = longestWays(island, 'right');
  const sorted = [...island].sort((a, b) => depth.get(a) - depth.get(b) || height.get(b) - height.get(a) || a.index - b.index);
  const put = (node, layer) => { node.layer = layer; load[layer] = (load[layer] ?? 0) + 1; };
  for (const node of sorted) {
    let layer = Math.max(-1, ...node.left.map(other => other.layer)) + 1;
    while (!hasRoom(layer)) layer++;
    put(node, layer);
  }
  // A node with more dependents than dependencies is placed next to its dependents, which shortens more edges.
  for (const node of sorted.reverse()) {
    if (node.right.length <= node.left.length) continue;
    let layer = Math.min(...node.right.map(other => other.layer)) - 1;
    while (layer > node.layer && !hasRoom(layer)) layer--;
    load[node.layer]--;
    put(node, layer);
  }
  const inUse = [...new Set(island.map(node => node.layer))].sort((a, b) => a - b);
  for (const node of island) node.layer = inUse.indexOf(node.layer);
}

/** Returns the layers as columns of points: the nodes, and a bend wherever a node's edges pass through a column. All edges
    of a node share one trunk of bends, so a common dependency is one line with branches instead of a hundred lines. */
function columnsOf(island) {
  assignLayers(island);
  const columns = [];
  const point = (node, layer, height) => {
    const made = { node, layer, height, left: [], right: [], y: 0 };
    (columns[layer] ??= []).push(made);
    return made;
  };
  const link = (from, to) => { from.right.push(to); to.left.push(from); };
  for (const node of island) {
    node.trunk = [point(node, node.layer, HEIGHT)];
    for (let layer = node.layer + 1; layer < Math.max(...node.right.map(other => other.layer)); layer++) {
      node.trunk.push(point(node, layer, 0));
      link(node.trunk.at(-2), node.trunk.at(-1));
    }
  }
  for (const node of island) for (const other of node.right) link(node.trunk[other.layer - node.layer - 1], other.trunk[0]);
  return columns;
}

/** Orders each column by the mean place of its points' neighbors, from left to right and back, and keeps the order with
    the fewest crossings. */
function order(columns) {
  const number = column => column.forEach((point, at) => { point.at = at; point.part = (at + .5) / column.length; });
  columns.forEach(number);
  let best = columns.map(column => [...column]), fewest = crossings(columns);
  for (let round = 0, idle = 0; idle < 8 && round < 40 && fewest > 0; round++, idle++) {
    const side = round % 2 ? 'right' : 'left';
    for (const column of round % 2 ? [...columns].reverse() : columns) {
      for (const point of column) if (point[side].length > 0) point.part = mean(point[side].map(other => other.part));
      column.sort((a, b) => a.part - b.part);
      number(column);
    }
    const count = crossings(columns);
    if (count < fewest) [best, fewest, idle] = [columns.map(column => [...column]), count, 0];
  }
  best.forEach((column, at) => { columns[at] = column; number(column); });
}

/** Returns the number of crossings, counted as inversions with a Fenwick tree: Barth, Jünger and Mutzel 2002, "Simple and
    efficient bilayer cross counting". */
function crossings(columns) {
  let count = 0;
  for (const column of columns) {
    const ends = column.flatMap(point => point.right.map(other => other.at).sort((a, b) => a - b));
    const tree = [];
    ends.forEach((end, above) => {
      count += above;
      for (let at = end + 1; at > 0; at -= at & -at) count -= tree[at] ?? 0;
      for (let at = end + 1; at <= nodes.length; at += at & -at) tree[at] = (tree[at] ?? 0) + 1;
    });
  }
  return count;
}

const clearance = (above, below) => (above.height + below.height) / 2 + [7, 13, 18][(above.height > 0) + (below.height > 0)];

/** Moves the points of a column as near to their neighbors on `sides` as the order and the clearance allow: least squares,
    by pooling adjacent violators. Trunks pull hardest, which keeps them straight. */
function settle(column, sides) {
  const blocks = [];
  let offset = 0;
  column.forEach((point, at) => {
    if (at > 0) offset += clearance(column[at - 1], point);
    let block = { points: [point], weight: .01, sum: .01 * (point.y - offset) };
    point.offset = offset;
    for (const other of sides.flatMap(side => point[side])) {
      const pull = [9, .5, 1][(point.height > 0) + (other.height > 0)];
      block.weight += pull;
      block.sum += pull * (other.y - offset);
    }
    while (blocks.length > 0 && blocks.at(-1).sum / blocks.at(-1).weight > block.sum / block.weight) {
      const { points, weight, sum } = blocks.pop();
      block = { points: [...points, ...block.points], weight: weight + block.weight, sum: sum + block.sum };
    }
    blocks.push(block);
  });
  for (const { points, weight, sum } of blocks) for (const point of points) point.y = sum / weight + point.offset;
}

/** Positions the columns and their nodes. */
function place(columns) {
  for (const column of columns) settle(column, []);
  for (let round = 0; round < 8; round++) {
    for (const column of columns) settle(column, ['left']);
    for (const column of [...columns].reverse()) settle(column, ['right']);
  }
  for (let round = 0; round < 8; round++) for (const column of columns) settle(column, ['left', 'right']);
  const top = Math.min(...columns.map(column => column[0].y - column[0].height / 2));
  let x = 0, bottom = 0, gap = 0;
  for (const column of columns) {
    column.x = x;
    column.width = Math.max(...column.map(point => point.height && point.node.ownWidth));
    for (const point of column) {
      point.y -= top;
      bottom = Math.max(bottom, point.y + point.height / 2);
      if (point.height > 0) Object.assign(point.node, { x, y: point.y - HEIGHT / 2, width: column.width });
    }
    // Steep edges need horizontal space.
    const climbs = column.flatMap(point => point.right.map(other => Math.abs(point.y + top - other.y)));
    x += column.width + (gap = climbs.length > 0 ? Math.min(170, 46 + .25 * mean(climbs)) : 46);
  }
  return { width: Math.max(0, x - gap), height: bottom };
}

/** Returns an edge as a curve from column to column, straight through the columns between, with an arrowhead. */
function route(from, to, columns) {
  const trunk = from.trunk.slice(0, to.layer - from.layer);
  // Edges arrive at a node one below the other.
  const arrivals = [...to.trunk[0].left].sort((a, b) => a.y - b.y);
  const apart = Math.min(9, (HEIGHT - 14) / arrivals.length), head = Math.min(4, apart * .48);
  const end = to.trunk[0].y + (arrivals.indexOf(trunk.at(-1)) - (arrivals.length - 1) / 2) * apart;
  let x = from.x + from.width, y = trunk[0].y, d = `M${x} ${y.toFixed(1)}`;
  const curve = (nextX, nextY) => {
    const half = (x + nextX) / 2;
    d += `C${half} ${y.toFixed(1)} ${half} ${nextY.toFixed(1)} ${nextX} ${nextY.toFixed(1)}`;
    [x, y] = [nextX, nextY];
  };
  for (const { layer, y: bend } of trunk.slice(1)) {
    curve(columns[layer].x, bend);
    d += `h${columns[layer].width}`;
    x += columns[layer].width;
  }
  curve(to.x - 1, end);
  return { from, to, d: `${d}m${-1.7 * head} ${-head}l${1.7 * head} ${head}l${-1.7 * head} ${head}` };
}
