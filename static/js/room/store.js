// What the server has shown: items[collection][id]. No rule of the domain lives here.
const items = {};
const watchers = new Map();
const dirty = new Set();
export const state = { seq: 0, epoch: null, you: null };
let scheduled = false;

export const all = (collection) => items[collection] ?? {};
export const one = (collection, id) => items[collection]?.[id] ?? null;

/** Items as a list with their ids, most recent order left to the caller. */
export const list = (collection) => Object.entries(all(collection)).map(([id, item]) => ({ id, ...item }));
export const may = (command) => state.you?.rights.includes(command) ?? false;

/** Calls back, once a frame, when one of the collections has changed; returns how to stop. */
export function watch(collections, callback) {
  watchers.set(callback, new Set(collections));
  return () => watchers.delete(callback);
}

export function touch(collection) {
  dirty.add(collection);
  if (scheduled) return;
  scheduled = true;
  setTimeout(() => {
    scheduled = false;
    const changed = new Set(dirty);
    dirty.clear();
    for (const [callback, wanted] of watchers) {
      if (![...wanted].some((each) => changed.has(each))) continue;
      try { callback(); } catch (broken) { reportError(broken); } // one element that fails must not silence the others
    }
  }, 16);
}

/** Forgets what is never replayed, and so may be over. */
export function forget(collection, gone) {
  for (const id of Object.keys(all(collection)).filter(gone)) { delete items[collection][id]; touch(collection); }
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
    }
    touch(collection);
  }
  if (frame.you) { state.you = frame.you; touch("you"); }
  if (frame.epoch) state.epoch = frame.epoch;
  if (frame.seq !== undefined) state.seq = frame.all ? frame.seq : Math.max(state.seq, frame.seq);
}
