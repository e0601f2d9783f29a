// The bands of the hosts: their names, crashes and restarts, and the packets between them.

const topOf = row => TOP + row.top - camera.y;
const bottomOf = host => TOP + host.bottom - camera.y;

/** Paints the background of a host's name, and the edge of its band. */
function paintBand(host) {
  const top = topOf(host), bottom = bottomOf(host);
  ctx.fillStyle = colours.band;
  ctx.globalAlpha = host === state.selected ? 1 : .75;
  ctx.fillRect(size.gutter, top, size.width, HOST_ROW);
  ctx.globalAlpha = 1;
  for (const y of [top, bottom]) line('band-edge', 1, [size.gutter, y - .5], [size.width, y - .5]);
}

/** Paints the name of a host in the gutter. */
function paintHostName(host) {
  const top = topOf(host), bottom = bottomOf(host), y = screenY(host);
  ctx.fillStyle = colours.band;
  ctx.fillRect(0, top, size.gutter, HOST_ROW);
  ctx.fillStyle = colours[host === state.lane ? 'needs' : 'band-edge'];
  ctx.fillRect(0, top, 4, bottom - top);
  for (const y of [top, bottom]) line('band-edge', 1, [0, y - .5], [size.gutter, y - .5]);
  drawText(truncate(host.name, '600 13px', size.gutter - 60), 14, y, 'ink', '600 13px');
  drawText('host', size.gutter - 11, y, 'faint', '11.5px', 'right');
}

/** Returns the times at which a host is down: its crashes, each with the next restart. */
const downtimes = ({ events }) =>
  events.map((event, at) => [event, events[at + 1]]).filter(([{ kind }]) => kind === 'crash');

const HOST_MARKS = { crash: '✕', restart: '↻' };
/** Paints the crashes and restarts of a host as lines through its band, with a label at the top. */
function paintHostEvents(host) {
  const top = topOf(host), bottom = bottomOf(host);
  ctx.globalAlpha = .1;
  ctx.fillStyle = colours.failed;
  for (const [crash, restart] of downtimes(host)) {
    const left = screenX(xOf(crash)), right = screenX(restart ? xOf(restart) : axis.end);
    ctx.fillRect(left, top, right - left, bottom - top);
  }
  host.events.forEach((event, at) => {
    const x = screenX(xOf(event)), next = host.events[at + 1], isHighlighted = event === state.selected || event === state.hovered;
    if (x < size.gutter - 90 || x > size.width + 10) return;
    const colour = eventColour(event), room = (next ? screenX(xOf(next)) : Infinity) - x - 12;
    const text = [HOST_EVENTS[event.kind], HOST_MARKS[event.kind], ''].find(text => textWidth(text, '600 11px') <= Math.max(0, room));
    const width = textWidth(text, '600 11px') + 12;
    ctx.globalAlpha = isDimmed(event) ? .3 : 1;
    line(isHighlighted ? 'ink' : colour, isHighlighted ? 3 : 2, [x, top], [x, bottom]);
    if (!text) return;
    fillRound(colour, x - 1, top + 4, width, 18, [0, 9, 9, 0]);
    drawText(text, x + width / 2 - 1, top + 13.5, 'sheet', '600 11px', 'center');
  });
  ctx.globalAlpha = 1;
}

/** Returns the crash or restart of a host whose line, or label of this width, is at the position `x` of the view. */
function hostEventAt(host, x, label = 6) {
  const distance = event => x - screenX(xOf(event));
  return host?.events.findLast(event => distance(event) > -6 && distance(event) < label);
}

/** Maximum number of packets drawn. More would cover everything. */
const MAX_ARROWS = 300;
/** The arrows in the view, for the pointer. */
let arrows = [];

/** Returns the packets that belong to an item. */
function packetsOf(item) {
  if (item?.type === 'host') return item.packets;
  const isReceiver = ({ receiver }) => receiver === item;
  if (item?.type === 'lane') return packets.filter(({ by, arrivals }) => by === item || arrivals.some(isReceiver));
  return related(item).map(event => event.arrival?.sending ?? event.sending ?? event).filter(({ kind }) => kind === 'sent');
}

/** Returns the arrows of a packet: one for each arrival, or one that ends between the hosts. */
function arrowsOf(packet) {
  const from = hosts.get(packet.from), to = hosts.get(packet.to), { by } = packet;
  // A packet may be sent while another task runs, such as an acknowledgement, or a reset after a crash.
  const sender = by.band === from && by.row >= 0 ? by : from;
  const startX = screenX(xOf(packet)), isLost = packet.arrivals.length === 0;
  const arrow = (row, x) => {
    const end = row?.row >= 0 && row !== sender ? row : to;
    if (!(sender.row >= 0 && end.row >= 0)) return [];
    const down = Math.sign(screenY(end) - screenY(sender)), edge = row => isLane(row) ? BAR / 2 + 1 : HOST_ROW / 2;
    return [{ packet, isLost, start: [startX, screenY(sender) + down * edge(sender)], end: [x, screenY(end) - down * edge(end)] }];
  };
  if (isLost) return arrow(to, startX + Math.min(60, camera.scale)).map(cutShort);
  return packet.arrivals.flatMap(arrival => arrow(arrival.receiver ?? to, screenX(xOf(arrival))));
}
/** Ends the arrow of a lost packet before it reaches its host. */
const cutShort = arrow => ({ ...arrow, end: arrow.start.map((from, at) => from + (arrow.end[at] - from) / 2) });

/** Paints packets as arrows between hosts. Zoomed out, or if there are too many, only those of the selected item. */
function paintPackets() {
  arrows = [];
  if (packets.length === 0 || state.hidden.has('packets')) return;
  const near = new Set([...packetsOf(state.selected), ...packetsOf(state.hovered)]);
  const [from, to] = [camera.x - 1, camera.x + (size.width - size.gutter) / camera.scale + 1];
  const isInView = packet => xOf(packet) <= to && Math.max(xOf(packet) + 1, ...packet.arrivals.map(xOf)) >= from;
  const inView = packets.filter(isInView), isClose = camera.scale > 5 && inView.length <= MAX_ARROWS;
  const drawn = isClose ? inView : inView.filter(packet => near.has(packet));
  if (drawn.length <= MAX_ARROWS) arrows = drawn.flatMap(arrowsOf);
  for (const arrow of arrows) paintArrow(arrow, near.has(arrow.packet));
  ctx.globalAlpha = 1;
}

function paintArrow({ packet, isLost, start, end }, isNear) {
  const colour = isNear ? 'ink' : 'packet', [x, y] = end, angle = Math.atan2(y - start[1], x - start[0]);
  ctx.globalAlpha = isNear ? 1 : isDimmed(packet) ? .25 : .85;
  line(colour, isNear ? 2 : 1.2, start, end);
  ctx.fillStyle = colours[colour];
  ctx.beginPath();
  ctx.arc(...start, 2.5, 0, 7);
  ctx.fill();
  if (isLost) {
    stroke('failed', 2, () => {
      for (const side of [-1, 1]) {
        ctx.moveTo(x - 4, y - 4 * side);
        ctx.lineTo(x + 4, y + 4 * side);
      }
    });
    return;
  }
  ctx.beginPath();
  ctx.moveTo(x, y);
  for (const side of [-1, 1]) ctx.lineTo(x - 8 * Math.cos(angle + side * .45), y - 8 * Math.sin(angle + side * .45));
  ctx.fill();
}

/** Returns the packet whose arrow is at a point of the view. */
function packetAt(x, y) {
  return arrows.findLast(({ start, end }) => distanceToLine([x, y], start, end) < 5)?.packet;
}
/** Returns the distance of a point from a line between two points. */
function distanceToLine([x, y], [startX, startY], [endX, endY]) {
  const [width, height] = [endX - startX, endY - startY], length = width ** 2 + height ** 2 || 1;
  const part = Math.min(1, Math.max(0, ((x - startX) * width + (y - startY) * height) / length));
  return Math.hypot(x - startX - part * width, y - startY - part * height);
}
