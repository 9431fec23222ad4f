// Passkeys: ask the device when a form with data-passkey is sent, then send what it answers. Without this, no form shows.
(() => {
  "use strict";

  const { create, get, supported } = window.webauthnJSON;

  async function options(form) {
    const stored = document.getElementById("passkey-options");
    if (stored) return JSON.parse(stored.textContent);
    const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
    return answer.json();
  }

  async function ask(form) {
    const asked = await options(form);
    if (form.dataset.passkey === "get") return get(asked.request_options);
    // A key that can sign in by itself: kept on the device, and opened there by its owner.
    Object.assign(asked.creation_options.publicKey.authenticatorSelection, {
      residentKey: "required",
      requireResidentKey: true,
      userVerification: "required",
    });
    return create(asked.creation_options);
  }

  if (!supported()) return;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const refused = form.querySelector("[role=alert]");
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      refused.hidden = true;
      try {
        form.elements.credential.value = JSON.stringify(await ask(form));
        form.submit();
      } catch {
        refused.hidden = false;
      }
    });
  }
})();
