// What the server has shown: items[collection][id]. No rule of the domain lives here. An item that changes is replaced as
// a whole, never changed in place: whoever keeps one sees by its identity whether it is still the same.
const items = {};
const watchers = new Map();
const FRAME = 16; // ms between two rounds of callbacks; the first after a pause comes at once
const dirty = new Map(); // collection → the ids that changed; null: any of them may have
export const state = { seq: 0, epoch: null, you: null };
let scheduled = false, last = -FRAME;

export const all = (collection) => items[collection] ?? {};
export const one = (collection, id) => items[collection]?.[id] ?? null;

/** Items as a list with their ids, most recent order left to the caller. */
export const list = (collection) => Object.entries(all(collection)).map(([id, item]) => ({ id, ...item }));
export const may = (command) => state.you?.rights.includes(command) ?? false;

/** Calls back, once a frame, when one of the collections has changed, with all that did: collection → ids, or null for any. Returns how to stop. */
export function watch(collections, callback) {
  watchers.set(callback, new Set(collections));
  return () => watchers.delete(callback);
}

export function touch(collection, id = null) {
  if (id === null) dirty.set(collection, null);
  else if (!dirty.has(collection)) dirty.set(collection, new Set([id]));
  else dirty.get(collection)?.add(id);
  if (scheduled) return;
  scheduled = true;
  setTimeout(flush, Math.max(0, last + FRAME - performance.now()));
}

function flush() {
  scheduled = false;
  last = performance.now();
  const changed = new Map(dirty);
  dirty.clear();
  for (const [callback, wanted] of watchers) {
    if (![...wanted].some((each) => changed.has(each))) continue;
    try { callback(changed); } catch (broken) { reportError(broken); } // one element that fails must not silence the others
  }
}

/** Forgets what is never replayed, and so may be over. */
export function forget(collection, gone) {
  for (const id of Object.keys(all(collection)).filter(gone)) { delete items[collection][id]; touch(collection, id); }
}

/** Takes a frame over: `all` replaces, `put` changes, null removes. */
export function take(frame) {
  if (frame.all) {
    for (const collection of Object.keys(items)) { delete items[collection]; touch(collection); }
  }
  for (const [collection, changes] of Object.entries(frame.all ?? frame.put ?? {})) {
    items[collection] ??= {};
    for (const [id, item] of Object.entries(changes)) {
      if (item === null) delete items[collection][id]; else items[collection][id] = item;
      if (frame.put) touch(collection, id);
    }
    if (frame.all) touch(collection);
  }
  if (frame.you) { state.you = frame.you; touch("you"); }
  if (frame.epoch) state.epoch = frame.epoch;
  if (frame.seq !== undefined) state.seq = frame.all ? frame.seq : Math.max(state.seq, frame.seq);
}
