// Who is in the rooms, as presence tells. No DOM, no network.

export const movedFor = 10_000; // how long a caret is shown after its last move, in ms
export const typingFor = 6_000; // how long a mark of writing is shown, in ms

/** Whom a message is about, checked: others may send anything. */
export function readWho(about) {
  const { connection, user, state } = about ?? {};
  return typeof connection === 'string' ? { connection, user: typeof user === 'string' && user ? user : 'somebody', state } : null;
}

class Crowd {
  #members = new Map(); // connection → { user, isAway, typingUntil, movedUntil }
  #joining = null; // what came while the list is on its way

  /** The list and what came meanwhile may overlap; both are applied, in the stream's order. */
  beginJoin() {
    const came = this.#joining = [];
    return list => {
      if (this.#joining === came) {
        this.#joining = null;
        const known = this.#members;
        this.#members = new Map();
        list.forEach(who => this.#put(who, known.get(who.connection)));
        came.forEach(([name, who]) => this.#apply(name, who));
      }
    };
  }

  /** @param name presence-joined, presence-changed or presence-left. */
  change(name, who) {
    this.#joining?.push([name, who]);
    this.#apply(name, who);
  }

  #apply(name, who) {
    if (name === 'presence-left') {
      this.#members.delete(who.connection);
    } else {
      this.#put(who, this.#members.get(who.connection));
    }
  }

  #put(who, known) {
    const { typingUntil = 0, movedUntil = 0 } = known ?? {};
    this.#members.set(who.connection, { user: who.user, isAway: who.state?.away === true, typingUntil, movedUntil });
  }

  typing(who, until) {
    const member = this.#members.get(who.connection);
    if (member) {
      member.typingUntil = until;
    }
  }

  moved(who, until) {
    const member = this.#members.get(who.connection);
    if (member) {
      member.movedUntil = until;
    }
  }

  /** One for each user, however many windows; away when all of them are. */
  users(now) {
    const users = new Map();
    for (const { user, isAway, typingUntil, movedUntil } of this.#members.values()) {
      const known = users.get(user) ?? { user, isAway: true, isTyping: false, isEditing: false };
      users.set(user, {
        user,
        isAway: known.isAway && isAway,
        isTyping: known.isTyping || typingUntil > now,
        isEditing: known.isEditing || movedUntil > now,
      });
    }

    return [...users.values()].sort((one, other) => one.user.localeCompare(other.user));
  }
}

export class People {
  #rooms = new Map();

  in(room) {
    if (!this.#rooms.has(room)) {
      this.#rooms.set(room, new Crowd());
    }

    return this.#rooms.get(room);
  }

  /** Undefined for a room that this window isn't in: others may call its client with any. */
  get(room) {
    return this.#rooms.get(room);
  }

  get all() {
    return [...this.#rooms];
  }

  leave(room) {
    this.#rooms.delete(room);
  }
}
