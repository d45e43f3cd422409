// Draws what the page knows. All text is set as text: nothing that anybody wrote is ever read as HTML.

export const $ = id => document.getElementById(id);

export function element(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text ?? '';
  return made;
}

export function button(className, text, action) {
  const made = element('button', className, text);
  made.type = 'button';
  made.addEventListener('click', action);
  return made;
}

/** A user's colour, the same on every page. */
export const hueOf = user => [...user].reduce((hash, letter) => (hash * 31 + letter.codePointAt(0)) % 360, 7);

export function avatar(user) {
  const made = element('span', 'avatar', [...user].slice(0, 2).join('').toUpperCase());
  made.setAttribute('aria-hidden', 'true');
  made.style.setProperty('--hue', hueOf(user));
  return made;
}

export function showError(text) {
  $('error-text').textContent = text;
  $('error').hidden = false;
}

export function hideError() {
  $('error').hidden = true;
}

/** @param state starting, connecting, connected, reconnecting or disconnected. */
export function showState(state, text) {
  $('state').dataset.state = state;
  $('state').textContent = text ?? state;
}

/** Of the panes that a narrow window shows one at a time: chat or together. */
export function showPane(pane) {
  document.body.dataset.pane = pane;
  for (const name of ['chat', 'together']) {
    $(`show-${name}`).setAttribute('aria-pressed', name === pane);
  }
}

let drawnRooms = '';

/** Redrawn when something changed only, and with the focus where it was. */
export function drawRooms(rooms, open) {
  const shown = JSON.stringify(rooms.all.map(room => [room.name, room.unread, room === rooms.current]));
  if (shown === drawnRooms) {
    return;
  }

  drawnRooms = shown;
  const focused = $('rooms').contains(document.activeElement) ? document.activeElement.value : null;
  $('rooms').replaceChildren(...rooms.all.map(room => {
    const made = button('', '', () => open(room.name));
    made.value = room.name;
    made.setAttribute('aria-current', room === rooms.current);
    made.append(element('span', 'label', room.name));
    if (room.unread > 0) {
      const unread = element('span', 'unread', room.unread);
      unread.append(element('span', 'hidden', ' unread'));
      made.append(unread);
    }

    const item = element('li', '');
    item.append(made);
    return item;
  }));
  [...$('rooms').querySelectorAll('button')].find(made => made.value === focused)?.focus();
  const unread = rooms.all.reduce((sum, room) => sum + room.unread, 0);
  document.title = `${unread ? `(${unread}) ` : ''}${rooms.current ? `${rooms.current.name} · ` : ''}Serverless chat`;
}

/** Touches what changed only, so that a screen reader reads out what is new. */
export function drawMessages(room, name, sendAgain) {
  const list = $('messages');
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  const messages = room ? [...room.messages, ...room.outbox] : [];
  const wanted = messages.map(message => message.node ??= drawMessage(message, name, sendAgain));
  const kept = new Set(wanted);
  [...list.children].filter(child => !kept.has(child)).forEach(child => child.remove());
  let at = list.firstElementChild;
  for (const node of wanted) {
    if (node === at) {
      at = at.nextElementSibling;
    } else {
      list.insertBefore(node, at);
    }
  }

  if (atEnd) {
    list.scrollTop = list.scrollHeight;
  }
}

function drawMessage(message, name, sendAgain) {
  const item = element('li', `message ${message.status}${message.from === name ? ' mine' : ''}`);
  const by = element('p', 'by');
  by.append(element('b', '', message.from), ' ', drawTime(message.at));
  item.append(avatar(message.from), by, element('p', 'text', message.text));
  if (message.status === 'failed') {
    item.append(button('again', 'Not sent. Send again', () => sendAgain(message)));
  }

  return item;
}

function drawTime(at) {
  const time = element('time', '');
  if (!Number.isNaN(at.getTime())) {
    const isToday = at.toDateString() === new Date().toDateString();
    time.textContent = at.toLocaleString([], isToday ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' });
    time.dateTime = at.toISOString();
  }

  return time;
}
