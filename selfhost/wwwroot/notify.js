// The form that notifies others.

import { clean, nameLimit } from './rooms.js';
import { $ } from './view.js';

const bodyLimit = 200;

/** @param send Called with to, kind and text; the text stays when it rejects. */
export function listenToNotify(currentRoom, send) {
  const to = $('notify-to');
  const user = $('notify-user');
  const showUser = () => { user.hidden = user.disabled = to.value !== 'user'; };
  to.addEventListener('change', showUser);
  showUser();
  $('notify-form').addEventListener('submit', async event => {
    event.preventDefault();
    const text = clean($('notify-text').value, bodyLimit);
    const room = currentRoom();
    const audience = { room: room && { group: room.name }, user: { user: clean(user.value, nameLimit) }, all: {} }[to.value];
    if (!text || !audience) {
      return;
    }

    $('notify-send').disabled = true;
    const isSent = await send(audience, $('notify-alert').checked ? 'alert' : 'toast', text);
    $('notify-send').disabled = false;
    if (isSent) {
      $('notify-text').value = '';
    }
  });
}
