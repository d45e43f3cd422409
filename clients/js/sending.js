// The way of a document's changes to the node, and its compaction: the other half of documents.js, which uses it and hands on what it tells.

const RETRY_MS = [200, 200, 500, 1000, 2000, 5000];

/** What the node's document service itself refuses: the same call does no better. Whatever else goes wrong is between here and there, and may pass. */
const REFUSALS = /document-full:|isn't allowed|isn't one of Yjs|at most \d+ are taken|changes nothing|is missing: it is binary|has 1 to \d+ characters/;

/** What of a document isn't stored yet. It is kept until it is: nothing that follows it would be seen by others without it. */
export class Sending {
  #host;
  #waiting = []; // updates that aren't under way yet
  #underWay = null; // { update, key }: kept until it is acknowledged
  #isNews = false; // something came since an update was taken
  #isHeld = false; // refused: until something comes, or the document is read again
  #tooLarge = null; // the update that was told of
  #isTooLargeToCompact = false; // and was told of
  #isAsked = false; // to compact
  #sending = null;
  #limits = { update: Infinity, snapshot: Infinity };

  /**
   * @param {object} host What the document lends: { Y, doc, canCall, position, invoke(method, ...values), encode(update), came(position), readAll(), tell(name), fail(error) }.
   */
  constructor(host) {
    this.#host = host;
  }

  get isSaved() { return this.#underWay === null && this.#waiting.length === 0; }

  /** Takes a change that was made here. */
  add(update) {
    this.#waiting.push(update);
    this.#isNews = true;
    this.#isHeld = false;
    this.#send();
  }

  /** The document was read: goes on. */
  async resume({ limits, compact }) {
    this.#limits = limits;
    this.#isAsked ||= compact;
    this.#isNews = true;
    this.#isHeld = false;
    this.#send();
    await this.#compactIfAsked();
  }

  /** Adds what the node lacks of the document: what was there before, and what the node has lost. */
  compare(held) {
    const { Y, doc } = this.#host;
    const theirs = this.#docOf([...held, ...(this.#underWay ? [this.#underWay.update] : []), ...this.#waiting]);
    if (!Y.equalSnapshots(Y.snapshot(doc), Y.snapshot(theirs))) this.#waiting.unshift(Y.encodeStateAsUpdate(doc, Y.encodeStateVector(theirs)));
    theirs.destroy();
  }

  /** Forgets it all: it is in the Y.Doc. */
  stop() {
    this.#waiting = [];
    this.#underWay = null;
    this.#tooLarge = null;
    this.#isTooLargeToCompact = false;
    this.#isAsked = false;
  }

  /** One change is under way at a time; what comes meanwhile goes as one. */
  #send() {
    if (!this.#canSend || this.#sending !== null) return;
    this.#sending = this.#sendAll().finally(() => { this.#sending = null; this.#send(); });
  }

  /** Else a reading or a reconnect is under way, and sends when it ends. */
  get #canSend() {
    return this.#host.canCall && !this.isSaved && !this.#isHeld && this.#host.position !== null;
  }

  async #sendAll() {
    for (let attempt = 0, hasMadeRoom = false; this.#canSend;) {
      this.#underWay ??= { update: this.#next(), key: newKey() };
      const sent = this.#underWay;
      if (sent.update.length > this.#limits.update) {
        this.#refuseTooLarge(sent.update);
        return;
      }

      try {
        const reply = await this.#host.invoke('document-change', this.#host.encode(sent.update), sent.key);
        if (this.#underWay !== sent) return; // closed meanwhile
        [attempt, hasMadeRoom] = [0, false];
        this.#underWay = null;
        this.#host.came(reply.position);
        this.#isAsked ||= reply.compact;
        if (this.isSaved) this.#host.tell('saved');
        await this.#compactIfAsked();
      } catch (error) {
        if (this.#underWay !== sent || !this.#host.canCall) return;
        if (!hasMadeRoom && textOf(error).includes('document-full:')) {
          hasMadeRoom = await this.#makeRoom();
          if (hasMadeRoom) continue;
          if (this.#underWay !== sent || !this.#host.canCall) return;
        }
        if (isRefusal(error)) {
          this.#putBack();
          this.#host.fail(error);
          return;
        }
        // with its key: it may be stored already. It is told once, and tried for as long as the document is open
        if (attempt === RETRY_MS.length) this.#host.fail(error);
        await new Promise((resolve) => { setTimeout(resolve, RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)]); });
        attempt += 1;
      }
    }
  }

  /** As many of those that wait as one change may have, as one. */
  #next() {
    let [count, bytes] = [1, this.#waiting[0].length];
    for (; count < this.#waiting.length && bytes + this.#waiting[count].length <= this.#limits.update; count += 1) bytes += this.#waiting[count].length;
    const taken = this.#waiting.splice(0, count);
    this.#isNews = false;
    return count === 1 ? taken[0] : this.#host.Y.mergeUpdates(taken);
  }

  /** It goes again with the next change or reading; at once when one came meanwhile. */
  #putBack() {
    this.#waiting.unshift(this.#underWay.update);
    this.#underWay = null;
    this.#isHeld = !this.#isNews;
  }

  /** The node would close the connection, which may be shared. */
  #refuseTooLarge(update) {
    this.#putBack();
    this.#isHeld = true;
    if (this.#tooLarge === update) return;
    this.#tooLarge = update;
    this.#host.fail(new Error(`The change has ${update.length} bytes; at most ${this.#limits.update} are taken.`));
  }

  /** Gives the node one state in place of all changes; with nothing in it that the node doesn't have, which others would get and might lose again. */
  async #compactIfAsked() {
    if (!this.#isAsked || !this.isSaved) return;
    this.#isAsked = false;
    await this.#compact(this.#host.position, this.#host.Y.encodeStateAsUpdate(this.#host.doc));
  }

  /** The node takes no change until the document is compacted, so what is here has some too much: the state is made of what the node has. */
  async #makeRoom() {
    if (this.#isTooLargeToCompact) return false;
    try {
      const { held, position } = await this.#host.readAll();
      const theirs = this.#docOf(held);
      const isDone = await this.#compact(position, this.#host.Y.encodeStateAsUpdate(theirs));
      theirs.destroy();
      return isDone;
    } catch (error) {
      if (this.#host.canCall) this.#host.fail(error);
      return false;
    }
  }

  /** @returns whether the document may have more room now. */
  async #compact(position, state) {
    if (state.length > this.#limits.snapshot) {
      if (!this.#isTooLargeToCompact) {
        this.#isTooLargeToCompact = true;
        this.#host.fail(new Error(`The document can't be compacted: its state has ${state.length} bytes; at most ${this.#limits.snapshot} are taken.`));
      }
      return false;
    }
    try {
      await this.#host.invoke('document-snapshot', position, this.#host.encode(state));
      this.#isTooLargeToCompact = false;
    } catch (error) {
      // another client was faster, or the connection has ended: then there is nothing to do
      if (this.#host.canCall && error instanceof Error && !/later snapshot|sync first/.test(error.message)) this.#host.fail(error);
    }
    return true;
  }

  #docOf(updates) {
    const doc = new this.#host.Y.Doc();
    for (const update of updates) this.#host.Y.applyUpdate(doc, update);
    return doc;
  }
}

/** Whether the node's document service refused it. */
export function isRefusal(error) {
  return REFUSALS.test(textOf(error));
}

/** Transports throw texts too. */
export function textOf(error) {
  return String(error?.message ?? error);
}

/** Not randomUUID, which browsers have on secure pages only. */
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
