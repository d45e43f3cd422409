// What clients/js/documents.js does when the log loses changes that it has: it is told by a tag. The node is played here. Prints one line of JSON.
import { setTimeout as sleep } from 'node:timers/promises';
import * as Y from 'yjs';
import { SharedDocument } from '../../clients/js/documents.js';

/** A node with one document: changes with tags, of which the last can be lost. */
class PlayedNode {
  state = 'Connected'; handlers = new Map(); changes = []; syncs = []; #tags = 0;

  on(name, handler) { this.handlers.set(name, handler); }

  off(name) { this.handlers.delete(name); }

  onreconnected() {}

  store(update) {
    this.changes.push({ update, tag: (this.#tags += 1).toString(16).padStart(16, '0') });
    return this.at(this.changes.length);
  }

  at(offset) { return `${offset}.${offset === 0 ? '0'.repeat(16) : this.changes[offset - 1].tag}`; }

  /** Another client changes the document. */
  change(update, isTold = true) {
    const position = this.store(update);
    if (isTold) this.handlers.get('document-updated')('essay', position, update);
  }

  async invoke(method, id, ...values) {
    await sleep(1);
    if (method === 'document-change') return { position: this.store(values[0]), compact: false };
    if (method !== 'document-sync') return null;
    const [position] = values;
    this.syncs.push(position);
    const offset = position === null ? 0 : Number(position.split('.')[0]);
    const isLost = offset > this.changes.length || (position !== null && this.at(offset) !== position);
    const updates = this.changes.slice(isLost ? 0 : offset).map(({ update }) => update);
    return { position: this.at(this.changes.length), updates, more: false, compact: false, binary: true, ...(isLost ? { reset: 'tailLost' } : {}) };
  }
}

async function until(fact, otherwise) {
  for (const end = Date.now() + 20000; !fact();) {
    if (Date.now() > end) throw new Error(otherwise());
    await sleep(5);
  }
}

function typed(letter) {
  const doc = new Y.Doc();
  doc.getText('text').insert(0, letter);
  return Y.encodeStateAsUpdate(doc);
}

/** Three changes are here, the first of somebody else; those behind the first are lost, and so many others follow. */
async function lose(others) {
  const node = new PlayedNode();
  const doc = new Y.Doc();
  const shared = new SharedDocument(node, Y, doc, 'essay', { gapMs: 20, checkMs: 0 });
  const text = () => doc.getText('text').toString();
  await shared.open();
  const empty = shared.position;
  node.change(typed('a'));
  for (const letter of 'bc') {
    doc.getText('text').insert(text().length, letter);
    await until(() => shared.isSaved, () => 'It is not saved.');
  }
  const before = shared.position;
  node.changes.length = 1;
  for (const letter of others) node.change(typed(letter));
  // what was lost goes again
  await until(() => node.changes.length > 1 + others.length && shared.isSaved, () => `It is at ${shared.position}, the node has ${node.changes.length}.`);
  await until(() => shared.position === node.at(node.changes.length), () => `It is at ${shared.position}.`);
  const late = new Y.Doc();
  for (const { update } of node.changes) Y.applyUpdate(late, update);
  await shared.close();
  return { empty, before, syncs: node.syncs, isSame: late.getText('text').toString() === text(), letters: [...text()].sort().join('') };
}

console.log(JSON.stringify([await lose('d'), await lose('de'), await lose('def')]));
