// The legend: what lines and colours mean. Its buttons find polls of one result, and leave out the rest.

const legend = document.getElementById('legend');
const swatch = (shape, colour) => html('span', { class: `swatch ${shape}`, style: tint(colour), 'aria-hidden': true });
const LINES = [
  ['waits', 'line', 'wait', 'Between two polls a task waits'], ['in line', 'thick', 'queued', 'It is ready, and others run first'],
];
const PARTS = [
  ['choices', 'flag', 'choice', flags.length > 0 ? choices.length : 0, 'Choices of the schedule that are not the default'],
  ['wakes', 'line', 'edge', happenings.length - notes.length, 'Who makes whom ready'],
  ['notes', 'note', 'warning', notes.length, 'Notes, decisions of fakes, events, what was dropped'],
];

function makeLegend() {
  const add = (name, mark, count, title, act) => {
    const toggle = button({ title }, act, mark, name, html('small', {}, count.toLocaleString('en')));
    legend.append(toggle);
    return toggle;
  };
  for (const [name, shape, colour, title] of LINES) legend.append(html('span', { class: 'key', title }, swatch(shape, colour), name));
  for (const result of RESULTS) {
    const count = polls.filter(poll => poll.result === result).length, query = `is:${result}`;
    const title = `The task ${MEANINGS[result]}. Click to find.`, act = () => search(state.query === query ? '' : query);
    if (count > 0) add(result, swatch('', OF_RESULT[result]), count, title, act);
  }
  for (const [name, shape, colour, count, title] of PARTS.filter(([,,, count]) => count > 0)) {
    const toggle = add(name, swatch(shape, colour), count, `${title}. Click to hide or show.`, () => {
      if (!state.hidden.delete(name)) state.hidden.add(name);
      toggle.setAttribute('aria-pressed', !state.hidden.has(name));
      invalidate();
    });
    toggle.setAttribute('aria-pressed', true);
  }
}
