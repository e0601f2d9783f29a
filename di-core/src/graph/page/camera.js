// Camera: pan and zoom.

const camera = { x: 0, y: 0, scale: 1, isFitted: true };

function look(x, y, scale, isSmooth) {
  Object.assign(camera, { x, y, scale, isFitted: false });
  scene.style.transition = isSmooth ? 'transform .25s' : 'none';
  // Thinner when zoomed out, but less than proportionally.
  scene.style.setProperty('--thin', 1.3 / Math.sqrt(scale));
  scene.style.setProperty('--thick', 2.6 / Math.sqrt(scale));
  scene.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
  view.classList.toggle('far', scale < .55);
  view.classList.toggle('distant', scale < .2);
}

function fit(isSmooth) {
  const { width, height } = view.getBoundingClientRect();
  const scale = Math.min((width - 64) / extent.width, (height - 104) / extent.height, 1.25);
  look((width - extent.width * scale) / 2, (height - 24 - extent.height * scale) / 2, scale, isSmooth);
  camera.isFitted = true;
}

/** Zooms around the window position `x`, `y`. */
function zoom(factor, x, y, isSmooth) {
  const scale = Math.min(4, Math.max(.005, camera.scale * factor));
  look(x - (x - camera.x) * scale / camera.scale, y - (y - camera.y) * scale / camera.scale, scale, isSmooth);
}

function goTo(node) {
  const { width, height } = view.getBoundingClientRect();
  const scale = camera.scale < .6 ? .9 : camera.scale;
  const x = node.x + node.width / 2, y = node.y + HEIGHT / 2;
  const isNear = (at, middle, size) => Math.abs(at - size / 2) < size / 2 - middle;
  const isInSight = isNear(x * scale + camera.x, node.width / 2 * scale, width) && isNear(y * scale + camera.y, 60, height);
  if (scale !== camera.scale || !isInSight) look(width / 2 - x * scale, height / 2 - y * scale, scale, true);
}
