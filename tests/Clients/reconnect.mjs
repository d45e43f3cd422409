// Connects one stock @microsoft/signalr client that reconnects by itself, and prints what happens to it, one line of JSON each, until its input ends.
// usage: node reconnect.mjs <url, with ?hub=> <WebSockets|ServerSentEvents|LongPolling>
// Once it has printed that it is loaded it reads a line: {} or { "token": <access token>, "until": <when the factory gives it last, ms since 1970>, "next": <the next one> }
import { createInterface } from 'node:readline';
import { HubConnectionBuilder, HttpTransportType, LogLevel } from '@microsoft/signalr';

const [url, transport] = process.argv.slice(2);
const print = (event, detail) => console.log(JSON.stringify({ event, detail: detail ?? null }));
const input = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
print('loaded');
const { token, until, next } = JSON.parse((await input.next()).value);
const options = { transport: HttpTransportType[transport] };
let renewed = false;
if (token !== undefined) {
  options.accessTokenFactory = () => {
    if (Date.now() < until) return token;
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

while (!(await input.next()).done);
await connection.stop();
