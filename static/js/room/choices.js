// Lists that open from a phrase: Escape closes them, so does a click elsewhere, and choosing with a finger or a mouse.
function close(list) {
  const focused = list.contains(document.activeElement);
  list.open = false;
  if (focused) list.querySelector("summary").focus();
}

addEventListener("keydown", (event) => {
  const list = event.key === "Escape" && document.querySelector(".choice[open]");
  if (list) close(list);
});
addEventListener("click", ({ target, detail }) => {
  for (const list of document.querySelectorAll(".choice[open]")) {
    const chosen = detail > 0 && target.closest(".option"); // a click without a pointer is an arrow key's
    if (!list.contains(target) || chosen) setTimeout(() => close(list));
  }
});
