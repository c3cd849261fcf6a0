// Choosing a contribution names its announced expert, unless somebody else is named already, and the role with it.
const name = document.getElementById("name"), role = document.getElementById("role");
let given = name?.value && document.querySelector("[data-announced]")?.value ? name.value : "";
document.querySelector("[data-announced]")?.addEventListener("change", ({ target }) => {
  const announced = target.selectedOptions[0].dataset.name ?? "";
  if (!name.value || name.value === given) name.value = given = announced;
  if (target.value) role.value = "expert";
});
