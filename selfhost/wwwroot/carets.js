// Where the others are in the text: drawn over a textarea, by a hidden copy of its layout. Places are Yjs' relative positions, so that they move with the text.

import { element, hueOf } from './view.js';
import { movedFor } from './people.js';

const shownMost = 50;

export class Carets {
  #Y;
  #field;
  #layer;
  #mirror;
  #text = null;
  #marks = new Map(); // connection → { user, anchor, head, last, timer }
  #isDue = false;

  /** @param layer Lies over the field, clips, and lets clicks through. */
  constructor(Y, field, layer) {
    this.#Y = Y;
    this.#field = field;
    this.#layer = element('div', 'moving');
    this.#mirror = element('div', 'mirror');
    layer.append(this.#mirror, this.#layer);
    field.addEventListener('scroll', () => this.#scroll(), { passive: true });
    new ResizeObserver(() => this.draw()).observe(field);
  }

  bind(text) {
    this.#text = text;
    [...this.#marks.keys()].forEach(connection => this.hide(connection));
    this.draw();
  }

  /** What is told of a selection here. */
  write({ start, end, isBackward }) {
    const place = index => this.#Y.relativePositionToJSON(this.#Y.createRelativePositionFromTypeIndex(this.#text, index));
    return isBackward ? { anchor: place(end), head: place(start) } : { anchor: place(start), head: place(end) };
  }

  /** @param state What write gave there; anything else hides the caret. */
  show({ connection, user }, state) {
    const { last = null } = this.#marks.get(connection) ?? {};
    this.hide(connection);
    const anchor = this.#read(state?.anchor);
    const head = this.#read(state?.head);
    if (this.#text && anchor && head && this.#marks.size < shownMost) {
      this.#marks.set(connection, { user, anchor, head, last, timer: setTimeout(() => this.hide(connection), movedFor) });
    }
  }

  hide(connection) {
    clearTimeout(this.#marks.get(connection)?.timer);
    this.#marks.delete(connection);
    this.draw();
  }

  /** Once for all that changes before the next picture. */
  draw() {
    if (!this.#isDue) {
      this.#isDue = true;
      requestAnimationFrame(() => {
        this.#isDue = false;
        this.#drawNow();
      });
    }
  }

  #drawNow() {
    const marks = [];
    if (this.#marks.size > 0) {
      this.#mirror.style.width = `${this.#field.clientWidth}px`;
      // the last character gives the end of the text a place
      this.#mirror.textContent = `${this.#field.value}\u200b`;
      this.#marks.forEach((mark, connection) => marks.push(...this.#drawMark(mark, connection)));
    }

    this.#layer.replaceChildren(...marks);
    this.#scroll();
  }

  #scroll() {
    this.#layer.style.transform = `translateY(${-this.#field.scrollTop}px)`;
  }

  #drawMark(mark, connection) {
    const anchor = this.#indexOf(mark.anchor);
    const head = this.#indexOf(mark.head);
    // the text that it stands in may come a moment later than the caret
    const { anchor: from, head: at } = mark.last = anchor === null || head === null ? mark.last ?? {} : { anchor, head };
    if (at === undefined) {
      return [];
    }

    const caret = element('div', 'caret');
    caret.dataset.connection = connection;
    caret.append(element('span', 'whose', mark.user));
    const [place] = this.#rects(at, at + 1);
    this.#put(caret, place, mark.user);
    caret.classList.toggle('low', place.top - this.#field.scrollTop < 22);
    caret.style.width = '';
    const ranges = from === at ? [] : this.#rects(Math.min(from, at), Math.max(from, at)).map(rect => this.#put(element('div', 'range'), rect, mark.user));
    return [...ranges, caret];
  }

  #put(node, { left, top, width, height }, user) {
    Object.assign(node.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
    node.style.setProperty('--hue', hueOf(user));
    return node;
  }

  #rects(start, end) {
    const node = this.#mirror.firstChild;
    const range = document.createRange();
    range.setStart(node, Math.min(start, node.length - 1));
    range.setEnd(node, Math.min(Math.max(end, start + 1), node.length));
    const origin = this.#mirror.getBoundingClientRect();
    return [...range.getClientRects()].map(({ left, top, width, height }) => ({ left: left - origin.left, top: top - origin.top, width, height }));
  }

  #read(json) {
    try {
      return this.#Y.createRelativePositionFromJSON(json);
    } catch {
      return null; // no position: others may send anything
    }
  }

  #indexOf(position) {
    try {
      const found = this.#Y.createAbsolutePositionFromRelativePosition(position, this.#text.doc);
      return found?.type === this.#text ? Math.min(found.index, this.#field.value.length) : null;
    } catch {
      return null; // of another document, or of none
    }
  }
}
