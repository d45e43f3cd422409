// Connects one stock @microsoft/signalr client that reconnects by itself, and prints what happens to it, one line of JSON each, until its input ends.
// usage: node reconnect.mjs <url, with ?hub=> <WebSockets|ServerSentEvents|LongPolling> [<access token> <access token after the first reconnect>]
import { HubConnectionBuilder, HttpTransportType, LogLevel } from '@microsoft/signalr';

const [url, transport, ...tokens] = process.argv.slice(2);
const print = (event, detail) => console.log(JSON.stringify({ event, detail: detail ?? null }));
let given = tokens[0];
const options = { transport: HttpTransportType[transport] };
if (tokens.length > 0) options.accessTokenFactory = () => given;

const connection = new HubConnectionBuilder()
  .withUrl(url, options)
  .withAutomaticReconnect({ nextRetryDelayInMilliseconds: () => 100 })
  .configureLogging(LogLevel.None)
  .build();
connection.onreconnecting((error) => {
  given = tokens[1];
  print('reconnecting', error?.message);
});
connection.onreconnected((id) => print('reconnected', id));
connection.onclose((error) => print('closed', error?.message));
connection.on('said', (text) => print('said', text));
await connection.start();
print('connected', connection.connectionId);

for await (const _ of process.stdin);
await connection.stop();
