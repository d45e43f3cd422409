// The chat page, on the stock SignalR client. A message is stored before its promise completes, so history and live messages are one list.

import { Rooms, clean, nameLimit, textLimit } from './rooms.js';
import { $, drawMessages, drawRooms, hideError, showError, showState } from './view.js';

const hub = 'chat';
const historyLimit = 100;
const rooms = new Rooms();
let name = '';
let connection = null;

const reason = error => String(error?.message ?? error).replace(/^Error: /, '');
const pause = ms => new Promise(resolve => setTimeout(resolve, ms));
const retryDelay = attempt => Math.min(500 * 2 ** attempt, 10_000) * (0.75 + Math.random() / 2);
const isConnected = () => connection?.state === signalR.HubConnectionState.Connected;

// ---- messages ----

function receive(argument) {
  const room = rooms.get(argument?.room);
  if (room?.receive(argument)) {
    room.unread += room !== rooms.current || document.hidden ? 1 : 0;
    draw();
  }
}

async function loadHistory(room) {
  const merge = room.beginHistory();
  try {
    const query = new URLSearchParams({ hub, group: room.name, limit: historyLimit });
    const response = await fetch(`/api/page/history?${query}`, { cache: 'no-store' });
    const body = await response.json().catch(() => ({}));
    if (!response.ok) {
      throw new Error(body.detail ?? `the node answered ${response.status}`);
    }

    merge(body.messages);
  } catch (error) {
    showError(`The history of “${room.name}” can't be shown: ${reason(error)}`);
  }

  draw();
}

async function send(room, message) {
  const show = status => {
    Object.assign(message, { status, node: null });
    draw();
  };
  show('pending');
  try {
    const { id, from, text, at } = message;
    await connection.invoke('SendToGroup', room.name, 'chat', { id, from, text, at: at.toISOString(), room: room.name });
    show('stored');
  } catch (error) {
    showError(`A message wasn't sent: ${reason(error)}`);
    show('failed');
  }
}

// ---- rooms ----

function openRoom(roomName) {
  const isNew = !rooms.get(roomName);
  const room = rooms.current = rooms.add(roomName);
  room.unread = 0;
  remember();
  draw();
  if (isNew && isConnected()) {
    enter(room);
  }
}

/** First the live messages, then the history: none can fall between them. */
async function enter(room) {
  try {
    await connection.invoke('JoinGroup', room.name);
  } catch (error) {
    showError(`You couldn't join “${room.name}”: ${reason(error)}`);
    return;
  }

  await loadHistory(room);
}

async function leaveRoom() {
  const left = rooms.current;
  rooms.remove(left);
  remember();
  draw();
  if (isConnected()) {
    await connection.invoke('LeaveGroup', left.name).catch(error => showError(`You couldn't leave “${left.name}”: ${reason(error)}`));
  }
}

// ---- the address and this window's memory ----

const readHash = () => new URLSearchParams(location.hash.slice(1));

/** Per window, so that two windows of one browser may have two names. */
const memory = {
  get(key) { try { return JSON.parse(sessionStorage.getItem(key)); } catch { return null; } },
  set(key, value) { try { sessionStorage.setItem(key, JSON.stringify(value)); } catch { /* switched off: the name is asked for again */ } },
};

function remember() {
  memory.set('name', name);
  memory.set('rooms', rooms.all.map(room => room.name));
  const hash = readHash();
  hash.delete('room');
  if (rooms.current) {
    hash.set('room', rooms.current.name);
  }

  if (hash.has('name')) {
    hash.set('name', name);
  }

  history.replaceState(null, '', `#${hash}`);
}

function followHash() {
  const hash = readHash();
  const nextRoom = clean(hash.get('room'), nameLimit);
  const nextName = clean(hash.get('name'), nameLimit);
  if (nextName && nextName !== name) {
    rename(nextName);
  }

  if (nextRoom && nextRoom !== rooms.current?.name) {
    openRoom(nextRoom);
  }
}

function rename(nextName) {
  name = nextName;
  $('name').value = name;
  rooms.all.flatMap(room => room.messages).forEach(message => { message.node = null; });
  remember();
  draw();
  connect();
}

// ---- the connection ----

async function connect() {
  const previous = connection;
  const mine = connection = new signalR.HubConnectionBuilder()
    .withUrl(`/api?hub=${hub}&user=${encodeURIComponent(name)}`)
    .withAutomaticReconnect({ nextRetryDelayInMilliseconds: retry => retryDelay(retry.previousRetryCount) })
    .configureLogging(signalR.LogLevel.Warning)
    .build();
  const ifMine = action => (...values) => { if (connection === mine) { action(...values); } };
  mine.on('chat', ifMine(receive));
  mine.onreconnecting(ifMine(() => show('reconnecting')));
  mine.onreconnected(ifMine(connected));
  mine.onclose(ifMine(async error => {
    show('disconnected');
    showError(`The connection was closed${error ? `: ${reason(error)}` : ''}.`);
    await pause(retryDelay(0));
    await start(mine);
  }));
  await previous?.stop();
  await start(mine);
}

async function start(mine) {
  for (let attempt = 0; connection === mine; attempt++) {
    show('connecting');
    try {
      await mine.start();
      if (connection === mine) {
        await connected();
      }

      return;
    } catch (error) {
      if (connection === mine) {
        show('disconnected');
        showError(`The node can't be reached: ${reason(error)}`);
        await pause(retryDelay(attempt));
      }
    }
  }
}

async function connected() {
  hideError();
  show('connected', `connected as ${name}`);
  await Promise.all(rooms.all.map(enter));
}

// ---- the page ----

function show(state, text) {
  showState(state, text);
  draw();
}

function draw() {
  const { current } = rooms;
  drawRooms(rooms, openRoom);
  drawMessages(current, name, message => send(current, message));
  $('room-title').textContent = current ? current.name : 'No room yet';
  $('leave').hidden = !current;
  $('text').disabled = !(current && name);
  $('send').disabled = !(current && isConnected());
  $('hint').textContent = !name ? 'Choose a name to begin.' : current ? 'No messages yet. Say hello!' : 'Join a room to begin.';
}

function onSubmit(form, field, limit, action) {
  $(form).addEventListener('submit', event => {
    event.preventDefault();
    const value = clean($(field).value, limit);
    if (value) {
      action(value);
      $('text').focus();
    }
  });
}

function listen() {
  onSubmit('name-form', 'name', nameLimit, rename);
  onSubmit('room-form', 'room', nameLimit, value => {
    $('room').value = '';
    openRoom(value);
  });
  onSubmit('send-form', 'text', textLimit, text => {
    if (rooms.current && isConnected()) {
      $('text').value = '';
      send(rooms.current, rooms.current.write(name, text));
    }
  });
  $('text').addEventListener('keydown', event => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      $('send-form').requestSubmit();
    }
  });
  $('leave').addEventListener('click', leaveRoom);
  $('error-close').addEventListener('click', hideError);
  document.querySelector('.skip').addEventListener('click', event => {
    event.preventDefault();
    $('text').focus();
  });
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden && rooms.current) {
      rooms.current.unread = 0;
      draw();
    }
  });
  window.addEventListener('hashchange', followHash);
}

function begin() {
  if (typeof signalR === 'undefined') {
    showState('disconnected', 'not ready');
    $('hint').textContent = 'This page is not complete yet.';
    showError('The SignalR client for browsers is missing: lib/signalr/signalr.js, which the build restores by npm.\n'
      + 'Install Node.js (npm comes with it), stop the node, and run again: dotnet run --project selfhost');
    return;
  }

  const hash = readHash();
  const remembered = [memory.get('rooms')].flat().map(value => clean(value, nameLimit)).filter(Boolean);
  remembered.forEach(value => rooms.add(value));
  name = clean(hash.get('name') ?? memory.get('name'), nameLimit);
  $('name').value = name;
  listen();
  openRoom(clean(hash.get('room'), nameLimit) || remembered[0] || 'lobby');
  if (name) {
    connect();
  } else {
    showState('disconnected', 'no name yet');
    $('name').focus();
  }
}

begin();
