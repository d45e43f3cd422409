// What the page knows: rooms and their messages. No DOM, no network.

const heldLimit = 500; // messages kept per room
export const nameLimit = 64;
export const textLimit = 2000;

export const clean = (value, limit) => (typeof value === 'string' ? value.trim().slice(0, limit) : '');

/** What a sender wrote, checked; null when it is no chat message: others may send anything. */
function read(argument) {
  if (typeof argument !== 'object' || argument === null || typeof argument.text !== 'string') {
    return null;
  }

  const from = clean(argument.from, nameLimit) || 'somebody';
  const text = argument.text.slice(0, textLimit);
  const id = clean(argument.id, nameLimit);
  const key = id ? `${from}:${id}` : JSON.stringify([from, text, argument.at]);
  return { key, from, text, at: new Date(argument.at), status: 'stored' };
}

const keysOf = messages => new Set(messages.map(message => message.key));

class Room {
  messages = []; // in the stream's order
  outbox = []; // not back from the node yet
  unread = 0;

  constructor(name) {
    this.name = name;
  }

  /** @returns whether it is a message that the room doesn't have yet. */
  receive(argument) {
    const message = read(argument);
    if (!message || keysOf(this.messages).has(message.key)) {
      return false;
    }

    this.#hold([...this.messages, message]);
    return true;
  }

  /** Marks where reading the history begins; what comes meanwhile stands behind it. */
  beginHistory() {
    const before = keysOf(this.messages);
    return stored => {
      const history = stored.filter(message => message.target === 'chat').map(message => read(message.arguments[0])).filter(Boolean);
      const inHistory = keysOf(history);
      const others = this.messages.filter(message => !inHistory.has(message.key));
      const older = others.filter(message => before.has(message.key));
      const newer = others.filter(message => !before.has(message.key));
      this.#hold([...older, ...history, ...newer]);
    };
  }

  /** Each message once; one that was held already stays the same object, so that its node stays on the page. */
  #hold(messages) {
    const known = new Map(this.messages.map(message => [message.key, message]));
    const unique = new Map(messages.map(message => [message.key, known.get(message.key) ?? message]));
    this.messages = [...unique.values()].slice(-heldLimit);
    this.outbox = this.outbox.filter(message => !unique.has(message.key));
  }

  /** @returns a message that waits to be sent. */
  write(from, text) {
    const id = Array.from(crypto.getRandomValues(new Uint8Array(12)), byte => byte.toString(16).padStart(2, '0')).join('');
    const message = { id, key: `${from}:${id}`, from, text, at: new Date(), status: 'pending' };
    this.outbox.push(message);
    return message;
  }
}

export class Rooms {
  #rooms = new Map();
  current = null;

  get all() {
    return [...this.#rooms.values()];
  }

  get(name) {
    return this.#rooms.get(name);
  }

  add(name) {
    if (!this.#rooms.has(name)) {
      this.#rooms.set(name, new Room(name));
    }

    return this.#rooms.get(name);
  }

  remove(room) {
    this.#rooms.delete(room.name);
    this.current = this.all[0] ?? null;
  }
}
