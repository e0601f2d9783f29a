// The panel beside the lanes: of what is selected, or else of the whole run.

const aside = document.querySelector('aside');
const html = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};
const button = (attributes, act, ...children) => {
  const made = html('button', { type: 'button', ...attributes }, ...children);
  made.addEventListener('click', act);
  return made;
};
const tint = colour => `--colour: var(--${colour})`;

/** How many lines of a list are shown. */
const MOST = 200;
const heading = (text, chip, colour) => [html('h2', { tabindex: -1 }, text),
  ...(chip ? [html('span', { class: 'chip', style: tint(colour) }, chip)] : [])];
const facts = rows => html('dl', {}, ...rows.flatMap(([name, content]) => [html('dt', {}, name), html('dd', {}, content)]));
const item = (goal, colour, title, below = '') => html('li', {},
  button({ style: tint(colour) }, () => reveal(goal), html('strong', {}, title), html('small', {}, below)));
function section(title, list, make) {
  if (list.length === 0) return [];
  const rest = list.length - MOST, more = rest > 0 ? [html('li', {}, html('small', {}, `and ${rest.toLocaleString('en')} more`))] : [];
  return [html('h3', {}, title), html('ul', {}, ...list.slice(0, MOST).map(make), ...more)];
}
const goTask = lane => button({ class: 'go' }, () => reveal(lane), lane.number < 0 ? lane.name : `${lane.number} ${lane.name}`);

const pollItem = poll => item(poll, OF_RESULT[poll.result], `Step ${poll.step} · ${poll.result}`,
  waits(poll) ? siteLine(poll.site) : `at ${written(poll.time)}`);
const wakeItem = wake => item(wake.poll ?? wake, wake.by.number < 0 ? 'faint' : 'pending', wakeLine(wake));
const doingItem = doing => item(doing.next ?? doing, doing.kind === 'decision' ? 'choice' : doing.goal ? 'edge' : 'warning',
  doingLine(doing), doing.next ? `polled in step ${doing.next.step}` : '');
const choiceItem = choice => choice.poll ? item(choice, 'choice', choice.text, `step ${choice.step}`)
  : html('li', {}, html('small', {}, choice.text));
const laneItem = lane => item(lane, OF_END[lane.end], `${lane.number} ${lane.name}`,
  isLeft(lane) && lane.polls.length > 0 ? siteLine(lane.polls.at(-1).site) : ENDS[lane.end]);
const noteItem = note => item(note, note.kind === 'decision' ? 'choice' : 'warning', note.text, `${note.by.name}, step ${note.step}`);
const isLeft = lane => ['stuck', 'waiting', 'left'].includes(lane.end);

/** Where a task waits, frame by frame. */
function waitingAt(site, title) {
  const nowhere = 'It left no waker with anyone, so no place is known, and nothing can wake it.';
  if (!site) return [html('h3', {}, title), html('p', {}, nowhere)];
  const frame = ([place, name]) => html('li', {}, html('code', {}, place), html('small', {}, name));
  const stack = site.frames.length > 0 ? html('ol', { class: 'frames' }, ...site.frames.map(frame))
    : html('p', {}, 'No frame of it has a source line.');
  return [html('h3', {}, title), stack, ...(site.primitive ? [facts([['Waits in', html('code', {}, site.primitive)]])] : [])];
}

function describePoll(poll) {
  const { step, lane, result, time, number, site } = poll, isSpawned = lane.number === SPAWNED;
  const where = waits(poll) ? waitingAt(site, 'Waits from here on') : site ? waitingAt(site, 'Was preempted at') : [];
  return [
    ...heading(`Step ${step}`, isSpawned ? 'ran' : result, OF_RESULT[result]),
    facts([['Task', goTask(lane)], ['Virtual time', written(time)],
      ...(isSpawned ? [] : [['Poll', `${number} of ${lane.polls.length}; it ${MEANINGS[result]}`]])]),
    ...section('Choices made here', poll.choices, choiceItem), ...where,
    ...section('Ready because', poll.woken, wakeItem), ...section('Meanwhile', poll.does, doingItem), neighbours(poll),
  ];
}

function describeSpan(span) {
  const { kind, lane, before, next, wake, site } = span, isWait = kind === 'wait';
  const [chip, colour] = isStuck(span) ? ['stuck', 'failed'] : isWait ? ['waiting', 'wait'] : ['in line', 'queued'];
  const at = poll => `step ${poll.step}, at ${written(poll.time)}`;
  return [
    ...heading(isWait ? 'Waits' : 'Is ready', chip, colour),
    facts([['Task', goTask(lane)], ['From', before ? at(before) : 'its spawn'], ['Until', next ? at(next) : 'the end of the run']]),
    ...(isWait ? waitingAt(site, 'Waits at') : []),
    ...section('Ready because', wake ? [wake] : [], wakeItem), ...section('Polls around', [before, next].filter(Boolean), pollItem),
  ];
}

function describeLane(lane) {
  const nobody = html('p', {}, 'No task of the test: it only wakes others.');
  if (lane.number < 0) return [...heading(lane.name), nobody, ...section('Wakes', lane.dots, doingItem)];
  const parent = lane.number === 0 ? [] : [['Spawned by', goTask(laneFor(lane.parent))]];
  return [
    ...heading(lane.name, lane.end, OF_END[lane.end]), ...(lane.isBackground ? [html('span', { class: 'chip' }, 'background')] : []),
    html('p', {}, `It ${ENDS[lane.end]}.`),
    facts([['Task', String(lane.number)], [lane.number === 0 ? 'Started at' : 'Spawned at', html('code', {}, lane.site)], ...parent,
      ['Future', `${lane.bytes.toLocaleString('en')} bytes`]]),
    ...(isLeft(lane) && lane.polls.length > 0 ? waitingAt(lane.polls.at(-1).site, 'Waits at') : []),
    ...section(counted(lane.polls.length, 'poll'), lane.polls, pollItem),
  ];
}

function describeChoice({ number, step, text, poll }) {
  return [
    ...heading(`Choice ${number} of ${choices.length}`, `step ${step}`, 'choice'), html('p', { class: 'sentence' }, text),
    html('p', {}, 'It is not what production would do most plainly, and the failure was not found without it.'),
    ...section('Made in', [poll], pollItem), ...section('All choices', choices, choiceItem),
  ];
}

function describeHappening(happening) {
  const { kind, by, time, poll, next } = happening;
  return [
    ...heading(kind), html('p', { class: 'sentence' }, doingLine(happening)),
    facts([['Task', goTask(by)], ['Virtual time', written(time)]]),
    ...section('In', poll ? [poll] : [], pollItem), ...section('Then', next ? [next] : [], pollItem),
  ];
}

const DESCRIBED = { poll: describePoll, span: describeSpan, lane: describeLane, choice: describeChoice, happening: describeHappening };

/** Buttons to the polls beside one. */
function neighbours(poll) {
  const { polls: own } = poll.lane, at = own.indexOf(poll);
  const go = (goal, title, name) => {
    const made = button({ title }, () => reveal(goal), name);
    made.disabled = !goal;
    return made;
  };
  return html('nav', { 'aria-label': 'Polls beside' },
    go(polls[poll.index - 1], 'The step before (p)', '← Step'), go(polls[poll.index + 1], 'The step behind (n)', 'Step →'),
    go(own[at - 1], 'The poll of this task before ([)', '← Poll'), go(own[at + 1], 'The poll of this task behind (])', 'Poll →'));
}

/** What is worth looking at first. */
function describeRun() {
  const BAD = { stuck: 'Stuck', left: 'Left', panicked: 'Panicked' }, others = lanes.filter(lane => !BAD[lane.end]);
  const texts = notes.filter(({ goal }) => !goal), { omitted } = data;
  const left = omitted && `${counted(omitted[1], 'step')} behind step ${omitted[0].toLocaleString('en')} are left out.`;
  return [
    ...heading('The run'),
    html('p', {}, `${counted(polls.at(-1)?.step ?? 0, 'step')}, ${counted(lanes.length, 'task')}, ${written(data.end)} of virtual time.`),
    ...(left ? [html('p', {}, left)] : []),
    ...section(`${counted(choices.length, 'choice')} that it takes`, choices, choiceItem),
    ...Object.entries(BAD).flatMap(([end, title]) => section(title, lanes.filter(lane => lane.end === end), laneItem)),
    ...section('Notes', texts, noteItem), ...section(others.length < lanes.length ? 'Other tasks' : 'Tasks', others, laneItem),
  ];
}

function drawPanel() {
  const hadFocus = aside.contains(document.activeElement), { selected } = state;
  const close = () => button({ class: 'close', title: 'Close (Escape)', 'aria-label': 'Close' }, () => select(null), '✕');
  aside.replaceChildren(...(selected ? [close(), ...DESCRIBED[selected.type](selected)] : describeRun()));
  aside.scrollTop = 0;
  if (hadFocus) aside.querySelector('h2').focus();
}
