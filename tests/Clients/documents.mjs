// Twenty clients with real Yjs documents edit one document over several nodes, while their connections are cut again and again. Prints events as lines of JSON:
// 'half' when half of the operations are done (then it waits for a line of input), 'done' with what came of it. The operations follow from the seed alone.
// usage: node documents.mjs <urls of the nodes, with commas between> <hub> <seed> <operations per client>
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpTransportType, HubConnectionBuilder, LogLevel } from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import * as Y from 'yjs';
import { SharedDocument } from '../../clients/js/documents.js';

const CLIENTS = 20;
const PATIENCE_MS = 90000;
const LETTERS = 'abcdefghijklmnopqrst';
const [urls, hub, seedText, countText] = process.argv.slice(2);
const nodes = urls.split(',');
const count = Number(countText);
const print = (event, detail) => console.log(JSON.stringify({ event, detail: detail === undefined ? null : JSON.stringify(detail) }));
const input = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const trouble = [];
let cuts = 0;

/** Numbers below n; the same for the same seed. */
function randomOf(seed) {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return Math.floor((((value ^ (value >>> 14)) >>> 0) / 4294967296) * n);
  };
}

function connect(index, user) {
  const builder = new HubConnectionBuilder()
    .withUrl(`${nodes[index % nodes.length]}/api?hub=${hub}&user=${user}`, { transport: HttpTransportType.WebSockets })
    .withAutomaticReconnect({ nextRetryDelayInMilliseconds: () => 100 })
    .configureLogging(LogLevel.None);
  const connection = (index % 2 === 0 ? builder : builder.withHubProtocol(new MessagePackHubProtocol())).build();
  connection.onclose((error) => { if (error) trouble.push(`${user} was closed: ${error.message}`); });
  return connection;
}

/** Ends its socket without a word; every second time what is sent before that gets lost too. */
async function cut(connection) {
  const socket = connection.connection?.transport?._webSocket;
  if (connection.state === 'Connected' && socket) {
    cuts += 1;
    if (cuts % 2 === 0) {
      socket.send = () => {};
      await sleep(50);
    }
    socket.terminate();
  }
}

/** What a client does; nothing that others do changes which operations these are, only where they land. */
class Editor {
  made = []; letters = 0; mine = []; sets = 0;

  constructor(index) {
    this.index = index;
    this.random = randomOf(Number(seedText) * 1000 + index);
    this.doc = new Y.Doc();
    this.doc.clientID = index + 1;
    this.doc.on('update', (update, origin) => { if (origin === 'here') this.made.push(update); });
  }

  step(number) {
    this.doc.transact(() => {
      const text = this.doc.getText('text');
      const marks = this.doc.getArray('marks');
      const place = this.random(1000);
      switch (this.random(8)) {
        case 0: case 1: case 2: case 3:
          text.insert(Math.floor((place / 1000) * (text.length + 1)), LETTERS[this.index]);
          this.letters += 1;
          break;
        case 4:
          if (this.letters > 0) {
            text.delete(text.toString().indexOf(LETTERS[this.index]), 1);
            this.letters -= 1;
          }
          break;
        case 5:
          this.mine.push(`${this.index}:${number}`);
          marks.insert(Math.floor((place / 1000) * (marks.length + 1)), [`${this.index}:${number}`]);
          break;
        case 6:
          if (this.mine.length > 0) marks.delete(marks.toArray().indexOf(this.mine.pop()), 1);
          break;
        default:
          this.sets = number;
          this.doc.getMap('map').set(`of ${this.index}`, number);
          this.doc.getMap('map').set('of all', `${this.index}:${number}`);
      }
    }, 'here');
  }
}

/** All of a document that a reader sees. */
function contentOf(doc) {
  return JSON.stringify([doc.getText('text').toString(), doc.getArray('marks').toArray(), Object.entries(doc.getMap('map').toJSON()).sort()]);
}

/** What the operations of all leave, in whatever order they land. */
function outcomeOf(doc) {
  const text = doc.getText('text').toString();
  return JSON.stringify([
    [...LETTERS].map((letter) => text.split(letter).length - 1),
    doc.getArray('marks').toArray().sort(),
    Array.from({ length: CLIENTS }, (_, index) => doc.getMap('map').get(`of ${index}`) ?? 0),
  ]);
}

async function until(fact, otherwise) {
  for (const end = Date.now() + PATIENCE_MS; !fact();) {
    if (Date.now() > end) throw new Error(`${otherwise()} ${trouble.slice(0, 20).join('; ')}`);
    await sleep(50);
  }
}

const editors = Array.from({ length: CLIENTS }, (_, index) => new Editor(index));
let half = 0;
let goOn;
const halfway = new Promise((resolve) => { goOn = resolve; });
await Promise.all(editors.map(async (editor, index) => {
  editor.connection = connect(index, `user${index}`);
  await editor.connection.start();
  editor.shared = new SharedDocument(editor.connection, Y, editor.doc, 'essay', { gapMs: 200, checkMs: 0 });
  editor.shared.addEventListener('error', (event) => trouble.push(`user${index}: ${event.detail.message}`));
  await editor.shared.open();
}));

const chance = randomOf(Number(seedText) + 7);
const working = editors.map(async (editor) => {
  for (let number = 1; number <= count; number += 1) {
    editor.step(number);
    await sleep(2 + chance(30));
    if (chance(40) === 0) cut(editor.connection);
    if (number === Math.floor(count / 2) && (half += 1) === CLIENTS / 2) goOn();
  }
});
await halfway;
print('half');
await input.next();
await Promise.all(working);

// a run without faults: the same operations, one after the other
const faultless = new Y.Doc();
const alone = Array.from({ length: CLIENTS }, (_, index) => new Editor(index));
for (let number = 1; number <= count; number += 1) {
  for (const editor of alone) {
    Y.applyUpdate(editor.doc, Y.encodeStateAsUpdate(faultless, Y.encodeStateVector(editor.doc)), 'there');
    editor.step(number);
    Y.applyUpdate(faultless, editor.made.at(-1) ?? Y.encodeStateAsUpdate(editor.doc));
  }
}

// what the clients made, without a network between
const direct = new Y.Doc();
for (const update of editors.flatMap((editor) => editor.made)) Y.applyUpdate(direct, update);
const expected = contentOf(direct);
await until(() => editors.every((editor) => editor.shared.isSaved), () => 'Not all is saved.');
await until(
  () => editors.every((editor) => contentOf(editor.doc) === expected),
  () => `These clients differ: ${editors.filter((editor) => contentOf(editor.doc) !== expected)
    .map((editor) => `${editor.index} ${editor.connection.state} at ${editor.shared.position} ${editor.doc.store.pendingStructs ? 'waiting' : ''}`).join(', ')};`
    + ` the others are at ${[...new Set(editors.map((editor) => editor.shared.position))]}.`);

// who opens it is asked to compact when there is something to do; the one after reads little
async function read(index) {
  const connection = connect(index, `late${index}`);
  await connection.start();
  let bytes = 0; let snapshot = 0; let pages = 0;
  const size = (value) => (typeof value === 'string' ? Buffer.from(value, 'base64').length : value.length);
  const invoke = connection.invoke.bind(connection);
  connection.invoke = async (method, ...values) => {
    const reply = await invoke(method, ...values);
    if (method === 'document-sync') {
      pages += 1;
      snapshot += reply.snapshot ? size(reply.snapshot) : 0;
      bytes += (reply.snapshot ? size(reply.snapshot) : 0) + reply.updates.reduce((sum, update) => sum + size(update), 0);
    }
    return reply;
  };
  const doc = new Y.Doc();
  const shared = new SharedDocument(connection, Y, doc, 'essay', { checkMs: 0 });
  shared.addEventListener('error', (event) => trouble.push(`late: ${event.detail.message}`));
  await shared.open();
  const seen = contentOf(doc);
  await shared.close();
  await connection.stop();
  return { bytes, snapshot, pages, isSame: seen === expected };
}

await sleep(500);
await read(0);
const late = [await read(1), await read(2)];
await Promise.all(editors.map(async (editor) => { await editor.shared.close(); await editor.connection.stop(); }));
print('done', {
  cuts, trouble, late,
  clients: new Set(editors.map((editor) => contentOf(editor.doc))).size,
  outcome: outcomeOf(editors[0].doc),
  faultless: outcomeOf(faultless),
  text: editors[0].doc.getText('text').length,
  made: editors.flatMap((editor) => editor.made).reduce((sum, update) => sum + update.length, 0),
});
process.exit(0);
