// The camera: the axis position at the left edge, the pixels per axis unit, and the vertical scroll offset in pixels.

const camera = { x: 0, y: 0, scale: 1, isFitted: true };
const maxScroll = () => Math.max(0, size.rows + 50 - (size.height - TOP));
const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)');

function moveCamera(x, y, scale) {
  const room = (size.width - size.gutter) / scale;
  const minX = -.5 - room * .5, maxX = Math.max(minX, axis.end - room * .5);
  Object.assign(camera, { x: Math.min(maxX, Math.max(minX, x)), y: Math.min(maxScroll(), Math.max(0, y)), scale, isFitted: false });
  invalidate();
}

let animation = 0;
/** Moves the camera smoothly, or at once if the user prefers reduced motion. */
function animateTo(x, y, scale) {
  const from = { ...camera }, begun = performance.now(), number = ++animation;
  if (reducedMotion.matches) return moveCamera(x, y, scale);
  const move = now => {
    if (number !== animation) return;
    const part = Math.min(1, Math.max(0, (now - begun) / 180)), eased = 1 - (1 - part) ** 3, mix = (a, b) => a + (b - a) * eased;
    moveCamera(mix(from.x, x), mix(from.y, y), Math.exp(mix(Math.log(from.scale), Math.log(scale))));
    if (part < 1) requestAnimationFrame(move);
  };
  requestAnimationFrame(move);
}

/** Fits the whole run into the view, with space for the marks at its end. */
function fit() {
  animation++;
  // The mark of a task that has not ended is drawn after the end of the run.
  const mark = lanes.some(lane => ['stuck', 'leaked', 'waiting', 'ready'].includes(lane.end)) ? 86 : 30;
  const room = Math.max(120, size.width - size.gutter - mark), scale = Math.min(140, room / (axis.end + .6));
  Object.assign(camera, { x: -Math.max(.6, 14 / scale), y: Math.min(camera.y, maxScroll()), scale, isFitted: true });
  invalidate();
}

/** Zooms around the position `x` of the view. */
function zoom(factor, x) {
  const whole = (size.width - size.gutter) / (axis.end + 2);
  const scale = Math.min(400, Math.max(Math.min(whole, 140) * .8, camera.scale * factor));
  const at = camera.x + (x - size.gutter) / camera.scale;
  animation++;
  moveCamera(at - (x - size.gutter) / scale, camera.y, scale);
}

/** Scrolls an item into view, zoomed in enough to read it. */
function goTo(item) {
  const room = (size.width - size.gutter), x = placeOf(item), lane = laneOfItem(item);
  const scale = isRow(item) ? camera.scale : Math.max(camera.scale, 26), left = (x - camera.x) * scale;
  const isNear = isRow(item) || left > room * .08 && left < room * .85 && scale === camera.scale;
  const top = lane.top - camera.y, isInSight = top >= 0 && top + lane.height < size.height - TOP;
  if (isNear && isInSight) return invalidate();
  animateTo(isNear ? camera.x : x - room / scale * .4, isInSight ? camera.y : lane.top - (size.height - TOP) / 2, scale);
}
