// The checkout: every change is sent and saved, and what is being typed meanwhile is never overwritten by the answer.
"use strict";
(() => {
  const form = document.getElementById("checkout");
  if (!form || !window.htmx) return;
  const search = document.getElementById("item-q");
  const results = document.getElementById("item-results");
  const saved = document.getElementById("saved");
  const complete = document.getElementById("complete");
  const PAUSE = 600; // milliseconds without typing before the draft is saved
  const stale = () => Boolean(document.querySelector("#stale > *")); // somebody else saved other content
  const fields = () => [...form.elements].filter((field) => field.id && field !== search && "value" in field && field.type !== "submit");
  const worth = (field) => (field.type === "checkbox" ? String(field.checked) : field.value);

  let timer = 0;
  let unsaved = false; // something was typed that the server has not got
  let sending = 0;
  let leaving = false; // we are going to another page on purpose
  let sent = new Map();
  let newer = new Map();
  let openBoxes = new Set();
  let adding = false;

  const tell = (word) => {
    saved.textContent = word ? saved.dataset[word] : "";
  };
  const send = () => {
    clearTimeout(timer);
    if (sending) return; // sent again when the answer is there, for `unsaved` still holds
    htmx.trigger(form, "recalc");
  };
  const touched = (wait) => {
    unsaved = true;
    tell("unsaved");
    clearTimeout(timer);
    timer = setTimeout(send, wait);
  };
  const ours = (field) => field.form === form && field !== search && field.name;

  document.addEventListener("input", (event) => {
    if (ours(event.target) && !event.isComposing) touched(PAUSE);
  });
  document.addEventListener("change", (event) => {
    if (ours(event.target)) touched(0);
  });
  document.addEventListener("compositionend", (event) => {
    if (ours(event.target)) touched(PAUSE);
  });
  let composing = null;
  document.addEventListener("compositionstart", (event) => { composing = event.target; });
  document.addEventListener("compositionend", () => { composing = null; });

  // --- Sending and receiving -------------------------------------------------------------------------------------
  const isOurs = (event) => event.detail.elt === form || event.target === form;

  // Only the button of this very submit counts. htmx remembers the last one pressed, which a later saving would repeat.
  form.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt !== form) return;
    const button = event.detail.triggeringEvent?.type === "submit" ? event.detail.triggeringEvent.submitter : null;
    event.detail.formData.delete("do");
    event.detail.formData.set("do", button?.name === "do" && button.value !== "find" ? button.value : "save");
  });

  form.addEventListener("htmx:beforeRequest", (event) => {
    if (!isOurs(event)) return;
    clearTimeout(timer);
    sending += 1;
    unsaved = false;
    sent = new Map(fields().map((field) => [field.id, worth(field)]));
    adding = event.detail.requestConfig.formData.get("do").startsWith("add:");
  });

  form.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.requestConfig?.elt !== form) return;
    if (composing && (form.querySelector("#lines").contains(composing) || form.querySelector("#settle").contains(composing))) {
      event.detail.shouldSwap = false; // an input method is at work there: ask again afterwards
      unsaved = true;
      return;
    }
    newer = new Map(fields().filter((field) => sent.has(field.id) && sent.get(field.id) !== worth(field)).map((field) => [field.id, field]));
    newer.forEach((field, id) => newer.set(id, field.type === "checkbox" ? field.checked : field.value));
    openBoxes = new Set([...form.querySelectorAll("details[id][open]")].map((box) => box.id));
  });

  // Before anything is sent again: what was typed while the answer was on its way goes back into its field.
  form.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.requestConfig?.elt !== form) return;
    newer.forEach((value, id) => {
      const field = document.getElementById(id);
      if (field) field[field.type === "checkbox" ? "checked" : "value"] = value;
    });
    newer = new Map();
    openBoxes.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
    openBoxes = new Set();
  });

  form.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.requestConfig?.elt !== form) return;
    sending -= 1;
    const xhr = event.detail.xhr;
    if (leaving) return;
    if (event.detail.requestConfig.formData.get("do") === "complete") {
      delete complete.dataset.busy;
      if (event.detail.successful && !xhr.getResponseHeader("HX-Redirect")) setTimeout(toFirstFault, 60); // once it has settled
    }
    if (!event.detail.successful) {
      unsaved = true;
      tell(xhr.status ? "refused" : "lost");
      if (!xhr.status) timer = setTimeout(send, 5000);
      return;
    }
    if (adding) {
      search.value = "";
      close();
      search.focus();
    }
    if (unsaved) touched(0);
    else tell(stale() ? "unsaved" : "saved");
  });

  // Completing was refused: go to the first thing that is marked, and into its field when it has one.
  const toFirstFault = () => {
    const fault = [...document.querySelectorAll(".field-error")].find((one) => one.textContent.trim() && one.checkVisibility());
    if (!fault) return;
    const told = fault.id && document.querySelector(`[aria-describedby~="${fault.id}"]`);
    const field = told || (fault.closest("#lines") && form.querySelector("#gate input:not(:checked)"));
    (field || fault).scrollIntoView({ block: "center" });
    field?.focus({ preventScroll: true });
  };
  if (matchMedia("(hover: hover) and (pointer: fine)").matches) search.focus({ preventScroll: true });

  // The session ended meanwhile, somebody else signed in in another tab, or the checkout was completed or discarded in
  // another window. The whole form is sent the plain way: the page that answers keeps what was typed.
  form.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.requestConfig.elt !== form) return;
    const { xhr } = event.detail;
    const target = xhr.getResponseHeader("HX-Redirect");
    if (!target && !xhr.getResponseHeader("X-Send-Whole")) return;
    leaving = true;
    if (target && !target.startsWith(form.dataset.login)) return;
    event.preventDefault();
    HTMLFormElement.prototype.submit.call(form);
  });

  // The browser kept the whole page and the back button brought it again: the server knows what became of it.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    leaving = true;
    window.location.reload();
  });
  window.addEventListener("beforeunload", (event) => {
    if ((unsaved || stale()) && !leaving) event.preventDefault();
  });

  // --- The add-item box ------------------------------------------------------------------------------------------
  const options = () => [...results.querySelectorAll("[role=option]")];
  const mark = (option) => options().forEach((one) => one.setAttribute("aria-selected", String(one === option)));
  const close = () => {
    results.replaceChildren();
    search.setAttribute("aria-expanded", "false");
  };
  results.addEventListener("htmx:afterSwap", () => {
    search.setAttribute("aria-expanded", String(options().length > 0));
  });
  search.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    const all = options();
    const at = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
    if (event.key === "Enter") {
      event.preventDefault();
      if (at >= 0) form.requestSubmit(all[at]);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (all.length) mark(all[(at + (event.key === "ArrowDown" ? 1 : -1) + all.length) % all.length]);
    } else if (event.key === "Escape") {
      search.value = "";
      close();
    }
  });

  // --- Keys and boxes --------------------------------------------------------------------------------------------
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(complete);
    } else if (event.key === "Enter" && event.target.tagName === "INPUT" && ours(event.target) && !event.isComposing) {
      event.preventDefault(); // Enter in a field saves; it never completes
      touched(0);
    } else if (event.key === "Escape") {
      event.target.closest?.("details.checkout-off")?.removeAttribute("open");
    }
  });
  document.addEventListener("click", (event) => {
    form.querySelectorAll("details.checkout-off[open]").forEach((box) => {
      if (!box.contains(event.target)) box.removeAttribute("open");
    });
    if (!event.target.closest(".checkout-search")) close();
    if (event.target.id === "take-saved") leaving = true;
  });
  // Opened by hand, and not again after an answer: the discount can be typed at once.
  form.addEventListener("click", (event) => {
    const box = event.target.closest("details.checkout-off > summary")?.parentElement;
    if (box && !box.open) setTimeout(() => box.querySelector("input").focus());
  });
  form.addEventListener("submit", (event) => {
    // A second press while the first is under way adds nothing.
    if (event.submitter === complete && complete.dataset.busy) {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else if (event.submitter === complete) {
      complete.dataset.busy = "1";
    }
  }, true);
})();
