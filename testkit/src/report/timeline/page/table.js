// The events as a table, for screen readers and for copying.

/** Maximum number of rows. A search selects others. */
const MAX_ROWS = 2000;

function tableItems() {
  const within = state.words.length > 0 ? state.matches : null;
  const rank = item => item.type === 'poll' ? 1 : item.isBetween ? 2 : 0;
  const listed = [...polls, ...events].filter(item => !within || [item, item.poll, item.sending].some(one => within.has(one)));
  return listed.sort((a, b) => a.step - b.step || rank(a) - rank(b));
}

/** Returns the task of a row, and what happened. */
function tableCells(item) {
  if (item.type !== 'poll') return [item.by.name, eventLine(item)];
  const result = item.lane.number === RAW_TASKS ? 'ran' : hasKnownWait(item) ? `pending, waits at ${siteLine(item.site)}` : item.result;
  return [item.lane.name, [result, ...item.choices.map(choice => `choice: ${choice.text}`)].join('; ')];
}

function drawTable() {
  const items = tableItems(), number = text => html('td', { class: 'number' }, text);
  const line = item => html('tr', {}, number(String(item.step)), number(formatDuration(item.time)),
    ...tableCells(item).map(text => html('td', {}, text)));
  const caption = items.length <= MAX_ROWS ? `${counted(items.length, 'event')}, in order`
    : `The first ${MAX_ROWS.toLocaleString('en')} of ${items.length.toLocaleString('en')} events; search to see others`;
  const heads = ['Step', 'Virtual time', 'Task', 'What happened'].map(text => html('th', { scope: 'col' }, text));
  document.getElementById('table').replaceChildren(html('table', {}, html('caption', {}, caption),
    html('thead', {}, html('tr', {}, ...heads)), html('tbody', {}, ...items.slice(0, MAX_ROWS).map(line))));
}
