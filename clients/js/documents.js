// Keeps a Yjs document in step with the others who have it open, over a stock @microsoft/signalr connection of either protocol. No dependencies: Yjs is handed in.
// The node's side, its limits and errors: docs/documents.md.

const UPDATED = 'document-updated';
const RETRY_MS = [200, 200, 500, 1000, 2000, 5000];

/** A document that several clients edit. Events: 'synced', 'saved' (all that was typed here is stored), 'error' (its detail is the error). */
export class SharedDocument extends EventTarget {
  #connection; #Y; #doc; #id; #options;
  #isBinary = false; // whether the protocol has bytes, as the node says
  #state = 'closed';
  #position = null; // what came without a gap
  #early = new Map(); // what came before those in front of it: its offset to its epoch
  #waiting = []; // local updates that aren't under way yet
  #underWay = null; // { update, key }: kept until it is acknowledged
  #isAsked = false; // to compact
  #sending = null; #syncing = null; #syncAgain = false; #gap = null; #check = null;
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
    connection.onreconnected(() => { if (this.#state !== 'closed') this.#sync(); });
  }

  /** What was received without a gap, or null. */
  get position() { return this.#position; }

  /** Whether all that was typed here is stored. */
  get isSaved() { return this.#underWay === null && this.#waiting.length === 0; }

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
    this.#waiting = [];
    this.#underWay = null;
    this.#position = null;
    this.#early.clear();
    this.#isAsked = false;
  }

  // ---- from the node

  #receive(id, position, update) {
    if (id !== this.#id || this.#state === 'closed') return;
    this.#apply(update);
    this.#came(position);
  }

  /** Counts what came. Updates commute, so one that is early is applied at once; what is missing is asked for when it doesn't come by itself. */
  #came(position) {
    const [epoch, offset] = parse(position);
    this.#early.set(offset, epoch);
    if (this.#position === null) return; // the first reading is under way
    if (epoch !== parse(this.#position)[0]) {
      // the log began another life: it may have lost what is here
      this.#early.clear();
      this.#sync();
      return;
    }
    this.#advance();
    if (this.#early.size > 0) this.#look(this.#options.gapMs);
  }

  #advance() {
    let [epoch, at] = parse(this.#position);
    for (const [offset, of] of this.#early) if (offset <= at || of !== epoch) this.#early.delete(offset);
    for (; this.#early.delete(at + 1); at += 1);
    this.#position = `${epoch}:${at}`;
    if (this.#early.size === 0) {
      clearTimeout(this.#gap);
      this.#gap = null;
    }
  }

  #look(afterMs) {
    this.#gap ??= setTimeout(() => { this.#gap = null; this.#sync(); }, afterMs);
  }

  /** Reads what is missing; one reading at a time, and once more when something happened meanwhile. A fault is told; the next reconnect, gap or look tries again. */
  #sync() {
    if (this.#syncing !== null) {
      this.#syncAgain = true;
      return this.#syncing;
    }
    this.#syncing = this.#read()
      .catch((error) => {
        if (this.#state === 'closed' || this.#connection.state !== 'Connected') return;
        // a connection that has just ended says so in a moment
        if (isPassing(error) || !(error instanceof Error)) this.#look(1000); else this.#fail(error);
      })
      .finally(() => {
        this.#syncing = null;
        if (this.#syncAgain && this.#state !== 'closed' && this.#connection.state === 'Connected') this.#sync();
        this.#syncAgain = false;
      });
    return this.#syncing;
  }

  async #read() {
    const { held, isWhole, position, compact } = await this.#readFrom(this.#position);
    if (this.#state === 'closed') return;
    this.#arrive(position);
    if (isWhole) this.#push(held);
    this.#isAsked ||= compact;
    this.dispatchEvent(new Event('synced'));
    this.#send();
    await this.#compactIfAsked();
  }

  /** Reads what follows a position, and applies it. What was read is all that the node has when it was read from the beginning. */
  async #readFrom(start) {
    const held = [];
    let isWhole = start === null;
    let position = start;
    for (;;) {
      const reply = await this.#connection.invoke('document-sync', this.#id, position, null);
      if (reply.reset) {
        isWhole = true;
        held.length = 0;
      }
      this.#isBinary = reply.binary;
      position = reply.position;
      if (this.#state === 'closed') return { held, isWhole, position, compact: false };
      held.push(...[...(reply.snapshot ? [reply.snapshot] : []), ...reply.updates].map((value) => this.#apply(value)));
      if (!reply.more) return { held, isWhole, position, compact: reply.compact };
    }
  }

  /** A reading ended here; what came meanwhile may be later. */
  #arrive(position) {
    const [epoch, offset] = parse(position);
    const [known, at] = this.#position === null ? [null, 0] : parse(this.#position);
    if (known !== epoch || at < offset) this.#position = position;
    this.#advance();
  }

  #apply(value) {
    const update = typeof value === 'string' ? fromBase64(value) : new Uint8Array(value);
    this.#Y.applyUpdate(this.#doc, update, this);
    return update;
  }

  /** Sends what the node lacks of this document: what was there before, and what the node has lost. */
  #push(held) {
    const theirs = this.#docOf(held);
    const missing = this.#Y.encodeStateAsUpdate(this.#doc, this.#Y.encodeStateVector(theirs));
    const isSame = this.#Y.equalSnapshots(this.#Y.snapshot(this.#doc), this.#Y.snapshot(theirs));
    theirs.destroy();
    // then all that waits is in it
    if (!isSame) this.#waiting = [missing];
  }

  // ---- to the node

  #changed(update, origin) {
    if (origin === this) return;
    this.#waiting.push(update);
    this.#send();
  }

  /** One change is under way at a time; what comes meanwhile goes as one. */
  #send() {
    if (!this.#canSend || this.#sending !== null) return;
    this.#sending = this.#sendAll().finally(() => { this.#sending = null; this.#send(); });
  }

  /** Else a reading or a reconnect is under way, and sends when it ends. */
  get #canSend() {
    return this.#state === 'open' && !this.isSaved && this.#position !== null && this.#connection.state === 'Connected';
  }

  async #sendAll() {
    for (let attempt = 0; this.#canSend;) {
      if (this.#underWay === null) {
        const update = this.#waiting.length === 1 ? this.#waiting[0] : this.#Y.mergeUpdates(this.#waiting);
        this.#waiting = [];
        this.#underWay = { update, key: newKey() };
      }
      const { update, key } = this.#underWay;
      try {
        const reply = await this.#connection.invoke('document-change', this.#id, this.#encode(update), key);
        if (this.#state === 'closed') return;
        attempt = 0;
        this.#underWay = null;
        this.#came(reply.position);
        this.#isAsked ||= reply.compact;
        if (this.isSaved) this.dispatchEvent(new Event('saved'));
        await this.#compactIfAsked();
      } catch (error) {
        if (this.#state === 'closed' || this.#connection.state !== 'Connected') return;
        if (!await this.#canRetry(error, attempt)) {
          // refused: it stays in the document, and goes again with the next open()
          this.#underWay = null;
          this.#fail(error);
          return;
        }
        attempt += 1;
      }
    }
  }

  async #canRetry(error, attempt) {
    if (textOf(error).includes('document-full:') && attempt === 0) return this.#makeRoom();
    // a connection that has just ended refuses calls before it says so: one that is refused goes once more, with its key
    if (!isPassing(error) && attempt > 0) return false;
    await new Promise((resolve) => { setTimeout(resolve, RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)]); });
    return true;
  }

  /** Gives the node one state in place of all changes; with nothing in it that the node doesn't have, which others would get and might lose again. */
  async #compactIfAsked() {
    if (!this.#isAsked || !this.isSaved) return;
    this.#isAsked = false;
    await this.#compact(this.#position, this.#Y.encodeStateAsUpdate(this.#doc));
  }

  /** The node takes no change until the document is compacted, so what is here has some too much: the state is made of what the node has. */
  async #makeRoom() {
    try {
      const { held, position } = await this.#readFrom(null);
      const theirs = this.#docOf(held);
      await this.#compact(position, this.#Y.encodeStateAsUpdate(theirs));
      theirs.destroy();
      return true;
    } catch (error) {
      if (this.#connection.state === 'Connected') this.#fail(error);
      return false;
    }
  }

  async #compact(position, state) {
    try {
      await this.#connection.invoke('document-snapshot', this.#id, position, this.#encode(state));
    } catch (error) {
      // another client was faster, or the connection has ended: then there is nothing to do
      if (this.#connection.state === 'Connected' && error instanceof Error && !/later snapshot|sync first/.test(error.message)) this.#fail(error);
    }
  }

  #docOf(updates) {
    const doc = new this.#Y.Doc();
    for (const update of updates) this.#Y.applyUpdate(doc, update);
    return doc;
  }

  /** Binary where the protocol has it; text in JSON. */
  #encode(update) {
    return this.#isBinary ? update : toBase64(update);
  }

  #fail(error) {
    const event = new Event('error');
    event.detail = error instanceof Error ? error : new Error(textOf(error));
    this.dispatchEvent(event);
  }
}

function parse(position) {
  const colon = position.lastIndexOf(':');
  return [position.slice(0, colon), Number(position.slice(colon + 1))];
}

/** Not randomUUID, which browsers have on secure pages only. */
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The node couldn't reach its log: the same call may do later. */
function isPassing(error) {
  return textOf(error).includes("couldn't be stored now");
}

/** Transports throw texts too. */
function textOf(error) {
  return String(error?.message ?? error);
}

function toBase64(bytes) {
  let text = '';
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}

function fromBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
