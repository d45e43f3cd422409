// The chat page, on the stock SignalR client. A message is stored before its promise completes, so history and live messages are one list.

import { Link, reason } from './link.js';
import { memory, readHash, writeHash } from './memory.js';
import { listenToNotify } from './notify.js';
import { Paper } from './paper.js';
import { Rooms, clean, nameLimit, textLimit } from './rooms.js';
import { Toasts } from './toasts.js';
import { Together } from './together.js';
import { $, drawMessages, drawRooms, hideError, showError, showPane, showState } from './view.js';

const hub = 'chat';
const historyLimit = 100;
const rooms = new Rooms();
let name = '';

const link = new Link(hub, { state: show, connected, fault: showError });
const together = new Together(link, () => name);
const paper = new Paper(link);
const toasts = new Toasts(ids => act('Notifications weren\'t marked as read', 'notification-read', ...ids));
link.on('chat', receive);
link.on('notification', notification => toasts.add(notification));
link.on('notifications-read', read => toasts.read(read));

/** @returns whether it was done; a fault is shown. */
async function act(failure, ...call) {
  try {
    await link.invoke(...call);
    return true;
  } catch (error) {
    showError(`${failure}: ${reason(error)}`);
    return false;
  }
}

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
    const query = new URLSearchParams({ hub, group: room.name, target: 'chat', limit: historyLimit });
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
    await link.invoke('SendToGroup', room.name, 'chat', { id, from, text, at: at.toISOString(), room: room.name });
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
  if (isNew && link.isConnected) {
    enter(room);
  }
}

/** First the live messages, then the history: none can fall between them. */
async function enter(room) {
  try {
    await together.join(room.name);
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
  try {
    await Promise.all([together.leave(left.name), paper.leave(left.name)]);
  } catch (error) {
    showError(`You couldn't leave “${left.name}”: ${reason(error)}`);
  }
}

// ---- the address and this window's memory ----

function remember() {
  memory.set('name', name);
  memory.set('rooms', rooms.all.map(room => room.name));
  writeHash(rooms.current?.name, name);
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
  toasts.clear();
  draw();
  link.open(name, rooms.current?.name);
}

// ---- the connection ----

async function connected(isSame) {
  hideError();
  show('connected', `connected as ${name}`);
  paper.connected(isSame);
  await Promise.all(rooms.all.map(enter));
}

// ---- the page ----

function show(state, text) {
  showState(state, text);
  draw();
}

function draw() {
  const { current } = rooms;
  together.show(current?.name ?? null);
  paper.show(current?.name ?? null);
  paper.draw();
  drawRooms(rooms, openRoom);
  drawMessages(current, name, message => send(current, message));
  $('room-title').textContent = current ? current.name : 'No room yet';
  $('leave').hidden = !current;
  $('text').disabled = !(current && name);
  $('notify-send').disabled = !(current && link.isConnected);
  $('send').disabled = !(current && link.isConnected);
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
    if (rooms.current && link.isConnected) {
      $('text').value = '';
      together.write(false);
      send(rooms.current, rooms.current.write(name, text));
    }
  });
  $('text').addEventListener('keydown', event => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      $('send-form').requestSubmit();
    }
  });
  listenToNotify(() => rooms.current, (to, kind, text) => act('The notification wasn\'t sent', 'notification-send', to, kind, { text }));
  for (const pane of ['chat', 'together']) {
    $(`show-${pane}`).addEventListener('click', () => showPane(pane));
  }

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

async function begin() {
  if (typeof signalR === 'undefined') {
    showState('disconnected', 'not ready');
    $('hint').textContent = 'This page is not complete yet.';
    showError('The SignalR client for browsers is missing: lib/signalr/signalr.js, which the build restores by npm.\n'
      + 'Install Node.js (npm comes with it), stop the node, and run again: dotnet run --project selfhost');
    return;
  }

  await paper.load();
  const hash = readHash();
  const remembered = [memory.get('rooms')].flat().map(value => clean(value, nameLimit)).filter(Boolean);
  remembered.forEach(value => rooms.add(value));
  name = clean(hash.get('name') ?? memory.get('name'), nameLimit);
  $('name').value = name;
  listen();
  openRoom(clean(hash.get('room'), nameLimit) || remembered[0] || 'lobby');
  if (name) {
    link.open(name, rooms.current?.name);
  } else {
    showState('disconnected', 'no name yet');
    $('name').focus();
  }
}

begin();
