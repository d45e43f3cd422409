// Drives stock @microsoft/signalr clients against a node and prints what they saw as one line of JSON.
// usage: node conformance.mjs <url of the application, with ?hub=> <WebSockets|ServerSentEvents|LongPolling> <json|messagepack>
import { HubConnectionBuilder, HttpTransportType, LogLevel } from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';

const [url, transport, protocol] = process.argv.slice(2);

async function connect(user) {
  const builder = new HubConnectionBuilder()
    .withUrl(`${url}&user=${user}`, { transport: HttpTransportType[transport] })
    .configureLogging(LogLevel.Error);
  const connection = (protocol === 'messagepack' ? builder.withHubProtocol(new MessagePackHubProtocol()) : builder).build();
  const client = { connection, said: [], ended: null };
  let end;
  client.ended = new Promise((resolve) => { end = resolve; });
  connection.on('said', (...values) => {
    client.said.push(values.length === 1 ? values[0] : values);
    if (values[0] === 'end') end();
  });
  await connection.start();
  return client;
}

const failure = (promise) => promise.then(() => null, (error) => error.message);
const [ada, bob, eve] = [await connect('ada'), await connect('bob'), await connect('eve')];
await ada.connection.invoke('JoinGroup', 'room');
await bob.connection.invoke('JoinGroup', 'room');
await ada.connection.invoke('SendToGroup', 'room', 'said', 'to the group', { nested: [1, 2.5, null, 'ü'] });
await ada.connection.invoke('SendToUser', 'bob', 'said', 'to bob');
await bob.connection.invoke('LeaveGroup', 'room');
await ada.connection.invoke('SendToGroup', 'room', 'said', 'to those left');
await Promise.all(Array.from({ length: 100 }, (_, i) => ada.connection.invoke('Broadcast', 'said', i)));
const echo = await ada.connection.invoke('Echo', { text: 'grüße\n', list: [1, true, null] });
const unknown = await failure(ada.connection.invoke('Nothing', 1));
await ada.connection.send('Broadcast', 'said', 'end');
await Promise.all([ada.ended, bob.ended, eve.ended]);
await Promise.all([ada, bob, eve].map((client) => client.connection.stop()));
console.log(JSON.stringify({ ada: ada.said, bob: bob.said, eve: eve.said, echo, unknown }));
