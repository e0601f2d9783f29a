// The lanes: waits, polls, notes, the state at the end, and the wakes between lanes.

const isDimmed = item => state.words.length > 0 && !state.matches.has(item) && !state.matches.has(item.lane);

function paintSpans(lane) {
  const y = screenY(lane);
  for (const span of lane.spans) {
    const left = screenX(xAt(span.from)), right = screenX(xAt(span.to));
    if (right < size.gutter || left > size.width || right - left < .5) continue;
    ctx.globalAlpha = span.before && isDimmed(span.before) ? .3 : 1;
    const isHighlighted = span === state.selected || span === state.hovered;
    if (span.kind === 'ready') {
      ctx.fillStyle = colours.queued;
      ctx.fillRect(left, y - (isHighlighted ? 4 : 3), right - left, isHighlighted ? 8 : 6);
      continue;
    }
    const isBad = isStuck(span);
    const colour = isBad ? 'failed' : isHighlighted ? 'ink' : 'wait';
    line(colour, isHighlighted || isBad ? 2.4 : 1.4, [left, y], [right, y]);
    const from = Math.max(left, size.gutter) + 5, room = Math.min(right, size.width) - from - 4;
    if (room > 40) drawText(siteText(span.site, room), from, y - 14, colour === 'wait' ? 'faint' : colour, '11.5px');
  }
  ctx.globalAlpha = 1;
}

/** Returns the longest text for a site that fits. */
function siteText(site, room) {
  const whole = siteLine(site), place = site?.frames[0]?.[0] ?? '';
  if (room > 150) return truncate(whole, '11.5px', room);
  return [whole, site?.label ?? '', place].find(text => textWidth(text, '11.5px') <= room) ?? '';
}

/** Paints wakes as arrows from their cause to the task that becomes ready. Zoomed out, only those of the selected item. */
function paintWakes() {
  const near = new Set([...related(state.selected), ...related(state.hovered)]);
  const isClose = camera.scale > 5, [from, to] = [camera.x - 2, camera.x + (size.width - size.gutter) / camera.scale + 2];
  for (const event of events) {
    const { target, by, kind } = event, isNear = near.has(event);
    if (!target || target === by || kind === 'drop' || !isClose && !isNear) continue;
    if (target.row < 0 || by.row < 0) continue;
    const x = xOf(event);
    if (x < from || x > to) continue;
    const start = [screenX(x), screenY(by)], end = [screenX(xAt({ event })) + 1, screenY(target)];
    const down = Math.sign(end[1] - start[1]);
    start[1] += by.number < 0 && !event.poll ? 0 : down * BAR / 2;
    end[1] -= down * 5;
    ctx.globalAlpha = isNear ? 1 : state.words.length > 0 ? .25 : .75;
    const colour = isNear ? 'ink' : kind === 'abort' ? 'failed' : 'wait';
    const bend = down * Math.min(30, Math.abs(end[1] - start[1]) / 2);
    stroke(colour, isNear ? 2 : 1.2, () => {
      ctx.moveTo(...start);
      ctx.bezierCurveTo(start[0], start[1] + bend, end[0], end[1] - bend, end[0], end[1] - down * 3);
    }, kind === 'spawn' ? [4, 3] : []);
    ctx.fillStyle = colours[colour];
    ctx.beginPath();
    ctx.moveTo(end[0], end[1] + down * 2);
    ctx.lineTo(end[0] - 4, end[1] - down * 5);
    ctx.lineTo(end[0] + 4, end[1] - down * 5);
    ctx.fill();
  }
  ctx.globalAlpha = 1;
}

function paintPolls(lane) {
  const y = screenY(lane), width = Math.max(1, camera.scale - (camera.scale > 6 ? 2 : 0)), inset = camera.scale > 6 ? 1 : 0;
  let right = -Infinity;
  for (let at = Math.max(0, pollAt(camera.x - 1, lane.polls)); at < lane.polls.length; at++) {
    const poll = lane.polls[at], x = screenX(axis.starts[poll.index]) + inset;
    if (x > size.width) break;
    const isHighlighted = poll === state.selected || poll === state.hovered;
    if (x + width <= right && poll.result === 'pending' && !isHighlighted) continue;
    right = x + width;
    ctx.globalAlpha = isDimmed(poll) ? .25 : 1;
    const colour = lane.number === RAW_TASKS ? 'faint' : RESULT_COLOURS[poll.result];
    if (width < 4) {
      ctx.fillStyle = colours[colour];
      ctx.fillRect(x, y - BAR / 2, width, BAR);
    } else {
      // The last poll of a completed task has a round end.
      const corner = Math.min(3, width / 3), round = poll.result === 'ready' ? Math.min(9, width / 2) : corner;
      fillRound(colour, x, y - BAR / 2, width, BAR, [corner, round, round, corner]);
      const mark = MARKS[poll.result] ?? '', number = String(poll.step), room = width - 6;
      const text = [`${number} ${mark}`.trim(), number, mark].find(text => textWidth(text, '600 11px') <= room);
      if (text) drawText(text, x + width / 2, y + .5, 'sheet', '600 11px', 'center');
    }
    if (isHighlighted) outline(x, y, width, poll === state.selected ? 'ink' : 'faint');
    else if (state.words.length > 0 && state.matches.has(poll)) outline(x, y, width, 'found');
  }
  ctx.globalAlpha = 1;
  if (state.hidden.has('wakes')) return;
  ctx.fillStyle = colours.faint;
  let last = -Infinity;
  if (lane.number < 0) for (const dot of lane.dots) {
    const x = screenX(xOf(dot));
    if (x < size.gutter - 4 || x > size.width || x - last < 1.5) continue;
    last = x;
    ctx.beginPath();
    ctx.arc(x, y, 3, 0, 7);
    ctx.fill();
  }
}
function outline(x, y, width, colour) {
  stroke(colour, 2, () => ctx.roundRect(x - 2, y - BAR / 2 - 2, width + 4, BAR + 4, 5));
}

/** Paints notes, decisions of fakes, tracing events and drops below the lane's bar. */
function paintNotes(lane) {
  const y = screenY(lane) + 15;
  let free = -Infinity;
  lane.notes.forEach((note, at) => {
    const x = screenX(xOf(note));
    if (x < size.gutter - 4 || x > size.width || x < free - 1 && camera.scale < 3) return;
    const isHighlighted = note === state.selected || note === state.hovered;
    const colour = note.kind === 'drop' ? 'failed' : note.kind === 'decision' ? 'choice' : 'warning';
    ctx.globalAlpha = isDimmed(note) && !state.matches.has(note.by) ? .3 : 1;
    ctx.fillStyle = colours[isHighlighted ? 'ink' : colour];
    ctx.beginPath();
    ctx.moveTo(x, y - 4.5);
    for (const [dx, dy] of [[4.5, 0], [0, 4.5], [-4.5, 0]]) ctx.lineTo(x + dx, y + dy);
    ctx.fill();
    free = x + 6;
    const next = lane.notes[at + 1], room = Math.min(next ? screenX(xOf(next)) - 8 : size.width, size.width) - x - 12;
    const text = note.kind === 'drop' ? 'dropped' : note.text.replace(/\s+/g, ' ');
    if (room > 34) drawText(truncate(text, '11px', Math.min(room, 320)), x + 8, y + .5, colour, '11px');
  });
  ctx.globalAlpha = 1;
}

/** Paints the state of a task that has not ended. */
function paintEnd(lane) {
  const isDone = ['done', 'panicked', 'dropped', ''].includes(lane.end);
  if (isDone) return;
  const x = screenX(axis.end), y = screenY(lane), colour = END_COLOURS[lane.end];
  const text = lane.end === 'stuck' && !lane.polls.at(-1)?.site ? 'no waker' : lane.end;
  const width = textWidth(text, '600 11.5px') + 14;
  line(colour, 2.4, [x, y - 9], [x, y + 9]);
  const isBad = colour === 'failed';
  if (isBad) fillRound(colour, x + 4, y - 9, width, 18, 9);
  drawText(text, x + 4 + width / 2, y + .5, isBad ? 'sheet' : 'faint', '600 11.5px', 'center');
}
