// The panel beside the lanes: of what is selected, or else of the whole run.

const aside = document.querySelector('aside');
const html = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter(child => child !== null));
  return element;
};
const button = (attributes, act, ...children) => {
  const made = html('button', { type: 'button', ...attributes }, ...children);
  made.addEventListener('click', act);
  return made;
};
const tint = colour => `--colour: var(--${colour})`;
const row = (name, ...content) => [html('dt', {}, name), html('dd', {}, ...content)];
const link = (item, colour, title, below) => html('li', {}, button({ style: tint(colour) }, () => reveal(item), html('strong', {}, title), html('small', {}, below ?? '')));
const section = (title, items, tag = 'ul') => items.length > 0 ? [html('h3', {}, title), html(tag, {}, ...items)] : [];

/** How many lines of a list are shown. */
const MOST = 200;
const some = (list, make) => [...list.slice(0, MOST).map(make), ...(list.length > MOST ? [html('li', {}, html('small', {}, `and ${counted(list.length - MOST, 'more')}`.replace('mores', 'more')))] : [])];

const frames = site => html('ol', { class: 'frames' }, ...site.frames.map(([place, name]) => html('li', {}, html('code', {}, place), html('small', {}, name))));
function waitingAt(site, title) {
  if (!site) return [html('h3', {}, title), html('p', {}, 'It left no waker with anyone, so no place is known, and nothing can wake it.')];
  const primitive = site.primitive ? html('dl', {}, ...row('Waits in', html('code', {}, site.primitive))) : null;
  return [html('h3', {}, title), site.frames.length > 0 ? frames(site) : html('p', {}, 'No frame of it has a source line.'), ...(primitive ? [primitive] : [])];
}

const wakeItem = happening => link(happening.poll ?? happening, happening.by.number < 0 ? 'faint' : 'pending', wakeLine(happening), happening.poll ? `then ${happening.poll.lane === happening.by ? MEANINGS[happening.poll.result] : ''}`.trim() : '');
const doingItem = happening => link(happening.next ?? happening, happening.kind === 'decision' ? 'choice' : happening.goal ? 'edge' : 'warning', doingLine(happening), happening.next ? `polled in step ${happening.next.step}` : '');
const choiceItem = choice => choice.poll ? link(choice, 'choice', choice.text, `step ${choice.step}`) : html('li', {}, html('small', {}, choice.text));
const laneItem = lane => link(lane, OF_END[lane.end] ?? 'faint', `${lane.number} ${lane.name}`, lane.end === 'stuck' || lane.end === 'waiting' || lane.end === 'left' ? siteLine(lane.polls.at(-1)?.site) : ENDS[lane.end]);
const facts = (...rows) => html('dl', {}, ...rows.flat());
const taskRow = lane => row('Task', button({ class: 'go' }, () => reveal(lane), lane.number < 0 ? lane.name : `${lane.number} ${lane.name}`));

function describe(item) {
  switch (item.type) {
    case 'poll': return [
      html('h2', { tabindex: -1 }, `Step ${item.step}`), html('span', { class: 'chip', style: tint(OF_RESULT[item.result]) }, item.result),
      facts(taskRow(item.lane), row('Virtual time', written(item.time)), ...(item.lane.number === SPAWNED ? [] : [row('Poll', `${item.number} of ${item.lane.polls.length}; it ${MEANINGS[item.result]}`)])),
      ...section('Choices made here', item.choices.map(choiceItem)),
      ...(item.result === 'pending' && item.lane.number !== SPAWNED ? waitingAt(item.site, 'Waits from here on') : item.site ? waitingAt(item.site, 'Was preempted at') : []),
      ...section('Ready because', item.woken.slice(0, MOST).map(wakeItem)),
      ...section('Meanwhile', some(item.does, doingItem)),
      neighbours(item),
    ];
    case 'span': return [
      html('h2', { tabindex: -1 }, item.kind === 'wait' ? 'Waits' : 'Is ready'), html('span', { class: 'chip', style: tint(isStuck(item) ? 'failed' : item.kind === 'wait' ? 'wait' : 'queued') }, isStuck(item) ? 'stuck' : item.kind === 'wait' ? 'waiting' : 'in line'),
      facts(taskRow(item.lane), row('From', item.before ? `step ${item.before.step}, at ${written(item.before.time)}` : 'its spawn'),
        row('Until', item.next ? `step ${item.next.step}, at ${written(item.next.time)}` : 'the end of the run')),
      ...(item.kind === 'wait' ? waitingAt(item.site, 'Waits at') : []),
      ...section('Woken', item.wake ? [wakeItem(item.wake)] : []),
      ...section('Polls around', [item.before, item.next].filter(Boolean).map(pollItem)),
    ];
    case 'lane': return item.number < 0 ? [
      html('h2', { tabindex: -1 }, item.name), html('p', {}, 'No task of the test: it only wakes others.'), ...section('Wakes', some(item.dots, doingItem)),
    ] : [
      html('h2', { tabindex: -1 }, item.name), html('span', { class: 'chip', style: tint(OF_END[item.end]) }, item.end), ...(item.isBackground ? [html('span', { class: 'chip' }, 'background')] : []),
      html('p', {}, `It ${ENDS[item.end]}.`),
      facts(row('Task', String(item.number)), row(item.number === 0 ? 'Started at' : 'Spawned at', html('code', {}, item.site)),
        ...(item.number === 0 ? [] : [row('Spawned by', button({ class: 'go' }, () => reveal(laneFor(item.parent)), laneFor(item.parent).name))]), row('Future', `${item.bytes.toLocaleString('en')} bytes`)),
      ...(['stuck', 'waiting', 'left'].includes(item.end) && item.polls.length > 0 ? waitingAt(item.polls.at(-1).site, 'Waits at') : []),
      ...section(counted(item.polls.length, 'poll'), some(item.polls, pollItem)),
    ];
    case 'choice': return [
      html('h2', { tabindex: -1 }, `Choice ${item.number} of ${choices.length}`), html('span', { class: 'chip', style: tint('choice') }, `step ${item.step}`),
      html('p', {}, item.text), html('p', {}, 'Without it the test does not fail, or not like this.'),
      ...section('Made in', [pollItem(item.poll)]), ...section('All choices', choices.map(choiceItem)),
    ];
    default: return [
      html('h2', { tabindex: -1 }, item.goal ? `${item.kind} in step ${item.step}` : item.kind), html('p', {}, doingLine(item)),
      facts(taskRow(item.by), row('Virtual time', written(item.time))), ...section('In', item.poll ? [pollItem(item.poll)] : []), ...section('Then', item.next ? [pollItem(item.next)] : []),
    ];
  }
}
const pollItem = poll => link(poll, OF_RESULT[poll.result], `Step ${poll.step} · ${poll.result}`, poll.result === 'pending' && poll.lane.number !== SPAWNED ? siteLine(poll.site) : `at ${written(poll.time)}`);

function neighbours(poll) {
  const at = poll.lane.polls.indexOf(poll), go = (list, step, title, name) => {
    const goal = list[step];
    const made = button({ title }, () => reveal(goal), name);
    made.disabled = !goal;
    return made;
  };
  return html('nav', { 'aria-label': 'Polls beside' }, go(polls, poll.index - 1, 'The step before (p)', '← Step'), go(polls, poll.index + 1, 'The step behind (n)', 'Step →'),
    go(poll.lane.polls, at - 1, 'The poll of this task before ([)', '← Poll'), go(poll.lane.polls, at + 1, 'The poll of this task behind (])', 'Poll →'));
}

/** What is worth looking at first. */
function describeRun() {
  const bad = lanes.filter(lane => ['stuck', 'left', 'panicked'].includes(lane.end)), others = lanes.filter(lane => !bad.includes(lane));
  const titles = { stuck: 'Stuck', left: 'Left', panicked: 'Panicked' }, notes = all.filter(item => item.type === 'happening' && item.kind !== 'drop');
  return [
    html('h2', { tabindex: -1 }, 'The run'),
    html('p', {}, `${counted(polls.at(-1)?.step ?? 0, 'step')}, ${counted(lanes.length, 'task')}, ${written(data.end)} of virtual time.`),
    ...(data.omitted ? [html('p', {}, `${counted(data.omitted[1], 'step')} behind step ${data.omitted[0].toLocaleString('en')} are left out.`)] : []),
    ...section(choices.length > 0 ? `${counted(choices.length, 'choice')} that it takes` : '', some(choices, choiceItem)),
    ...Object.entries(titles).flatMap(([end, title]) => section(title, some(bad.filter(lane => lane.end === end), laneItem))),
    ...section('Notes', some(notes, note => link(note, note.kind === 'decision' ? 'choice' : 'warning', note.text, `${note.by.name}, step ${note.step}`))),
    ...section(bad.length > 0 ? 'Other tasks' : 'Tasks', some(others, laneItem)),
  ];
}

function drawPanel() {
  const hadFocus = aside.contains(document.activeElement), { selected } = state;
  const close = selected ? [button({ class: 'close', title: 'Close (Escape)', 'aria-label': 'Close' }, () => select(null), '✕')] : [];
  aside.replaceChildren(...close, ...(selected ? describe(selected) : describeRun()));
  aside.scrollTop = 0;
  if (hadFocus) aside.querySelector('h2').focus();
}
