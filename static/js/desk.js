// What the panel's own scripts leave out: names for its choosers, closed and open.
(() => {
  "use strict";

  const $ = window.django?.jQuery;
  if (!$) return;

  const labelOf = (select) => document.querySelector(`label[for="${CSS.escape(select.id)}"]`);

  function name(root) {
    for (const select of root.querySelectorAll("select.admin-autocomplete.select2-hidden-accessible")) {
      const label = labelOf(select);
      const box = select.nextElementSibling?.querySelector("[role=combobox]");
      const words = box?.querySelector(".select2-selection__rendered");
      if (!label || !words) continue;
      label.id = `${select.id}-label`;
      for (const one of ["role", "aria-readonly"]) words.removeAttribute(one); // a value, and no field of its own
      box.setAttribute("aria-labelledby", `${label.id} ${words.id}`);
    }
  }

  $(() => name(document));
  document.addEventListener("formset:added", (event) => name(event.target));
  $(document).on("select2:open", (event) => {
    const words = labelOf(event.target)?.textContent.replace(/:\s*$/, "") ?? "";
    const results = document.querySelector(".select2-results__options");
    const field = document.querySelector(".select2-container--open .select2-search__field");
    const box = event.target.nextElementSibling.querySelector("[role=combobox]");
    field.setAttribute("aria-label", `Search ${words}`);
    results.setAttribute("aria-label", words);
    results.id ||= `${event.target.id}-choices`;
    box.setAttribute("aria-controls", results.id);
    // It stands at the end of the page, outside of all that has a name.
    const whole = field.closest("body > .select2-container");
    whole?.setAttribute("role", "region");
    whole?.setAttribute("aria-label", `Choices: ${words}`);
    field.focus();
  });
})();
