// The frame around the lanes: the ruler and the choices at the top, the names at the left.

/** Paints the ruler, and below it the choices. */
function paintHeader() {
  ctx.fillStyle = colours.sheet;
  ctx.fillRect(size.gutter, 0, size.width, TOP);
  line('rule', 1, [size.gutter, TOP - .5], [size.width, TOP - .5]);
  axis.rate > 0 ? paintTimes() : paintSteps();
  if (!state.hidden.has('choices')) paintFlags();
}

function paintSteps() {
  const digits = textWidth(String(polls.at(-1)?.step ?? 1), '11.5px') + 14;
  const every = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000].find(every => every * camera.scale >= digits) ?? 10000;
  for (const { x, width, time } of axis.pauses) {
    const text = `+${formatDuration(time)}`, room = width * camera.scale;
    if (textWidth(text, '10.5px') < room) drawText(text, screenX(x + width / 2), RULER / 2, 'warning', '10.5px', 'center');
  }
  for (let at = Math.max(0, pollAt(camera.x) - every); at < polls.length; at++) {
    const x = screenX(axis.starts[at] + .5);
    if (x > size.width + 40) break;
    const { step } = polls[at];
    if (step % every === 0 || step === 1 && every < 5) drawText(String(step), x, RULER / 2, 'faint', '11.5px', 'center');
  }
}

function paintTimes() {
  const [from, to] = [camera.x, camera.x + (size.width - size.gutter) / camera.scale].map(timeAt);
  const rough = (to - from) * 90 / (size.width - size.gutter), power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  const every = [1, 2, 5, 10].map(factor => factor * power).find(every => every >= rough) ?? power;
  let free = -Infinity;
  for (let time = Math.ceil(from / every) * every; time <= to && every > 0; time += every) {
    const x = screenX(xOfTime(time)), text = formatDuration(time), half = textWidth(text, '11.5px') / 2;
    if (x - half < free) continue;
    free = x + half + 10;
    line('rule', 1, [x, RULER - 5], [x, RULER]);
    drawText(text, x, RULER / 2, 'faint', '11.5px', 'center');
  }
}

function paintFlags() {
  const y = RULER + 11;
  let free = -Infinity;
  flags.forEach(([poll, list], at) => {
    const x = screenX(axis.starts[poll.index] + .5), [first, last] = [list[0].number, list.at(-1).number];
    const text = first === last ? String(first) : `${first}–${last}`;
    const width = Math.max(18, textWidth(text, '600 11px') + 10);
    if (x + width < size.gutter || x > size.width || x - width / 2 < free) return;
    const isHighlighted = list.includes(state.selected) || list.includes(state.hovered);
    fillRound('choice', x - width / 2, y - 9, width, 18, 9);
    if (isHighlighted) stroke('ink', 2, () => ctx.roundRect(x - width / 2 - 1, y - 10, width + 2, 20, 10));
    drawText(text, x, y + .5, 'sheet', '600 11px', 'center');
    free = x + width / 2 + 2;
    const next = flags[at + 1], room = (next ? screenX(axis.starts[next[0].index] + .5) - 14 : size.width) - free - 6;
    if (room > 60) drawText(truncate(list.map(choice => choice.text).join('; '), '11.5px', room), free + 3, y, 'choice', '11.5px');
  });
}

function paintGutter(visible, bands) {
  ctx.fillStyle = colours.sheet;
  ctx.fillRect(0, 0, size.gutter, size.height);
  bands.forEach(paintHostName);
  for (const lane of visible) {
    const y = screenY(lane), isSelected = lane === state.lane;
    if (isSelected) {
      ctx.fillStyle = colours.row;
      ctx.fillRect(0, y - size.row / 2, size.gutter, size.row);
      ctx.fillStyle = colours.needs;
      ctx.fillRect(0, y - size.row / 2, 4, size.row);
    }
    ctx.globalAlpha = state.words.length > 0 && !state.matches.has(lane) ? .6 : 1;
    const isTask = lane.number >= 0, left = isTask ? 34 : 14, text = truncate(lane.name, '600 13px', size.gutter - left - 20);
    if (isTask) drawText(String(lane.number), 28, y, 'faint', '11.5px', 'right');
    drawText(text, left, y, isTask && !lane.isBackground ? 'ink' : 'faint', isTask ? '600 13px' : '13px');
    if (isTask) {
      ctx.fillStyle = colours[END_COLOURS[lane.end]];
      ctx.beginPath();
      ctx.arc(size.gutter - 11, y, lane.end === 'stuck' || lane.end === 'panicked' || lane.end === 'leaked' ? 5 : 3.5, 0, 7);
      ctx.fill();
    }
    ctx.globalAlpha = 1;
  }
  ctx.fillStyle = colours.sheet;
  ctx.fillRect(0, 0, size.gutter, TOP);
  drawText(axis.name === 'time' ? 'Virtual time' : 'Step', size.gutter - 10, RULER / 2, 'faint', '11.5px', 'right');
  if (flags.length > 0) drawText('Choices', size.gutter - 10, RULER + 11, 'choice', '11.5px', 'right');
  line('rule', 1, [size.gutter - .5, 0], [size.gutter - .5, size.height]);
  line('rule', 1, [0, TOP - .5], [size.gutter, TOP - .5]);
}
