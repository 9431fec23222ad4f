// Keys in the list of suggestions, while one of them has the focus; each presses what stands in its row.
(() => {
  "use strict";

  const list = document.querySelector("[data-review]");
  const rows = [...list.children];

  function press(row, key) {
    const control = row.querySelector(`[data-key=${key}]`);
    control?.click();
    if (key === "d" && control) row.querySelector("[name=answer]").focus();
  }

  list.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input:not([type=checkbox]), textarea, select");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const row = event.target.closest(".suggestion");
    if (event.key === "j" || event.key === "k") {
      rows[rows.indexOf(row) + (event.key === "j" ? 1 : -1)]?.focus();
    } else if (event.key === "x") {
      row.querySelector("[name=pick]")?.click();
    } else if (["a", "e", "d"].includes(event.key) && !event.repeat) {
      press(row, event.key);
    } else {
      return;
    }
    event.preventDefault();
  });

  // So that the keys work at once, also after a decision.
  if (!location.hash) rows[0]?.focus({ preventScroll: true });
})();
