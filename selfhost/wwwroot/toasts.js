// Notifications that aren't read yet: toasts, and alerts above them, until somebody dismisses them or they expire.

import { $, button, element } from './view.js';

const heldMost = 50;
const longest = 2 ** 31 - 1; // ms that a timer can wait

export class Toasts {
  #held = new Map(); // id → { node, sentAt, timer }, oldest first
  #read;

  /** @param read Called with the ids of those that were dismissed here. */
  constructor(read) {
    this.#read = read;
    $('dismiss-all').addEventListener('click', () => {
      const ids = [...this.#held.keys()];
      this.clear();
      $('text').focus();
      this.#read(ids);
    });
  }

  /** @param notification { id, kind, body, from, sentAt, expires }. One that is shown already stays as it is: unread ones come again with each connection. */
  add(notification) {
    const { id, kind, body, from, sentAt, expires } = notification ?? {};
    const wait = expires ? new Date(expires).getTime() - Date.now() : Infinity;
    if (typeof id !== 'string' || this.#held.has(id) || wait <= 0) {
      return;
    }

    if (this.#held.size >= heldMost) {
      this.remove(this.#held.keys().next().value);
    }

    const isAlert = kind === 'alert';
    const node = element('article', `toast${isAlert ? ' alert' : ''}`);
    const close = button('close', '×', () => this.#dismiss(id));
    close.setAttribute('aria-label', 'Dismiss');
    node.append(element('p', 'by', by(from, sentAt)), element('p', 'text', textOf(body)), close);
    this.#held.set(id, { node, sentAt: new Date(sentAt), timer: wait <= longest ? setTimeout(() => this.remove(id), wait) : null });
    $(isAlert ? 'alerts' : 'toasts').prepend(node);
    this.#draw();
  }

  /** The user read some in another window: { ids } or { upTo }, a time. */
  read({ ids, upTo }) {
    const until = new Date(upTo);
    const isRead = ([id, { sentAt }]) => (ids ? ids.includes(id) : sentAt <= until);
    [...this.#held].filter(isRead).forEach(([id]) => this.remove(id));
  }

  /** Nobody is told. */
  remove(id) {
    clearTimeout(this.#held.get(id)?.timer);
    this.#held.get(id)?.node.remove();
    this.#held.delete(id);
    this.#draw();
  }

  /** They were somebody else's. */
  clear() {
    [...this.#held.keys()].forEach(id => this.remove(id));
  }

  #dismiss(id) {
    const hadFocus = this.#held.get(id)?.node.contains(document.activeElement);
    this.remove(id);
    if (hadFocus) {
      (document.querySelector('#notices .close') ?? $('text')).focus();
    }

    this.#read([id]);
  }

  #draw() {
    $('dismiss-all').hidden = this.#held.size < 2;
  }
}

function by(from, sentAt) {
  const at = new Date(sentAt);
  const time = Number.isNaN(at.getTime()) ? '' : at.toLocaleTimeString([], { timeStyle: 'short' });
  return [typeof from === 'string' ? from : '', time].filter(Boolean).join(' ') || 'Notification';
}

/** Bodies may be any value. */
const textOf = body => (typeof body?.text === 'string' ? body.text : typeof body === 'string' ? body : JSON.stringify(body) ?? '').slice(0, 500);
