// What is typed into a form of the desk and not sent yet; it survives a reload, and a row that somebody else moves.
const room = document.body.dataset.room, at = (key) => `desk:${room}:${key}`;

export const kept = (key) => sessionStorage.getItem(at(key)) ?? "";
export function keep(key, text) {
  if (text) sessionStorage.setItem(at(key), text); else sessionStorage.removeItem(at(key));
}
