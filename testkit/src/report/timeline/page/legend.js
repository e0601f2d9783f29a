// The legend of lines and colors. Its buttons search for polls with one result, or hide parts of the drawing.

const legend = document.getElementById('legend');
const swatch = (shape, colour) => html('span', { class: `swatch ${shape}`, style: tint(colour), 'aria-hidden': true });
const SPAN_KINDS = [
  ['waits', 'line', 'wait', 'The task waits between two polls'], ['queued', 'thick', 'queued', 'The task is ready, but other tasks run first'],
];
const TOGGLES = [
  ['choices', 'flag', 'choice', flags.length > 0 ? choices.length : 0, 'Choices of the schedule that deviate from the default'],
  ['wakes', 'line', 'edge', events.filter(({ target, kind }) => target && kind !== 'drop').length, 'Wakes between tasks'],
  ['notes', 'note', 'warning', notes.length, 'Notes, decisions of fakes, tracing events, dropped tasks'],
  ['packets', 'line', 'packet', packets.length, 'Packets between hosts; a cross ends one that did not arrive'],
];

function makeLegend() {
  const add = (name, mark, count, title, act) => {
    const toggle = button({ title }, act, mark, name, html('small', {}, count.toLocaleString('en')));
    legend.append(toggle);
    return toggle;
  };
  for (const [name, shape, colour, title] of SPAN_KINDS) legend.append(html('span', { class: 'key', title }, swatch(shape, colour), name));
  for (const result of RESULTS) {
    const count = polls.filter(poll => poll.result === result).length, query = `is:${result}`;
    const title = `The task ${RESULT_TEXTS[result]}. Click to search.`, act = () => search(state.query === query ? '' : query);
    if (count > 0) add(result, swatch('', RESULT_COLOURS[result]), count, title, act);
  }
  for (const [name, shape, colour, count, title] of TOGGLES.filter(([,,, count]) => count > 0)) {
    const toggle = add(name, swatch(shape, colour), count, `${title}. Click to hide or show.`, () => {
      if (!state.hidden.delete(name)) state.hidden.add(name);
      toggle.setAttribute('aria-pressed', !state.hidden.has(name));
      invalidate();
    });
    toggle.setAttribute('aria-pressed', true);
  }
}
