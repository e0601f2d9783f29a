// The camera: which unit of the axis is at the left, how many pixels a unit has, and how far the lanes are moved up.

const camera = { x: 0, y: 0, scale: 1, isFitted: true };
const lowest = () => Math.max(0, shown.length * size.row + 50 - (size.height - TOP));
const isStill = matchMedia('(prefers-reduced-motion: reduce)');

function look(x, y, scale) {
  const room = (size.width - size.gutter) / scale;
  const least = -.5 - room * .5, most = Math.max(least, axis.end - room * .5);
  Object.assign(camera, { x: Math.min(most, Math.max(least, x)), y: Math.min(lowest(), Math.max(0, y)), scale, isFitted: false });
  invalidate();
}

let flight = 0;
/** Goes there in a moment, or at once where nothing is to move. */
function fly(x, y, scale) {
  const from = { ...camera }, begun = performance.now(), number = ++flight;
  if (isStill.matches) return look(x, y, scale);
  const move = now => {
    if (number !== flight) return;
    const part = Math.min(1, Math.max(0, (now - begun) / 180)), eased = 1 - (1 - part) ** 3, mix = (a, b) => a + (b - a) * eased;
    look(mix(from.x, x), mix(from.y, y), Math.exp(mix(Math.log(from.scale), Math.log(scale))));
    if (part < 1) requestAnimationFrame(move);
  };
  requestAnimationFrame(move);
}

/** The whole run, with room for the marks at its end. */
function fit() {
  flight++;
  // What is left at the end has its mark behind it.
  const mark = lanes.some(lane => ['stuck', 'left', 'waiting', 'ready'].includes(lane.end)) ? 86 : 30;
  const room = Math.max(120, size.width - size.gutter - mark), scale = Math.min(140, room / (axis.end + .6));
  Object.assign(camera, { x: -Math.max(.6, 14 / scale), y: Math.min(camera.y, lowest()), scale, isFitted: true });
  invalidate();
}

/** Zooms, and leaves what is at `x` of the window where it is. */
function zoom(factor, x) {
  const whole = (size.width - size.gutter) / (axis.end + 2);
  const scale = Math.min(400, Math.max(Math.min(whole, 140) * .8, camera.scale * factor));
  const at = camera.x + (x - size.gutter) / camera.scale;
  flight++;
  look(at - (x - size.gutter) / scale, camera.y, scale);
}

/** Brings something into sight, near enough to be read. */
function goTo(item) {
  const room = (size.width - size.gutter), x = placeOf(item), lane = laneOfItem(item);
  const scale = item.type === 'lane' ? camera.scale : Math.max(camera.scale, 26), left = (x - camera.x) * scale;
  const isNear = item.type === 'lane' || left > room * .08 && left < room * .85 && scale === camera.scale;
  const top = lane.row * size.row - camera.y, isInSight = top >= 0 && top + size.row < size.height - TOP;
  if (isNear && isInSight) return invalidate();
  fly(isNear ? camera.x : x - room / scale * .4, isInSight ? camera.y : lane.row * size.row - (size.height - TOP) / 2, scale);
}
