// The same as a table, for who cannot see the drawing, or wants to copy from it.

/** How many rows it has. A search shows others. */
const ROWS = 2000;

function tableItems() {
  const within = state.words.length > 0 ? state.matches : null;
  const rank = item => item.type === 'poll' ? 1 : item.isBetween ? 2 : 0;
  const told = [...polls, ...happenings].filter(item => !within || within.has(item) || item.poll && within.has(item.poll));
  return told.sort((a, b) => a.step - b.step || rank(a) - rank(b));
}

/** Whose row it is, and what happened. */
function tableCells(item) {
  if (item.type !== 'poll') return [item.by.name, doingLine(item)];
  const result = item.lane.number === SPAWNED ? 'ran' : waits(item) ? `pending, waits at ${siteLine(item.site)}` : item.result;
  return [item.lane.name, [result, ...item.choices.map(choice => `choice: ${choice.text}`)].join('; ')];
}

function drawTable() {
  const items = tableItems(), number = text => html('td', { class: 'number' }, text);
  const line = item => html('tr', {}, number(String(item.step)), number(written(item.time)),
    ...tableCells(item).map(text => html('td', {}, text)));
  const caption = items.length <= ROWS ? `${counted(items.length, 'event')}, in their order`
    : `The first ${ROWS.toLocaleString('en')} of ${items.length.toLocaleString('en')} events: find something to see others`;
  const heads = ['Step', 'Virtual time', 'Task', 'What happened'].map(text => html('th', { scope: 'col' }, text));
  document.getElementById('table').replaceChildren(html('table', {}, html('caption', {}, caption),
    html('thead', {}, html('tr', {}, ...heads)), html('tbody', {}, ...items.slice(0, ROWS).map(line))));
}
