// What this window remembers: its own storage, so that two windows of one browser may have two names, and the address.

export const memory = {
  get(key) { try { return JSON.parse(sessionStorage.getItem(key)); } catch { return null; } },
  set(key, value) { try { sessionStorage.setItem(key, JSON.stringify(value)); } catch { /* switched off: the name is asked for again */ } },
};

export const readHash = () => new URLSearchParams(location.hash.slice(1));

/** The room is always in the address; the name only when it was there before. */
export function writeHash(room, name) {
  const hash = readHash();
  hash.delete('room');
  if (room) {
    hash.set('room', room);
  }

  if (hash.has('name')) {
    hash.set('name', name);
  }

  history.replaceState(null, '', `#${hash}`);
}
