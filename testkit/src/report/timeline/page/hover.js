// The item under the pointer, and its tooltip.

/** Returns the wakes that an item caused, and those that made it ready. */
function related(item) {
  if (item?.type === 'poll') return [...item.events, ...item.wokenBy];
  if (item?.type === 'span') return item.wake ? [item.wake] : [];
  return item?.type === 'event' ? [item] : [];
}

/** Returns the item at a point of the view, or null. */
function itemAt(x, y) {
  if (y < TOP) return flagAt(x, y);
  const below = y - TOP + camera.y, lane = shown.find(({ top, height }) => top <= below && below < top + height);
  if (x < size.gutter) return lane ?? null;
  const packet = packetAt(x, y);
  if (!lane || !isLane(lane)) return hostEventAt(lane, x, 60) ?? packet ?? lane ?? null;
  const at = camera.x + (x - size.gutter) / camera.scale, reach = 6 / camera.scale;
  if (y - screenY(lane) > 8 && !state.hidden.has('notes')) {
    const note = lane.notes.find(note => Math.abs(xOf(note) - at) < reach);
    if (note) return note;
  }
  const dot = lane.number < 0 && lane.dots.find(dot => Math.abs(xOf(dot) - at) < reach);
  if (dot) return dot;
  const near = Math.max(0, pollAt(at, lane.polls));
  const distance = poll => Math.max(axis.starts[poll.index] - at, at - axis.starts[poll.index] - 1, 0);
  const close = lane.polls.slice(near, near + 2).filter(poll => distance(poll) < 3 / camera.scale);
  const [poll] = close.sort((a, b) => distance(a) - distance(b));
  return poll ?? packet ?? hostEventAt(lane.band, x) ?? lane.spans.find(span => xAt(span.from) <= at && at <= xAt(span.to)) ?? null;
}

function flagAt(x, y) {
  if (y < RULER || x < size.gutter || state.hidden.has('choices')) return null;
  const distance = ([poll]) => x - screenX(axis.starts[poll.index] + .5);
  // A flag is followed by its text.
  const flag = flags.filter(flag => distance(flag) > -12).at(-1);
  return flag && distance(flag) < 320 ? flag[1][0] : null;
}

const tip = document.getElementById('tip');

/** Highlights an item, and shows its tooltip next to the pointer. */
function hover(item, x, y) {
  if (state.hovered !== item) {
    state.hovered = item;
    invalidate();
  }
  tip.hidden = !item || item.type === 'lane' && item.number < 0 && item.dots.length === 0;
  if (tip.hidden) return;
  const { title, lines } = tooltip(item);
  const heading = document.createElement('strong');
  heading.textContent = title;
  tip.replaceChildren(heading, lines.filter(Boolean).join('\n'));
  const { width, height } = tip.getBoundingClientRect(), box = view.parentElement.getBoundingClientRect();
  const left = x + 16 + width > size.width ? Math.max(4, x - width - 12) : x + 16;
  const top = y + 18 + height > box.height ? Math.max(4, y - height - 12) : y + 18;
  Object.assign(tip.style, { left: `${left}px`, top: `${top}px` });
}
