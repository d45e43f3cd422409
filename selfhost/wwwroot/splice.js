// Texts and the changes between them: { at, removed, inserted }, in UTF-16 units as both Yjs and the page count. No DOM.

const isHigh = unit => unit >= 0xd800 && unit < 0xdc00;
const isLow = unit => unit >= 0xdc00 && unit < 0xe000;

/**
 * What was typed. Where it could have been in several places, as an "a" among others, it is where the caret is now.
 * @param caret Where the caret stands in the new text.
 * @returns null when the texts are the same.
 */
export function diff(before, after, caret) {
  if (before === after) {
    return null;
  }

  const shorter = Math.min(before.length, after.length);
  const same = fromEnd => before[before.length - fromEnd] === after[after.length - fromEnd];
  let tail = 0;
  while (tail < shorter && tail < after.length - caret && same(tail + 1)) {
    tail++;
  }

  let at = 0;
  while (at < shorter - tail && before[at] === after[at]) {
    at++;
  }

  while (tail < shorter - at && same(tail + 1)) {
    tail++;
  }

  // Yjs stores no half of a character
  if (at > 0 && isHigh(before.charCodeAt(at - 1))) {
    at--;
  }

  if (tail > 0 && isLow(before.charCodeAt(before.length - tail))) {
    tail--;
  }

  return { at, removed: before.length - tail - at, inserted: after.slice(at, after.length - tail) };
}

/** Where a place is after a change of Y.Text, given as its delta. What is inserted right there comes behind it. */
export function follow(delta, place) {
  let at = 0; // in the text as it becomes
  for (const { retain = 0, insert = '', delete: removed = 0 } of delta) {
    if (at > place || (at === place && insert)) {
      break;
    }

    if (insert && at < place) {
      place += insert.length ?? 1;
    }

    place -= Math.min(removed, place - at);
    at += retain + (insert.length ?? 1);
  }

  return place;
}
