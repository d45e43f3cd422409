// Connects a stock @microsoft/signalr client of the MessagePack protocol, prints the bytes that it is sent, one line of JSON each, and sends them back, until its input ends.
// usage: node binary.mjs <url, with ?hub=> <WebSockets|LongPolling>
import { HubConnectionBuilder, HttpTransportType, LogLevel } from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';

const [url, transport] = process.argv.slice(2);
const print = (event, detail) => console.log(JSON.stringify({ event, detail: detail ?? null }));

const connection = new HubConnectionBuilder()
  .withUrl(url, { transport: HttpTransportType[transport] })
  .withHubProtocol(new MessagePackHubProtocol())
  .configureLogging(LogLevel.None)
  .build();
connection.on('bytes', async (bytes) => {
  print(bytes instanceof Uint8Array ? 'bytes' : typeof bytes, Buffer.from(bytes).toString('hex').toUpperCase());
  await connection.invoke('Broadcast', 'back', new Uint8Array(bytes));
});
await connection.start();
print('connected', connection.connectionId);

for await (const _ of process.stdin);
await connection.stop();
