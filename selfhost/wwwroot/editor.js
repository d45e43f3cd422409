// A textarea that shows a Y.Text, and edits it. What somebody else writes leaves the caret, the selection and a word that is being composed where they are.

import { diff, follow } from './splice.js';

const tidying = Symbol('tidying');

export class Editor {
  #Y;
  #field;
  #text = null;
  #undo = null;
  #shown = ''; // what the field had when it was last read or written
  #behind = []; // changes by others that the field doesn't show yet
  #isComposing = false;
  #onText = (event, transaction) => this.#changed(event, transaction);

  /** @param events `select({ start, end, isBackward })`, or null when the field loses the focus; `drawn()` after the text changed. */
  constructor(Y, field, events) {
    this.#Y = Y;
    this.#field = field;
    this.events = events;
    field.addEventListener('input', () => this.#read());
    field.addEventListener('compositionstart', () => { this.#isComposing = true; });
    field.addEventListener('compositionend', () => { this.#isComposing = false; this.#read(); this.#show(); });
    field.addEventListener('beforeinput', event => this.#undoInstead(event, { historyUndo: 'undo', historyRedo: 'redo' }[event.inputType]));
    field.addEventListener('keydown', event => this.#undoInstead(event, undoOf(event)));
    field.addEventListener('focus', () => this.#select());
    field.addEventListener('blur', () => this.events.select(null));
    document.addEventListener('selectionchange', () => this.#select());
  }

  /** @param text A Y.Text, or null for none. */
  bind(text) {
    this.#text?.unobserve(this.#onText);
    this.#undo?.destroy();
    this.#text = text;
    this.#undo = text && new this.#Y.UndoManager(text, { trackedOrigins: new Set([this]) });
    this.#behind = [];
    this.#isComposing = false;
    this.#field.value = this.#shown = '';
    text?.observe(this.#onText);
    this.#show();
  }

  #read() {
    const change = this.#text && !this.#isComposing && diff(this.#shown, this.#field.value, this.#field.selectionEnd);
    if (!change) {
      return;
    }

    this.#shown = this.#field.value;
    const behind = this.#behind;
    const at = this.#catchUp(change.at);
    const length = this.#catchUp(change.at + change.removed) - at;
    this.#behind = [];
    this.#text.doc.transact(() => {
      if (length > 0) {
        this.#text.delete(at, length);
      }

      if (change.inserted) {
        this.#text.insert(at, change.inserted);
      }
    }, this);
    if (behind.length > 0) {
      this.#show(at + change.inserted.length);
    }
  }

  #catchUp(place) {
    return this.#behind.reduce((at, delta) => follow(delta, at), place);
  }

  #changed(event, transaction) {
    if (transaction.origin === this) {
      this.events.drawn();
      return;
    }

    this.#behind.push(event.delta);
    this.#show(transaction.origin === this.#undo ? endOf(event.delta) : undefined);
  }

  /** @param caret Where it is then; left out, it stays with the text around it. */
  #show(caret) {
    const value = this.#text?.toString() ?? '';
    if (value.includes('\r\n')) {
      // the field counts these as one character; whoever takes them out first, it is the same change
      queueMicrotask(() => this.#tidy());
    } else if (!this.#isComposing && value !== this.#shown) {
      const field = this.#field;
      const { selectionStart, selectionEnd, selectionDirection, scrollTop } = field;
      field.value = value;
      this.#shown = field.value;
      field.setSelectionRange(caret ?? this.#catchUp(selectionStart), caret ?? this.#catchUp(selectionEnd), selectionDirection);
      field.scrollTop = scrollTop;
      this.#behind = [];
      this.events.drawn();
    } else if (!this.#isComposing) {
      this.#behind = [];
    }
  }

  #tidy() {
    const text = this.#text;
    text?.doc.transact(() => {
      for (let at = text.toString().lastIndexOf('\r\n'); at >= 0; at = text.toString().lastIndexOf('\r\n')) {
        text.delete(at, 1);
      }
    }, tidying);
  }

  /** The field's own memory ends whenever somebody else writes, and would undo what they wrote. */
  #undoInstead(event, step) {
    if (step && this.#undo) {
      event.preventDefault();
      this.#undo[step]();
    }
  }

  #select() {
    const { selectionStart: start, selectionEnd: end, selectionDirection } = this.#field;
    if (this.#text && document.activeElement === this.#field && this.#behind.length === 0) {
      this.events.select({ start, end, isBackward: selectionDirection === 'backward' });
    }
  }
}

function undoOf({ key, ctrlKey, metaKey, altKey, shiftKey }) {
  if (!(ctrlKey || metaKey) || altKey) {
    return null;
  }

  return key.toLowerCase() === 'z' ? (shiftKey ? 'redo' : 'undo') : key.toLowerCase() === 'y' && ctrlKey ? 'redo' : null;
}

/** Where the last change of a delta ends. */
function endOf(delta) {
  return delta.reduce((at, { retain = 0, insert = '' }) => at + retain + insert.length, 0);
}
