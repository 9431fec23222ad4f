// What htmx cannot do: closing menus, keys in forms, and saying that a request failed. The words stand in the pages.
(() => {
  "use strict";

  const notice = document.getElementById("notice");

  function say(id) {
    notice.replaceChildren(document.getElementById(id).content.cloneNode(true));
  }

  // A press anywhere else, or Escape, closes an open menu; Escape hands the focus back to what opened it.
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      const inside = menu.contains(document.activeElement);
      menu.open = false;
      if (inside) menu.querySelector("summary").focus();
    }
  });

  // In a form in place: Ctrl or Cmd with Enter saves; Escape cancels. Cancelling asks first if something was typed.
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("form.edit-form");
    if (!form || event.defaultPrevented || event.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    } else if (event.key === "Escape") {
      if (event.target.type === "search" && event.target.value) return; // the browser empties it
      form.querySelector("a.is-cancel").click();
    }
  });
  document.addEventListener(
    "click",
    (event) => {
      const cancel = event.target.closest?.("form.edit-form a.is-cancel");
      if (!cancel || !changed(cancel.closest("form")) || window.confirm(cancel.dataset.ask)) return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );

  function changed(form) {
    if ("unsaved" in form.dataset || form.querySelector("[data-unsaved]")) return true;
    return [...form.elements].some((field) => {
      if (["hidden", "submit"].includes(field.type) || !field.name) return false;
      if (field.options) return [...field.options].some((one) => one.selected !== one.defaultSelected);
      return field.value !== field.defaultValue || field.checked !== field.defaultChecked;
    });
  }

  // “/” leads to the search box, or to its page where there is no room for one; arrows walk from it along the results.
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const box = document.getElementById("search-box");
    if (event.key === "/" && !event.target.closest?.("input, textarea, select, [contenteditable]")) {
      const shown = [box, document.querySelector(".site-header .search-link")].find((one) => one?.checkVisibility());
      if (!shown) return;
      event.preventDefault();
      shown.focus();
      shown.select?.();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const places = [box, ...document.querySelectorAll(".results .result-title > a")];
      const at = places.indexOf(event.target);
      const next = places[at + (event.key === "ArrowDown" ? 1 : -1)];
      if (at < 0 || places.length < 2 || !next) return;
      event.preventDefault();
      next.focus();
    }
  });

  // When a form gives way to what it changed, the focus returns to the link that opened it, whatever else was asked for.
  let opener = "";
  document.addEventListener("htmx:beforeRequest", (event) => {
    notice.replaceChildren();
    opener = event.target.closest?.("form.edit-form")?.dataset.return ?? opener;
  });
  document.addEventListener("htmx:afterSettle", () => {
    const link = document.activeElement === document.body && document.getElementById(opener);
    if (!link) return;
    opener = "";
    link.focus();
  });

  // A page in sight asks every few seconds whether what it shows has changed, and offers the change in its frame.
  const offer = document.getElementById("offer");
  const often = 8000;
  let pause = often;
  let timer = 0;
  let offered = "";

  async function ask() {
    const part = document.querySelector("[data-news]");
    const address = part?.dataset.news;
    if (part && !document.hidden) {
      try {
        const answer = await fetch(address);
        if (answer.status === 404) return;
        pause = answer.ok ? often : Math.min(pause * 2, 120000);
        const text = answer.status === 200 ? await answer.text() : "";
        // The part may have been swapped meanwhile; and who was told is not told again.
        if (text && part.isConnected && part.dataset.news === address && offered !== text) {
          offer.innerHTML = offered = text;
          offer.dataset.to = address;
        }
      } catch {
        pause = Math.min(pause * 2, 120000);
      }
    }
    later();
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(ask, pause);
  }

  function close() {
    offer.replaceChildren();
    offered = "";
  }

  later();
  document.addEventListener("visibilitychange", () => document.hidden || ask());
  offer.addEventListener("click", (event) => {
    const part = document.querySelector("[data-news]");
    const { seen } = event.target.dataset;
    if (seen) {
      part.dataset.news = part.dataset.news.replace(/\d+$/, seen);
      close();
      return;
    }
    const show = event.target.closest("a");
    if (!show) return;
    event.preventDefault();
    const open = [...document.querySelectorAll("form.edit-form")].some(changed);
    if (open && !window.confirm(show.dataset.ask)) return;
    htmx
      .ajax("GET", location.href, { target: "#main", select: "#main", swap: "outerHTML show:none", headers: { "HX-Boosted": "true" } })
      .then(() => document.getElementById("main").focus({ preventScroll: true }));
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (offer.dataset.to !== document.querySelector("[data-news]")?.dataset.news) close();
  });

  document.addEventListener("htmx:sendError", () => say("say-offline"));
  document.addEventListener("htmx:timeout", () => say("say-offline"));
  document.addEventListener("htmx:responseError", () => say("say-broken"));

  // An error page that does not say where it belongs, such as a proxy's, must not land inside this one.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status < 400 || xhr.getResponseHeader("HX-Retarget")) return;
    if (/^\s*(<!doctype|<html)/i.test(xhr.responseText)) {
      event.detail.shouldSwap = false;
      say("say-broken");
    }
  });
})();
