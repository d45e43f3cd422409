// Keeps a Yjs document in step with the others who have it open, over a stock @microsoft/signalr connection of either protocol. No dependencies: Yjs is handed in.
// The node's side, its limits and errors: docs/documents.md. What is typed here goes by sending.js.

import { Sending, isRefusal, textOf } from './sending.js';

const UPDATED = 'document-updated';
const UNKNOWN = '0000000000000000'; // the tag of a change that is repeated after it was compacted
const PASSED = 256; // the last changes whose tags are remembered

/** A document that several clients edit. Events: 'synced', 'saved' (all that was typed here is stored), 'error' (its detail is the error). */
export class SharedDocument extends EventTarget {
  #connection; #Y; #doc; #id; #options;
  #isBinary = false; // whether the protocol has bytes, as the node says
  #state = 'closed';
  #position = null; // what came without a gap
  #early = new Map(); // what came before those in front of it: its offset to its tag
  #passed = new Map(); // the last that came without a gap, likewise
  #out; // what isn't stored yet
  #syncing = null; #syncAgain = false; #gap = null; #check = null;
  #onUpdated = (id, position, update) => this.#receive(id, position, update);
  #onLocal = (update, origin) => this.#changed(update, origin);

  /**
   * @param {object} connection A HubConnection; started by whoever made it.
   * @param {object} Y The module yjs.
   * @param {object} doc A Y.Doc. What it holds already is shared too.
   * @param {string} id 1 to 128 characters.
   * @param {{ gapMs?: number, checkMs?: number }} [options] How long to wait for what seems to be missing (500 ms), and how often to look whether anything is (60 s; 0: never).
   */
  constructor(connection, Y, doc, id, options = {}) {
    super();
    this.#connection = connection;
    this.#Y = Y;
    this.#doc = doc;
    this.#id = id;
    this.#options = { gapMs: 500, checkMs: 60000, ...options };
    this.#out = new Sending(this.#lend());
    connection.onreconnected(() => { if (this.#state !== 'closed') this.#sync(); });
  }

  /** What was received without a gap, or null. */
  get position() { return this.#position; }

  /** Whether all that was typed here is stored. */
  get isSaved() { return this.#out.isSaved; }

  /** Reads the document, sends what it lacks of this one, and goes on in both directions until close(). Rejects when the document can't be read. */
  async open() {
    if (this.#state !== 'closed') throw new Error(`The document '${this.#id}' is open already.`);
    this.#state = 'open';
    this.#connection.on(UPDATED, this.#onUpdated);
    this.#doc.on('update', this.#onLocal);
    if (this.#options.checkMs > 0) this.#check = setInterval(() => this.#sync(), this.#options.checkMs);
    try {
      await this.#read();
    } catch (error) {
      this.#stop();
      throw error;
    }
  }

  /** Stops in both directions. What isn't saved stays in the Y.Doc, and is sent by the next open(). */
  async close() {
    if (this.#state === 'closed') return;
    this.#stop();
    if (this.#connection.state === 'Connected') await this.#connection.invoke('document-leave', this.#id);
  }

  #stop() {
    this.#state = 'closed';
    this.#connection.off(UPDATED, this.#onUpdated);
    this.#doc.off('update', this.#onLocal);
    clearInterval(this.#check);
    clearTimeout(this.#gap);
    this.#gap = null;
    this.#position = null;
    this.#early.clear();
    this.#passed.clear();
    this.#out.stop();
  }

  /** What sending needs of the document. */
  #lend() {
    const shared = this;
    return {
      Y: this.#Y,
      doc: this.#doc,
      get canCall() { return shared.#state === 'open' && shared.#connection.state === 'Connected'; },
      get position() { return shared.#position; },
      invoke: (method, ...values) => this.#connection.invoke(method, this.#id, ...values),
      encode: (update) => (this.#isBinary ? update : toBase64(update)), // binary where the protocol has it
      came: (position) => this.#came(position),
      readAll: () => this.#readFrom(null),
      tell: (name) => this.dispatchEvent(new Event(name)),
      fail: (error) => this.#fail(error),
    };
  }

  // ---- from the node

  #receive(id, position, update) {
    if (id !== this.#id || this.#state === 'closed') return;
    this.#apply(update);
    this.#came(position);
  }

  /** Counts what came. Updates commute, so one that is early is applied at once; what is missing is asked for when it doesn't come by itself. */
  #came(position) {
    const [offset, tag] = parse(position);
    if (tag !== UNKNOWN) this.#early.set(offset, tag);
    if (this.#position === null) return; // the first reading is under way
    const known = this.#passed.get(offset);
    if (known !== undefined && tag !== UNKNOWN && known !== tag) {
      // another change has this number now: the log has lost some that are here
      this.#early.clear();
      this.#sync();
      return;
    }
    const isMissing = this.#advance() < offset;
    if (this.#early.size > 0 || isMissing) this.#look(this.#options.gapMs);
  }

  /** Goes on over what came early. @returns the offset. */
  #advance() {
    let [at, tag] = parse(this.#position);
    for (const offset of this.#early.keys()) if (offset <= at) this.#early.delete(offset);
    for (; this.#early.has(at + 1); this.#early.delete(at)) {
      at += 1;
      tag = this.#early.get(at);
      this.#pass(at, tag);
    }
    this.#position = `${at}.${tag}`;
    if (this.#early.size === 0) {
      clearTimeout(this.#gap);
      this.#gap = null;
    }
    return at;
  }

  #pass(offset, tag) {
    this.#passed.set(offset, tag);
    for (const old of this.#passed.keys()) {
      if (old > offset - PASSED) break;
      this.#passed.delete(old);
    }
  }

  #look(afterMs) {
    this.#gap ??= setTimeout(() => { this.#gap = null; this.#sync(); }, afterMs);
  }

  /** Reads what is missing; one reading at a time, and once more when something happened meanwhile. A fault is told, and what isn't refused is tried again. */
  #sync() {
    if (this.#syncing !== null) {
      this.#syncAgain = true;
      return this.#syncing;
    }
    this.#syncing = this.#read()
      .catch((error) => {
        if (this.#state === 'closed' || this.#connection.state !== 'Connected') return;
        // a connection that has just ended says so in a moment
        const isQuiet = isPassing(error) || !(error instanceof Error);
        if (!isQuiet) this.#fail(error);
        if (!isRefusal(error)) this.#look(isQuiet ? 1000 : 5000);
      })
      .finally(() => {
        this.#syncing = null;
        if (this.#syncAgain && this.#state !== 'closed' && this.#connection.state === 'Connected') this.#sync();
        this.#syncAgain = false;
      });
    return this.#syncing;
  }

  async #read() {
    const { held, isWhole, isLost, position, limits, compact } = await this.#readFrom(this.#position);
    if (this.#state === 'closed') return;
    this.#arrive(position, isLost);
    if (isWhole) this.#out.compare(held);
    this.dispatchEvent(new Event('synced'));
    await this.#out.resume({ limits, compact });
  }

  /** Reads what follows a position, and applies it. What was read is all that the node has when it was read from the beginning. */
  async #readFrom(start) {
    const held = [];
    let position = start !== null && parse(start)[0] > 0 ? start : null;
    let isWhole = position === null;
    let isLost = false;
    for (;;) {
      const reply = await this.#connection.invoke('document-sync', this.#id, position, null);
      if (reply.reset) {
        isWhole = true;
        isLost ||= reply.reset === 'tailLost';
        held.length = 0;
      }
      this.#isBinary = reply.binary;
      position = reply.position;
      const limits = { update: reply.maxUpdate ?? Infinity, snapshot: reply.maxSnapshot ?? Infinity };
      if (this.#state === 'closed') return { held, isWhole, isLost, position, limits, compact: false };
      held.push(...[...(reply.snapshot ? [reply.snapshot] : []), ...reply.updates].map((value) => this.#apply(value)));
      if (!reply.more) return { held, isWhole, isLost, position, limits, compact: reply.compact };
    }
  }

  /** A reading ended here; what came meanwhile may be later, unless it was lost. */
  #arrive(position, isLost) {
    const [offset, tag] = parse(position);
    if (isLost) {
      this.#early.clear();
      this.#passed.clear();
    }
    if (isLost || this.#position === null || parse(this.#position)[0] < offset) {
      this.#position = position;
      this.#pass(offset, tag);
    }
    this.#advance();
  }

  #apply(value) {
    const update = typeof value === 'string' ? fromBase64(value) : new Uint8Array(value);
    this.#Y.applyUpdate(this.#doc, update, this);
    return update;
  }

  #changed(update, origin) {
    if (origin !== this) this.#out.add(update);
  }

  #fail(error) {
    const event = new Event('error');
    event.detail = error instanceof Error ? error : new Error(textOf(error));
    this.dispatchEvent(event);
  }
}

/** @returns the offset, and the tag of its entry. */
function parse(position) {
  const dot = position.indexOf('.');
  return [Number(position.slice(0, dot)), position.slice(dot + 1)];
}

/** The node couldn't reach its log: the same call may do later. */
function isPassing(error) {
  return textOf(error).includes("couldn't be stored now");
}

function toBase64(bytes) {
  let text = '';
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}

function fromBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
