// What is at hand in the booth beside what happens: agenda, decks, words. Each is loaded when it is opened for the first time.
const PARTS = { shelf: () => import("./shelf.js"), words: () => import("./words.js") };
const part = (name) => document.querySelector(`.material [data-part=${name}]`);

for (const [name, load] of Object.entries(PARTS)) {
  part(name)?.addEventListener("toggle", async ({ target }) => {
    if (!target.open) return;
    await load();
    target.querySelector("word-list")?.opened();
  });
}

/** Opens the word list, or goes to it. */
export function lookUp() {
  const words = part("words");
  if (!words) return;
  if (words.open) words.querySelector("input")?.focus();
  words.open = true;
}
