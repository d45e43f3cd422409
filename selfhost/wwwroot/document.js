// The documents of the rooms: one Y.Doc each, kept in step by SharedDocument for as long as its room is open.

import { reason } from './link.js';

/** @returns what the editor needs, or null and a sentence that says what is missing. */
export async function loadLibraries() {
  try {
    const [Y, { SharedDocument }] = await Promise.all([import('./lib/yjs/yjs.js'), import('./lib/documents/documents.js')]);
    return { Y, SharedDocument };
  } catch (error) {
    return { missing: 'The editor needs lib/yjs/yjs.js, which the build restores by npm. '
      + `Install Node.js (npm comes with it), stop the node, and run again: dotnet run --project selfhost (${reason(error)})` };
  }
}

export class RoomDocument extends EventTarget {
  #libraries;
  #shared = null;
  #connection = null;
  #fault = '';
  #isRead = false; // by this connection

  /** Events: 'state'. */
  constructor(libraries, room) {
    super();
    this.#libraries = libraries;
    this.room = room;
    this.isLeft = false;
    this.wasRead = false; // before, nobody knows what is written there already
    this.doc = new libraries.Y.Doc();
    this.text = this.doc.getText('text');
    // afterwards, when SharedDocument knows of it too
    this.doc.on('update', () => queueMicrotask(() => this.#tell()));
  }

  get isSaved() {
    return this.#shared === null || this.#shared.isSaved;
  }

  /** { name, text }; name is opening, saved, sending, offline or failed. */
  get state() {
    if (this.#fault) {
      return { name: 'failed', text: this.#fault };
    }

    if (this.#connection?.state !== 'Connected') {
      return { name: 'offline', text: this.isSaved ? 'Offline' : 'Offline; your changes wait here' };
    }

    return !this.#isRead ? { name: 'opening', text: 'Opening' } : this.isSaved ? { name: 'saved', text: 'Saved' } : { name: 'sending', text: 'Sending' };
  }

  /** Begins, or begins anew with another connection. */
  async open(connection) {
    const { SharedDocument, Y } = this.#libraries;
    if (this.#connection !== connection) {
      await this.close();
      this.#connection = connection;
      const shared = this.#shared = new SharedDocument(connection, Y, this.doc, this.room);
      shared.addEventListener('synced', () => this.#clear());
      shared.addEventListener('saved', () => this.#clear());
      shared.addEventListener('error', event => this.#failed(event.detail));
    } else {
      // it was started again by hand, or the reading failed
      await this.#shared.close().catch(error => this.#failed(error));
    }

    this.#fault = '';
    this.#isRead = false;
    this.#tell();
    try {
      await this.#shared.open();
      this.#isRead = this.wasRead = true;
    } catch (error) {
      if (this.#connection.state === 'Connected') {
        this.#failed(error);
      }
    }

    this.#tell();
  }

  /** The connection came back by itself, and so did the document, unless it wasn't read before. */
  async resume() {
    if (!this.#isRead) {
      await this.open(this.#connection);
    }

    this.#tell();
  }

  async close() {
    const shared = this.#shared;
    this.#connection = null;
    this.#shared = null;
    try {
      await shared?.close();
    } catch (error) {
      this.#failed(error);
    }
  }

  #clear() {
    this.#fault = '';
    this.#tell();
  }

  #failed(error) {
    const what = !this.#isRead ? 'Not opened: ' : this.isSaved ? '' : 'Not saved: '; // what can't be compacted is saved
    this.#fault = what + reason(error);
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new Event('state'));
  }
}
