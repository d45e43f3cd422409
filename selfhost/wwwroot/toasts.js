// Notifications that aren't read yet: toasts, and alerts above them, until somebody dismisses them or they expire.

import { $, button, element } from './view.js';

const heldMost = 50;
const longest = 2 ** 31 - 1; // ms that a timer can wait

export class Toasts {
  #held = new Map(); // id → { node, timer }, oldest first
  #read;

  /** @param read Called with the id of one that was dismissed here. */
  constructor(read) {
    this.#read = read;
    $('dismiss-all').addEventListener('click', () => {
      [...this.#held.keys()].forEach(id => this.#dismiss(id));
      $('text').focus();
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
    this.#held.set(id, { node, timer: wait <= longest ? setTimeout(() => this.remove(id), wait) : null });
    $(isAlert ? 'alerts' : 'toasts').prepend(node);
    this.#draw();
  }

  /** Read or expired elsewhere: nobody is told. */
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

    this.#read(id);
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
