// What clients/js/documents.js does beside plain editing: prints one line of JSON.
// usage: node documentclient.mjs <url of the application, with ?hub=> <json|messagepack>
import { setTimeout as sleep } from 'node:timers/promises';
import { HubConnectionBuilder, LogLevel } from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import * as Y from 'yjs';
import { SharedDocument } from '../../clients/js/documents.js';

const [url, protocol] = process.argv.slice(2);

/** A client with a document open. Its calls of document-change fail with those of faults, one each, before they are sent. */
async function open(user, doc, id = 'essay') {
  const builder = new HubConnectionBuilder().withUrl(`${url}&user=${user}`).configureLogging(LogLevel.None);
  const connection = (protocol === 'messagepack' ? builder.withHubProtocol(new MessagePackHubProtocol()) : builder).build();
  await connection.start();
  const client = { doc, connection, errors: [], snapshots: [], faults: [], wasSaved: false, largest: 0, closed: false, text: () => doc.getText('text').toString() };
  connection.onclose(() => { client.closed = true; });
  const invoke = connection.invoke.bind(connection);
  connection.invoke = async (method, ...values) => {
    const size = values.at(method === 'document-change' ? 1 : 2)?.length ?? 0;
    if (method !== 'document-sync') client.largest = Math.max(client.largest, protocol === 'json' ? Math.floor(size / 4) * 3 - 2 : size);
    if (method === 'document-change' && client.faults.length > 0) {
      client.wasSaved ||= client.shared.isSaved;
      throw new Error(client.faults.shift());
    }
    const reply = await invoke(method, ...values);
    if (method === 'document-snapshot') client.snapshots.push(reply.position);
    return reply;
  };
  client.shared = new SharedDocument(connection, Y, doc, id, { checkMs: 0 });
  client.shared.addEventListener('error', (event) => client.errors.push(event.detail.message));
  await client.shared.open();
  return client;
}

async function until(fact, otherwise) {
  for (const end = Date.now() + 20000; !fact();) {
    if (Date.now() > end) throw new Error(otherwise);
    await sleep(10);
  }
}

/** What a client typed while its calls failed, then something more: whether anything counted as saved meanwhile, and what another one sees in the end. */
async function typeThrough(faults, during, afterwards) {
  ada.faults.push(...faults);
  ada.wasSaved = false;
  ada.doc.getText('text').insert(0, during);
  await until(() => ada.faults.length === 0, `${ada.faults} didn't come.`);
  await sleep(50);
  const wasSaved = ada.wasSaved || ada.shared.isSaved;
  ada.doc.getText('text').insert(0, afterwards);
  await until(() => ada.shared.isSaved, `It is never saved: ${ada.errors}`);
  await until(() => bob.text() === ada.text(), `The other one has '${bob.text().slice(0, 40)}'.`);
  return { wasSaved, text: bob.text(), errors: ada.errors.splice(0) };
}

const written = new Y.Doc();
written.getText('text').insert(0, 'before');
const ada = await open('ada', written);
await until(() => ada.shared.isSaved, 'What was there before the opening is not saved.');
const bob = await open('bob', new Y.Doc());
const before = bob.text();

// far more changes than the document may have, each stored before the next: each time that it is full, the client makes room
for (let i = 0; i < 300; i += 1) {
  ada.doc.getText('text').insert(ada.text().length, 'x'); // at the end, where Yjs makes one struct of them
  await until(() => ada.shared.isSaved, `Change ${i} is not saved: ${ada.errors}`);
}
await until(() => bob.text() === ada.text(), 'They differ.');
const full = ada.snapshots.length;

// what is closed is sent by the next opening
await bob.shared.close();
bob.doc.getText('text').insert(0, 'away ');
ada.doc.getText('text').insert(0, 'there ');
await bob.shared.open();
await until(() => bob.shared.isSaved && ada.shared.isSaved && bob.text() === ada.text(), 'They differ after the opening.');
const after = ada.text();

// between here and the service something is out for a moment; then the service itself refuses once
const out = await typeThrough(Array(4).fill('Invocation failed, status code 503'), 'one ', 'two ');
const refused = await typeThrough(["'document-change' isn't allowed."], 'three ', 'four ');

// too large a change isn't sent, and that is said once
ada.doc.getText('text').insert(0, 'y'.repeat(5000));
await until(() => ada.errors.length > 0, 'Nothing was said.');
ada.doc.getText('text').insert(0, 'z');
await sleep(300);
const tooLarge = { errors: ada.errors, isSaved: ada.shared.isSaved };

// nor is too large a state
const long = await open('cy', new Y.Doc(), 'long');
for (let i = 0; i < 2; i += 1) {
  long.doc.getText('text').insert(0, 'a'.repeat(900));
  await until(() => long.shared.isSaved, `It isn't saved: ${long.errors}`);
}
for (let i = 0; i < 2; i += 1) {
  long.doc.getText('text').insert(0, 'b'.repeat(450));
  await until(() => long.errors.length > i + 1, `It isn't told: ${long.errors}`);
}
const largest = Math.max(ada.largest, long.largest);
console.log(JSON.stringify({ before, after, full, out, refused, tooLarge, long: long.errors, largest, closed: ada.closed || long.closed }));
await Promise.all([ada, bob, long].map(({ connection }) => connection.stop()));
