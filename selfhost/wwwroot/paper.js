// The pane with the document of the room: the editor, the others' carets in it, and whether all is saved.

import { Carets } from './carets.js';
import { RoomDocument, loadLibraries } from './document.js';
import { Editor } from './editor.js';
import { readWho } from './people.js';
import { $ } from './view.js';

const moveEvery = 50; // ms

export class Paper {
  #link;
  #libraries = null;
  #documents = new Map(); // room → RoomDocument; those of rooms that were left only while they have something unsaved
  #shown = null;
  #editor = null;
  #carets = null;
  #told = 'null'; // the place that the others know
  #selection = null;
  #moving = null;

  constructor(link) {
    this.#link = link;
    link.on('cursor-moved', (room, about) => {
      const who = readWho(about);
      if (who && room === this.#shown?.room) {
        this.#carets.show(who, who.state);
      }
    });
    link.on('presence-left', (room, about) => this.#carets?.hide(about?.connection));
    // somebody new knows no places
    link.on('presence-joined', room => {
      if (room === this.#shown?.room && this.#told !== 'null') {
        this.#told = '';
        this.#move();
      }
    });
    addEventListener('beforeunload', event => {
      if ([...this.#documents.values()].some(document => !document.isSaved)) {
        event.preventDefault();
      }
    });
  }

  async load() {
    const libraries = await loadLibraries();
    if (libraries.missing) {
      $('paper-state').textContent = 'Not here';
      $('paper-state').dataset.state = 'failed';
      $('paper').placeholder = libraries.missing;
      return;
    }

    this.#libraries = libraries;
    const field = $('paper');
    this.#carets = new Carets(libraries.Y, field, $('carets'));
    this.#editor = new Editor(libraries.Y, field, {
      select: selection => {
        this.#selection = selection;
        this.#moving ??= setTimeout(() => this.#move(), moveEvery);
      },
      drawn: () => this.#carets.draw(),
    });
    $('paper-again').addEventListener('click', () => this.#shown && this.#open(this.#shown));
  }

  /** @param room Its name, or null for none. */
  show(room) {
    if (!this.#libraries || room === (this.#shown?.room ?? null)) {
      return;
    }

    this.#selection = null;
    this.#move();
    const document = room && (this.#documents.get(room) ?? this.#add(room));
    this.#shown = document || null;
    if (document) {
      document.isLeft = false;
    }

    this.#editor.bind(document?.text ?? null);
    this.#carets.bind(document?.text ?? null);
    if (document && this.#link.isConnected) {
      this.#open(document);
    }

    this.draw();
  }

  /** @param isSame Whether the connection is the one that it was. */
  connected(isSame) {
    this.#told = 'null';
    for (const document of this.#documents.values()) {
      if (isSame) {
        document.resume();
      } else {
        this.#open(document);
      }
    }

    this.#move();
  }

  /** What isn't saved yet is sent first. */
  async leave(room) {
    const document = this.#documents.get(room);
    if (document) {
      document.isLeft = true;
      await this.#closeIfDone(document);
    }
  }

  draw() {
    const state = this.#shown?.state;
    if (this.#libraries) {
      $('paper').disabled = this.#shown === null;
      $('paper').readOnly = !this.#shown?.wasRead;
      $('paper-state').textContent = state?.text ?? '';
      $('paper-state').dataset.state = state?.name ?? '';
      $('paper-again').hidden = state?.name !== 'failed';
    }
  }

  #add(room) {
    const document = new RoomDocument(this.#libraries, room);
    document.addEventListener('state', () => {
      this.draw();
      this.#closeIfDone(document);
    });
    this.#documents.set(room, document);
    return document;
  }

  async #closeIfDone(document) {
    if (document.isLeft && document.isSaved && this.#documents.get(document.room) === document) {
      this.#documents.delete(document.room);
      await document.close();
    }
  }

  #open(document) {
    return document.open(this.#link.connection);
  }

  /** Tells the others, when it is another place than they know. */
  #move() {
    clearTimeout(this.#moving);
    this.#moving = null;
    if (!this.#shown || !this.#link.isConnected) {
      return;
    }

    const place = this.#selection && this.#carets.write(this.#selection);
    const told = JSON.stringify(place);
    if (told !== this.#told) {
      this.#told = told;
      this.#link.tell('cursor-move', this.#shown.room, place);
    }
  }
}
