// The panel beside the lanes: details of the selected item, or of the whole run.

const aside = document.querySelector('aside');
const html = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};
const button = (attributes, act, ...children) => {
  const element = html('button', { type: 'button', ...attributes }, ...children);
  element.addEventListener('click', act);
  return element;
};
const tint = colour => `--colour: var(--${colour})`;

/** Maximum number of items shown of a list. */
const MAX_LIST_ITEMS = 200;
const heading = (text, chip, colour) => [html('h2', { tabindex: -1 }, text),
  ...(chip ? [html('span', { class: 'chip', style: tint(colour) }, chip)] : [])];
const facts = rows => html('dl', {}, ...rows.flatMap(([name, content]) => [html('dt', {}, name), html('dd', {}, content)]));
const item = (target, colour, title, below = '') => html('li', {},
  button({ style: tint(colour) }, () => reveal(target), html('strong', {}, title), html('small', {}, below)));
function section(title, list, make) {
  if (list.length === 0) return [];
  const rest = list.length - MAX_LIST_ITEMS;
  const more = rest > 0 ? [html('li', {}, html('small', {}, `and ${rest.toLocaleString('en')} more`))] : [];
  return [html('h3', {}, title), html('ul', {}, ...list.slice(0, MAX_LIST_ITEMS).map(make), ...more)];
}
const taskLink = lane => button({ class: 'go' }, () => reveal(lane), lane.number < 0 ? lane.name : `${lane.number} ${lane.name}`);
const hostLink = host => button({ class: 'go' }, () => reveal(host), host.name);
const hostFact = host => host ? [['Host', hostLink(host)]] : [];

const pollItem = poll => item(poll, RESULT_COLOURS[poll.result], `Step ${poll.step} · ${poll.result}`,
  hasKnownWait(poll) ? siteLine(poll.site) : `at ${formatDuration(poll.time)}`);
const wakeItem = wake => item(wake.poll ?? wake, wake.by.number < 0 ? 'faint' : 'pending', wakeLine(wake));
const eventColour = event => ({ decision: 'choice', crash: 'failed', restart: 'done', sent: 'packet', arrived: 'packet' }[event.kind]
  ?? (event.target ? 'edge' : 'warning'));
const eventItem = event => item(event.sending ?? event.next ?? event, eventColour(event), eventLine(event),
  event.next ? `polled in step ${event.next.step}` : '');
const choiceItem = choice => choice.poll ? item(choice, 'choice', choice.text, `step ${choice.step}`)
  : html('li', {}, html('small', {}, choice.text));
const laneItem = lane => item(lane, END_COLOURS[lane.end], `${lane.number} ${lane.name}`,
  isUnfinished(lane) && lane.polls.length > 0 ? siteLine(lane.polls.at(-1).site) : END_TEXTS[lane.end]);
const noteItem = note => item(note, note.kind === 'decision' ? 'choice' : 'warning', note.text, `${note.by.name}, step ${note.step}`);
const hostEventItem = event => item(event, eventColour(event), eventLine(event),
  `step ${event.step}, at ${formatDuration(event.time)}`);
const isUnfinished = lane => ['stuck', 'waiting', 'leaked'].includes(lane.end);

/** Lists the frames of a site. */
function siteSection(site, title) {
  const noWaker = 'It registered no waker, so nothing can wake it, and the place is unknown.';
  if (!site) return [html('h3', {}, title), html('p', {}, noWaker)];
  const frame = ([place, name]) => html('li', {}, html('code', {}, place), html('small', {}, name));
  const stack = site.frames.length > 0 ? html('ol', { class: 'frames' }, ...site.frames.map(frame))
    : html('p', {}, 'No frame has a source line.');
  return [html('h3', {}, title), stack, ...(site.primitive ? [facts([['Waits in', html('code', {}, site.primitive)]])] : [])];
}

function describePoll(poll) {
  const { step, lane, result, time, number, site } = poll, isRaw = lane.number === RAW_TASKS;
  const where = hasKnownWait(poll) ? siteSection(site, 'Then waits at') : site ? siteSection(site, 'Was preempted at') : [];
  return [
    ...heading(`Step ${step}`, isRaw ? 'ran' : result, RESULT_COLOURS[result]),
    facts([['Task', taskLink(lane)], ['Virtual time', formatDuration(time)],
      ...(isRaw ? [] : [['Poll', `${number} of ${lane.polls.length}; it ${RESULT_TEXTS[result]}`]])]),
    ...section('Choices made here', poll.choices, choiceItem), ...where,
    ...section('Made ready by', poll.wokenBy, wakeItem), ...section('Events in this step', poll.events, eventItem), neighbours(poll),
  ];
}

function describeSpan(span) {
  const { kind, lane, before, next, wake, site } = span, isWait = kind === 'wait';
  const [chip, colour] = isStuck(span) ? ['stuck', 'failed'] : isWait ? ['waiting', 'wait'] : ['queued', 'queued'];
  const at = poll => `step ${poll.step}, at ${formatDuration(poll.time)}`;
  return [
    ...heading(isWait ? 'Waits' : 'Is ready', chip, colour),
    facts([['Task', taskLink(lane)], ['From', before ? at(before) : 'its spawn'], ['Until', next ? at(next) : 'the end of the run']]),
    ...(isWait ? siteSection(site, 'Waits at') : []),
    ...section('Made ready by', wake ? [wake] : [], wakeItem), ...section('Adjacent polls', [before, next].filter(Boolean), pollItem),
  ];
}

function describeLane(lane) {
  const explanation = html('p', {}, 'Not a task of the test: it only wakes tasks.');
  if (lane.number < 0) return [...heading(lane.name), explanation, ...section('Wakes', lane.dots, eventItem)];
  const parent = lane.number === 0 ? [] : [['Spawned by', taskLink(laneFor(lane.parent))]];
  return [
    ...heading(lane.name, lane.end, END_COLOURS[lane.end]), ...(lane.isBackground ? [html('span', { class: 'chip' }, 'background')] : []),
    html('p', {}, `It ${END_TEXTS[lane.end]}.`),
    facts([['Task', String(lane.number)], ...hostFact(lane.band),
      [lane.number === 0 ? 'Started at' : 'Spawned at', html('code', {}, lane.site)], ...parent,
      ['Future', `${lane.bytes.toLocaleString('en')} bytes`]]),
    ...(isUnfinished(lane) && lane.polls.length > 0 ? siteSection(lane.polls.at(-1).site, 'Waits at') : []),
    ...section(counted(lane.polls.length, 'poll'), lane.polls, pollItem),
  ];
}

function describeHost(host) {
  const { name, lanes, events, packets } = host;
  return [
    ...heading(name, 'host', 'band-edge'),
    ...section('Crashes and restarts', events, hostEventItem), ...section(counted(lanes.length, 'task'), lanes, laneItem),
    ...section(counted(packets.length, 'packet'), packets, eventItem),
  ];
}

/** Describes a packet: its hosts, and the tasks that sent it and were woken by it. */
function describePacket(event) {
  const { packet, from, to, by, time, text, poll, arrivals } = event;
  const receivers = arrivals.map(({ receiver }) => receiver).filter(Boolean);
  const at = arrivals.map(arrival => ['Arrived', `step ${arrival.step}, at ${formatDuration(arrival.time)}`]);
  return [
    ...heading(`Packet ${packet}`, isLost(event) ? 'did not arrive' : 'arrived', isLost(event) ? 'failed' : 'packet'),
    html('p', { class: 'sentence' }, eventLine(event)),
    facts([['Content', text], ['From', hostLink(hosts.get(from))], ['To', hostLink(hosts.get(to))], ['Task', taskLink(by)],
      ['Sent', `step ${event.step}, at ${formatDuration(time)}`], ...at]),
    ...section('Sent in', poll ? [poll] : [], pollItem), ...section('Woke', receivers, laneItem),
  ];
}

function describeChoice({ number, step, text, poll }) {
  return [
    ...heading(`Choice ${number} of ${choices.length}`, `step ${step}`, 'choice'), html('p', { class: 'sentence' }, text),
    html('p', {}, 'This choice deviates from the default, and the failure was not found without it.'),
    ...section('Made in', [poll], pollItem), ...section('All choices', choices, choiceItem),
  ];
}

function describeEvent(event) {
  const { kind, by, time, poll, next } = event;
  if (kind === 'sent') return describePacket(event);
  return [
    ...heading(kind, event.host?.name, eventColour(event)), html('p', { class: 'sentence' }, eventLine(event)),
    facts([...hostFact(event.host), ['Task', taskLink(by)], ['Virtual time', formatDuration(time)]]),
    ...section('Occurred in', poll ? [poll] : [], pollItem), ...section('Next poll', next ? [next] : [], pollItem),
  ];
}

const DESCRIBERS = {
  poll: describePoll, span: describeSpan, lane: describeLane, host: describeHost, choice: describeChoice, event: describeEvent,
};

/** Returns buttons for the previous and next polls, of all tasks and of the same task. */
function neighbours(poll) {
  const { polls: own } = poll.lane, at = own.indexOf(poll);
  const go = (target, title, name) => {
    const element = button({ title }, () => reveal(target), name);
    element.disabled = !target;
    return element;
  };
  return html('nav', { 'aria-label': 'Adjacent polls' },
    go(polls[poll.index - 1], 'Previous step (p)', '← Step'), go(polls[poll.index + 1], 'Next step (n)', 'Step →'),
    go(own[at - 1], 'Previous poll of this task ([)', '← Poll'), go(own[at + 1], 'Next poll of this task (])', 'Poll →'));
}

/** Describes the run: the choices, and the tasks with problems first. */
function describeRun() {
  const PROBLEMS = { stuck: 'Stuck', leaked: 'Leaked', panicked: 'Panicked' }, others = lanes.filter(lane => !PROBLEMS[lane.end]);
  const texts = notes.filter(({ target }) => !target), { omitted } = data;
  const gap = omitted && `${counted(omitted[1], 'step')} after step ${omitted[0].toLocaleString('en')} omitted.`;
  return [
    ...heading('The run'),
    html('p', {}, `${counted(polls.at(-1)?.step ?? 0, 'step')}, ${counted(lanes.length, 'task')}, ` +
      `${formatDuration(data.end)} of virtual time.`),
    ...(gap ? [html('p', {}, gap)] : []),
    ...section(`${counted(choices.length, 'choice')} needed for the failure`, choices, choiceItem),
    ...Object.entries(PROBLEMS).flatMap(([end, title]) => section(title, lanes.filter(lane => lane.end === end), laneItem)),
    ...section('Crashes and restarts', hostEvents, hostEventItem),
    ...section('Notes', texts, noteItem), ...section(others.length < lanes.length ? 'Other tasks' : 'Tasks', others, laneItem),
  ];
}

function drawPanel() {
  const hadFocus = aside.contains(document.activeElement), { selected } = state;
  const close = () => button({ class: 'close', title: 'Close (Escape)', 'aria-label': 'Close' }, () => select(null), '✕');
  aside.replaceChildren(...(selected ? [close(), ...DESCRIBERS[selected.type](selected)] : describeRun()));
  aside.scrollTop = 0;
  if (hadFocus) aside.querySelector('h2').focus();
}
