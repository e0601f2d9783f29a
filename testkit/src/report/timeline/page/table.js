// The same as a table, for who cannot see the drawing, or wants to copy from it.

/** How many rows it has. A filter shows others. */
const ROWS = 2000;

function tableRows() {
  const within = state.words.length > 0 ? state.matches : null;
  const told = [...polls, ...happenings].filter(item => !within || within.has(item) || item.poll && within.has(item.poll));
  return told.sort((a, b) => a.step - b.step || rank(a) - rank(b));
}
const rank = item => item.type === 'poll' ? 1 : item.isBetween ? 2 : 0;

function drawTable() {
  const items = tableRows(), cells = item => item.type === 'poll'
    ? [item.lane.name, `${item.lane.number === SPAWNED ? 'ran' : item.result}${item.result === 'pending' && item.lane.number !== SPAWNED ? `, waits at ${siteLine(item.site)}` : ''}${item.choices.map(choice => `; choice: ${choice.text}`).join('')}`]
    : [item.by.name, doingLine(item)];
  const lines = items.slice(0, ROWS).map(item => html('tr', {}, html('td', { class: 'number' }, String(item.step)), html('td', { class: 'number' }, written(item.time)), ...cells(item).map(text => html('td', {}, text))));
  const caption = items.length > ROWS ? `The first ${ROWS.toLocaleString('en')} of ${items.length.toLocaleString('en')} events: find something to see others` : `${counted(items.length, 'event')}, in their order`;
  const heads = ['Step', 'Virtual time', 'Task', 'What happened'].map(text => html('th', { scope: 'col' }, text));
  document.getElementById('table').replaceChildren(html('table', {}, html('caption', {}, caption), html('thead', {}, html('tr', {}, ...heads)), html('tbody', {}, ...lines)));
}
