// Who is in the room, who writes, and who looks elsewhere.

import { People, movedFor, readWho, typingFor } from './people.js';
import { $, avatar, element } from './view.js';

const listedMost = 40;
const tellEvery = 3_000; // ms, of writing

export class Together {
  #link;
  #people = new People();
  #room = null;
  #user = () => '';
  #toldTyping = 0; // when the others were told last; 0 when they think that nothing is written
  #drawn = '';
  #timer = null;

  /** @param user Gives the name of who sits here. */
  constructor(link, user) {
    this.#link = link;
    this.#user = user;
    for (const name of ['presence-joined', 'presence-changed', 'presence-left']) {
      link.on(name, (room, about) => this.#about(room, about, (crowd, who) => crowd.change(name, who)));
    }

    link.on('typing', (room, about) => this.#about(room, about, (crowd, who) => crowd.typing(who, who.state ? Date.now() + typingFor : 0)));
    link.on('cursor-moved', (room, about) => this.#about(room, about, (crowd, who) => crowd.moved(who, who.state ? Date.now() + movedFor : 0)));
    document.addEventListener('visibilitychange', () => this.#showState());
    $('text').addEventListener('input', () => this.write($('text').value !== ''));
  }

  /** Joins the room's group, and shows this window there. */
  async join(room) {
    const take = this.#people.in(room).beginJoin();
    take((await this.#link.invoke('presence-join', room, this.#state)).map(readWho).filter(Boolean));
    this.draw();
  }

  async leave(room) {
    this.#people.leave(room);
    if (this.#link.isConnected) {
      await this.#link.invoke('presence-leave', room);
    }
  }

  show(room) {
    if (room !== this.#room) {
      this.write(false);
      this.#room = room;
    }

    this.draw();
  }

  /** Tells the others now and then that something is written, and once that it isn't any more. */
  write(isTyping) {
    const now = Date.now();
    if (this.#room && (isTyping ? now - this.#toldTyping > tellEvery : this.#toldTyping > 0)) {
      this.#toldTyping = isTyping ? now : 0;
      this.#link.tell('typing', this.#room, isTyping);
    }
  }

  /** The users of the room that is shown. */
  get users() {
    return this.#people.get(this.#room)?.users(Date.now()) ?? [];
  }

  draw() {
    const { users } = this;
    const mine = this.#user();
    clearTimeout(this.#timer);
    if (users.some(user => user.isTyping || user.isEditing)) {
      this.#timer = setTimeout(() => this.draw(), 1000);
    }

    const shown = JSON.stringify([mine, users]);
    if (shown === this.#drawn) {
      return;
    }

    this.#drawn = shown;
    const listed = users.slice(0, listedMost).map(user => drawUser(user, mine));
    if (users.length > listedMost) {
      listed.push(element('li', 'more', `and ${users.length - listedMost} more`));
    }

    $('people').replaceChildren(...listed);
    $('people-names').replaceChildren(...users.map(({ user }) => Object.assign(document.createElement('option'), { value: user })));
    const writing = users.filter(user => user.isTyping && user.user !== mine).map(user => user.user);
    $('typing').textContent = writing.length > 2 ? 'Several people are writing …'
      : writing.length > 0 ? `${writing.join(' and ')} ${writing.length > 1 ? 'are' : 'is'} writing …` : '';
  }

  get #state() {
    return { away: document.hidden };
  }

  #showState() {
    if (this.#link.isConnected) {
      for (const [room, crowd] of this.#people.all) {
        this.#link.tell('presence-state', room, this.#state);
        // the caller isn't told of itself
        crowd.change('presence-changed', { connection: this.#link.connection.connectionId, user: this.#user(), state: this.#state });
      }

      this.draw();
    }
  }

  #about(room, about, change) {
    const who = readWho(about);
    const crowd = this.#people.get(room);
    if (who && crowd) {
      change(crowd, who);
      this.draw();
    }
  }
}

function drawUser({ user, isAway, isTyping, isEditing }, mine) {
  const item = element('li', `person${isAway && !isTyping && !isEditing ? ' away' : ''}`);
  const names = element('span', 'names');
  names.append(element('b', '', user));
  const doing = isTyping ? 'writing' : isEditing ? 'editing' : isAway ? 'away' : user === mine ? 'you' : 'here';
  names.append(' ', element('span', `doing ${doing}`, doing));
  item.append(avatar(user), names);
  return item;
}
