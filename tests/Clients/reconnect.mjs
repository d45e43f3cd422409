// Connects one stock @microsoft/signalr client that reconnects by itself, and prints what happens to it, one line of JSON each, until its input ends.
// usage: node reconnect.mjs <url, with ?hub=> <WebSockets|ServerSentEvents|LongPolling> [<access token> <until when the factory gives it, ms since 1970> <the next access token>]
import { HubConnectionBuilder, HttpTransportType, LogLevel } from '@microsoft/signalr';

const [url, transport, token, until, next] = process.argv.slice(2);
const print = (event, detail) => console.log(JSON.stringify({ event, detail: detail ?? null }));
const options = { transport: HttpTransportType[transport] };
let renewed = false;
if (token !== undefined) {
  options.accessTokenFactory = () => {
    if (Date.now() < Number(until)) return token;
    if (!renewed) print('renewed');
    renewed = true;
    return next;
  };
}

const connection = new HubConnectionBuilder()
  .withUrl(url, options)
  .withAutomaticReconnect({ nextRetryDelayInMilliseconds: () => 100 })
  .configureLogging(LogLevel.None)
  .build();
connection.onreconnecting((error) => print('reconnecting', error?.message));
connection.onreconnected((id) => print('reconnected', id));
connection.onclose((error) => print('closed', error?.message));
connection.on('said', (text) => print('said', text));
await connection.start();
print('connected', connection.connectionId);

for await (const _ of process.stdin);
await connection.stop();
