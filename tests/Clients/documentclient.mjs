// What clients/js/documents.js does beside plain editing: prints one line of JSON.
// usage: node documentclient.mjs <url of the application, with ?hub=> <json|messagepack>
import { setTimeout as sleep } from 'node:timers/promises';
import { HubConnectionBuilder, LogLevel } from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import * as Y from 'yjs';
import { SharedDocument } from '../../clients/js/documents.js';

const [url, protocol] = process.argv.slice(2);

async function open(user, doc) {
  const builder = new HubConnectionBuilder().withUrl(`${url}&user=${user}`).configureLogging(LogLevel.None);
  const connection = (protocol === 'messagepack' ? builder.withHubProtocol(new MessagePackHubProtocol()) : builder).build();
  await connection.start();
  const errors = [];
  const snapshots = [];
  const invoke = connection.invoke.bind(connection);
  connection.invoke = async (method, ...values) => {
    const reply = await invoke(method, ...values);
    if (method === 'document-snapshot') snapshots.push(reply.position);
    return reply;
  };
  const shared = new SharedDocument(connection, Y, doc, 'essay', { checkMs: 0 });
  shared.addEventListener('error', (event) => errors.push(event.detail.message));
  await shared.open();
  return { doc, shared, connection, errors, snapshots, text: () => doc.getText('text').toString() };
}

async function until(fact, otherwise) {
  for (const end = Date.now() + 20000; !fact();) {
    if (Date.now() > end) throw new Error(otherwise);
    await sleep(10);
  }
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

// what is closed is sent by the next opening
await bob.shared.close();
bob.doc.getText('text').insert(0, 'away ');
ada.doc.getText('text').insert(0, 'there ');
await bob.shared.open();
await until(() => bob.shared.isSaved && ada.shared.isSaved && bob.text() === ada.text(), 'They differ after the opening.');
const after = ada.text();

// too large a change is refused, and said
ada.doc.getText('text').insert(0, 'y'.repeat(5000));
await until(() => ada.errors.length > 0, 'Nothing was said.');
console.log(JSON.stringify({ before, after, full: ada.snapshots.length, errors: ada.errors }));
await Promise.all([ada, bob].map(({ connection }) => connection.stop()));
