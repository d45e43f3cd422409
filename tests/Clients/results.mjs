// A stock @microsoft/signalr client that is asked for results. Prints its connection id once it is connected, and goes on until its input ends.
// usage: node results.mjs <url of the application, with ?hub=> <WebSockets|ServerSentEvents|LongPolling> <json|messagepack>
import { HubConnectionBuilder, HttpTransportType, LogLevel } from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';

const [url, transport, protocol] = process.argv.slice(2);
const builder = new HubConnectionBuilder().withUrl(url, { transport: HttpTransportType[transport] }).configureLogging(LogLevel.None);
const connection = (protocol === 'messagepack' ? builder.withHubProtocol(new MessagePackHubProtocol()) : builder).build();
connection.on('add', (a, b) => ({ sum: a + b, of: [a, b] }));
connection.on('fail', () => { throw new Error('not today'); });
connection.on('quiet', async () => null);
await connection.start();
console.log(JSON.stringify({ event: 'connected', detail: connection.connectionId }));
process.stdin.resume();
process.stdin.on('end', () => connection.stop());
