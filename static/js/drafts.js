// What is typed into a form is kept: at once in this browser, after three seconds of rest on the server. The words stand in the pages.
(() => {
  "use strict";

  const REST = 3000;
  const LOOK = 15000;
  const { user, ask } = document.currentScript.dataset;
  const PART = { "HX-Request": "true" };

  // The tails: what the server has not taken yet, one for each form and person. A database, because it is on disk at once.
  const database = new Promise((resolve, reject) => {
    const request = indexedDB.open("peacetracker", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("tails", { keyPath: ["user", "address"] });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

  async function tails(mode, act) {
    const transaction = (await database).transaction("tails", mode);
    const request = act(transaction.objectStore("tails"));
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  }

  const drop = (address) => tails("readwrite", (store) => store.delete([user, address])).catch(() => {});

  function post(address, fields, more = {}) {
    return fetch(address, { method: "POST", body: new URLSearchParams(fields), headers: PART, ...more });
  }

  const fieldsOf = (form) => [...new FormData(form)].filter(([, value]) => typeof value === "string");

  const tokenOf = (form) => ["csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken?.value ?? ""];

  async function attend(form) {
    const { drafts, address } = form.dataset;
    const state = form.querySelector("[data-state]");
    const others = form.querySelector("[data-others]");
    const mine = ["address", address];
    let stamp = form.dataset.kept;
    let typed = 0;
    let kept = 0;
    let rest = 0;
    let flight;
    form.dataset.attended = "";

    function hear(answer) {
      if (others.textContent !== answer.others) others.textContent = answer.others;
      if (!answer.at) return;
      stamp = answer.at;
      state.textContent = answer.kept;
    }

    function remember() {
      const fields = fieldsOf(form).filter(([name]) => name !== "csrfmiddlewaretoken");
      const tail = { user, address, drafts, fields, at: Date.now(), after: stamp };
      tails("readwrite", (store) => store.put(tail)).catch(() => {});
    }

    const send = (more) => (flight = keep(more));

    async function keep(more) {
      clearTimeout(rest);
      const upTo = typed;
      if (!form.isConnected || kept === upTo) return;
      let status = 0;
      try {
        const answer = await post(drafts, [...fieldsOf(form), mine], more);
        status = answer.status;
        if (answer.ok) hear(await answer.json());
      } catch {
        status = 0;
      }
      if (status === 200) {
        kept = upTo;
        if (typed === upTo) await drop(address);
      } else {
        state.textContent = status === 413 ? state.dataset.long : state.dataset.failed;
        rest = setTimeout(send, LOOK);
      }
    }

    // With what the browser kept, the form comes back from the server, which draws all of it; else it is filled in here.
    async function bringBack(tail, url) {
      const answer = await post(drafts, [...tail.fields, mine, tokenOf(form)]).catch(() => null);
      if (answer?.ok) {
        await drop(address);
        if (!form.hasAttribute("hx-post")) location.assign(url);
        else htmx.ajax("GET", url, { target: form.parentElement, swap: "innerHTML show:none" });
        return;
      }
      const left = new Map();
      for (const [name, value] of tail.fields) left.set(name, [...(left.get(name) ?? []), value]);
      for (const field of form.elements) {
        const values = left.get(field.name) ?? [];
        if (["key", "place", "csrfmiddlewaretoken", ""].includes(field.name)) continue;
        if (field.type === "radio" || field.type === "checkbox") field.checked = values.includes(field.value);
        else if (field.multiple) for (const one of field.options) one.selected = values.includes(one.value);
        else if (values.length) field.value = values.shift();
      }
      form.dataset.unsaved = "";
      form.dispatchEvent(new Event("input", { bubbles: true }));
    }

    function offer(tail) {
      const words = form.querySelector("template[data-tail]");
      const notice = words.content.cloneNode(true).firstElementChild;
      const at = new Date(tail.at);
      const short = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
      const time = notice.querySelector("time");
      time.dateTime = at.toISOString();
      time.textContent = at.toLocaleString("en-GB", short);
      form.querySelector("[data-draft]")?.remove();
      words.before(notice);
      notice.addEventListener("click", (event) => {
        const button = event.target.closest("button");
        if (!button) return;
        if ("bringBack" in button.dataset) bringBack(tail, words.dataset.url);
        else forget();
        notice.remove();
        form.querySelector("[autofocus]")?.focus();
      });
    }

    async function forget() {
      clearTimeout(rest);
      kept = typed;
      drop(address);
      await flight; // or what is on its way would be kept after all
      post(`${drafts}delete/`, [mine, tokenOf(form)], { keepalive: true }).catch(() => {});
    }

    function leave() {
      post(drafts, [mine, tokenOf(form), ["gone", "1"]], { keepalive: true }).catch(() => {});
    }

    form.addEventListener("input", (event) => {
      if (event.target.form !== form && event.target !== form) return;
      typed += 1;
      remember();
      clearTimeout(rest);
      rest = setTimeout(send, REST);
    });
    form.addEventListener("click", (event) => {
      if (!event.target.closest("a.is-cancel")) return;
      if (typed || "unsaved" in form.dataset) forget();
      else leave();
    });
    form.addEventListener("submit", () => clearTimeout(rest));
    form.addEventListener("htmx:afterRequest", () => {
      clearTimeout(rest);
      if (typed !== kept) rest = setTimeout(send, REST);
    });
    document.addEventListener("visibilitychange", () => document.hidden && send({ keepalive: true }));
    window.addEventListener("pagehide", () => form.isConnected && leave());

    const tail = await tails("readonly", (store) => store.get([user, address])).catch(() => null);
    if (tail && !typed && !("unsaved" in form.dataset)) {
      const said = ([name]) => !["key", "place", "csrfmiddlewaretoken", "find"].includes(name);
      const now = JSON.stringify(fieldsOf(form).filter(said));
      if (JSON.stringify(tail.fields.filter(said)) === now) drop(address);
      else if (tail.after === stamp || tail.at > (stamp ? Date.parse(stamp) : 0)) offer(tail);
    }
    if ("unsaved" in form.dataset && !stamp && !form.matches(".is-conflict")) form.dispatchEvent(new Event("input"));
    try {
      const answer = await post(drafts, [mine, tokenOf(form)]);
      if (answer.ok) hear(await answer.json());
    } catch {
      // Who else is here stays unsaid until the server answers.
    }
    const look = setInterval(async () => {
      if (!form.isConnected) return clearInterval(look);
      if (document.hidden) return;
      const answer = await fetch(`${drafts}?${new URLSearchParams([mine])}`, { headers: PART }).catch(() => null);
      if (answer?.ok) hear(await answer.json());
    }, LOOK);
  }

  function look() {
    for (const form of document.querySelectorAll("form[data-drafts]:not([data-attended])")) attend(form);
    for (const one of document.querySelectorAll("[data-saved]")) drop(one.dataset.saved);
  }

  look();
  document.addEventListener("htmx:load", (event) => {
    look();
    // What the server has drawn into an open form, a source that was picked, is as good as typed.
    const form = event.target.closest("form[data-attended]");
    if (form && event.target !== form) form.dispatchEvent(new Event("input"));
  });
  document.addEventListener("htmx:oobAfterSwap", look);

  document.addEventListener("submit", ({ target }) => {
    if (target.getAttribute("action")?.endsWith("/drafts/delete/")) drop(target.elements.address.value);
  });

  // Signing out leaves nothing of the person here: what the server has not taken yet goes there first.
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches('form[action$="/logout/"]')) return;
    event.preventDefault();
    const all = await tails("readonly", (store) => store.getAll()).catch(() => []);
    for (const tail of all.filter((one) => one.user === user)) {
      const fields = [...tail.fields, ["address", tail.address], tokenOf(form)];
      const answer = await post(tail.drafts, fields).catch(() => null);
      if (!answer?.ok && !window.confirm(ask)) return;
      await drop(tail.address);
    }
    form.submit();
  });
})();
