// In an archive: a link to a moment that this transcript has no line for leads to the one before; its link can be copied.
const moment = document.getElementById("moment");
const button = moment.querySelector("button");
const words = button.textContent;

function nearest(hash) {
  const wanted = /^#t-(\d+)/.exec(hash)?.[1];
  if (wanted === undefined || document.getElementById(hash.slice(1))) return;
  const seconds = (element) => Number(/^t-(\d+)/.exec(element.id)?.[1] ?? Infinity);
  const before = [...document.querySelectorAll("[id^='t-']")].filter((element) => seconds(element) <= Number(wanted));
  before.sort((one, other) => seconds(one) - seconds(other));
  before.at(-1)?.scrollIntoView();
}

function choose() {
  nearest(location.hash);
  moment.hidden = !(navigator.clipboard && location.hash.length > 1);
  button.textContent = words;
}

button.addEventListener("click", async () => {
  await navigator.clipboard.writeText(location.href);
  button.textContent = button.dataset.done;
});
addEventListener("hashchange", choose);
choose();
