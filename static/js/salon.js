// What every page does by itself: search by keyboard, messages that leave, the idle lock, copying. No page needs it
// to be read, and no form but the checkout needs it to be sent.
"use strict";

(() => {
  const body = document.body;

  // --- Finding a client: arrows choose, Enter opens, Esc closes; in the top bar, where `/` goes, and in the checkout ---
  function findByKeys(box, panel, close) {
    const hits = () => [...panel.querySelectorAll(".search-hit")];
    const chosen = () => hits().findIndex((hit) => hit.getAttribute("aria-selected") === "true");

    function choose(index) {
      hits().forEach((hit, i) => {
        hit.id = `${box.id}-hit-${i}`;
        hit.setAttribute("aria-selected", String(i === index));
        if (i === index) {
          hit.scrollIntoView({ block: "nearest" });
          box.setAttribute("aria-activedescendant", hit.id);
        }
      });
      if (index < 0) box.removeAttribute("aria-activedescendant");
    }
    function show() {
      box.setAttribute("aria-expanded", String(hits().length > 0));
      // What only opens an empty form is reached by the arrows; Enter alone must not do it.
      choose(hits()[0]?.matches(":not(.search-new)") ? 0 : -1);
    }

    box.addEventListener("keydown", (event) => {
      if (event.isComposing) return; // the Enter that ends a pinyin input method's word
      const all = hits();
      if ((event.key === "ArrowDown" || event.key === "ArrowUp") && all.length) {
        event.preventDefault();
        const step = event.key === "ArrowDown" ? 1 : -1;
        choose((chosen() + step + all.length + (chosen() < 0 && step < 0 ? 1 : 0)) % all.length);
      } else if (event.key === "Enter" && chosen() >= 0) {
        event.preventDefault();
        all[chosen()].click();
      } else if (event.key === "Escape") {
        close();
        box.blur();
      }
    });
    box.addEventListener("input", () => choose(-1)); // what is shown was found for another text
    panel.addEventListener("htmx:afterSwap", () => (box.value.trim() ? show() : close()));
    if (box.value.trim() && hits().length) show();
  }

  const box = document.getElementById("search-input");
  const panel = document.getElementById("search-results");
  if (box && panel) {
    const closePanel = () => {
      panel.replaceChildren();
      box.setAttribute("aria-expanded", "false");
      box.removeAttribute("aria-activedescendant");
    };
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest("input, textarea, select, [contenteditable]");
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        box.focus();
        box.select();
      }
    });
    findByKeys(box, panel, closePanel);
    document.addEventListener("click", (event) => {
      if (!event.target.closest(".search")) closePanel();
    });
  }
  const clientBox = document.getElementById("client-q");
  const clientPanel = document.getElementById("client-results");
  if (clientBox && clientPanel) findByKeys(clientBox, clientPanel, () => clientBox.setAttribute("aria-expanded", "false"));

  // --- Messages leave by themselves, except what went wrong ------------------------------------------------------
  document.querySelectorAll(".toasts .alert-success, .toasts .alert-info").forEach((alert) => {
    setTimeout(() => window.bootstrap?.Alert.getOrCreateInstance(alert).close(), 6000);
  });

  // --- Copy: <button data-copy="#id"> or data-copy-text="…" ------------------------------------------------------
  async function copy(text) {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    const area = document.createElement("textarea"); // a salon's own network often has no https
    area.value = text;
    area.className = "visually-hidden";
    body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) throw new Error("copy refused");
  }
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy], [data-copy-text]");
    if (!button) return;
    const from = button.dataset.copy && document.querySelector(button.dataset.copy);
    await copy(from ? (from.value ?? from.innerText) : button.dataset.copyText);
    const label = button.querySelector("span") || button;
    const before = label.textContent;
    label.textContent = body.dataset.copied;
    setTimeout(() => { label.textContent = before; }, 2000);
  });

  // --- Small habits: print, submit on change, ask before a destructive act ----------------------------------------
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });
  document.addEventListener("change", (event) => {
    const field = event.target.closest("[data-autosubmit] select, [data-autosubmit] input[type=checkbox]");
    if (field) field.form.requestSubmit();
  });
  document.addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.ask || event.target.dataset.ask;
    if (question && !window.confirm(question)) event.preventDefault();
  });
  // <form data-once>: a second press while the answer is on its way is dropped, so that what the first did is told.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !form.hasAttribute("data-once")) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-once]")) delete form.dataset.sent;
  });

  // Somebody else signed in in another tab: sent the plain way, the form gets a page that keeps what was typed.
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { xhr, requestConfig } = event.detail;
    const form = requestConfig.elt;
    if (event.defaultPrevented || !xhr.getResponseHeader("X-Send-Whole") || requestConfig.triggeringEvent?.type !== "submit") return;
    event.preventDefault();
    const button = requestConfig.triggeringEvent.submitter;
    if (button?.name) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: button.name, value: button.value }));
    HTMLFormElement.prototype.submit.call(form);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    const button = document.querySelector('[data-shortcut="ctrl+enter"]:not(:disabled)');
    if (button) {
      event.preventDefault();
      button.click();
    }
  });

  // --- Unsaved text: <form data-guard> warns before it is left ----------------------------------------------------
  const dirty = new Set();
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form && form.method === "post") dirty.add(form);
  });
  document.addEventListener("submit", (event) => dirty.delete(event.target));
  window.addEventListener("beforeunload", (event) => {
    if ([...dirty].some((form) => form.isConnected && form.hasAttribute("data-guard"))) event.preventDefault();
  });

  // --- The idle lock: the server ends the session, this hides the page in time ------------------------------------
  const idleSeconds = Number(body.dataset.idleSeconds || 0);
  const warning = document.getElementById("idle-warning");
  if (idleSeconds && warning) {
    const WARN = Math.min(60, idleSeconds / 2);
    const shared = new BroadcastChannel("salon-seen"); // a page that is used keeps the other tabs open too
    let seen = Date.now();
    let told = Date.now();
    const touch = () => { seen = Date.now(); };
    shared.onmessage = () => { seen = told = Date.now(); warning.hidden = true; };

    async function tellServer() {
      told = Date.now();
      const answer = await fetch(body.dataset.seenUrl, { headers: { "X-Requested-With": "salon" }, redirect: "manual" }).catch(() => null);
      if (answer?.ok) shared.postMessage("seen");
      else if (answer) lock();
    }

    let locked = false;
    function lock(by = "") {
      if (locked) return; // the answer is on its way; a second one would find no session
      locked = true;
      const form = [...dirty].find((one) => one.isConnected);
      const target = document.getElementById("lock-form");
      const add = (name, value) => {
        const field = document.createElement("input");
        field.type = "hidden";
        field.name = name;
        field.value = value;
        target.append(field);
      };
      if (by) add("lock_by", by);
      if (form) { // what was typed goes along, sealed, and is offered again after the sign-in
        for (const [name, value] of new FormData(form)) {
          if (typeof value === "string" && name !== "csrfmiddlewaretoken") add(name, value);
        }
        const to = new URL(form.action || location.href, location.href);
        target.action += `?${new URLSearchParams({ to: to.pathname + to.search })}`;
      }
      dirty.clear();
      target.submit();
    }

    document.getElementById("lock-form").addEventListener("submit", (event) => {
      event.preventDefault();
      lock(event.submitter?.value);
    });
    ["pointerdown", "keydown", "wheel", "touchstart"].forEach((kind) => addEventListener(kind, touch, { passive: true }));
    document.addEventListener("htmx:afterRequest", () => { told = Date.now(); shared.postMessage("seen"); });
    setInterval(() => {
      const now = Date.now();
      const idle = (now - seen) / 1000;
      if (idle >= idleSeconds) lock();
      else if (seen > told && now - told > 60000) tellServer(); // typing a long note is not being away
      warning.hidden = idle < idleSeconds - WARN;
      const left = document.getElementById("idle-left");
      if (left && !warning.hidden) left.textContent = String(Math.max(0, Math.ceil(idleSeconds - idle)));
    }, 1000);
    document.getElementById("idle-stay")?.addEventListener("click", () => { touch(); warning.hidden = true; tellServer(); });
  }
})();
