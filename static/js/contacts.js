// The list of whom to contact, by keyboard: arrows choose a row, a letter does what the button says, Esc closes what is
// open, and after an act the next row is the chosen one. Everything works without this.
"use strict";

(() => {
  const list = () => [...document.querySelectorAll("[data-contact]")];
  const rowOf = (node) => node?.closest?.("[data-contact]");
  let acted = null; // the id of the row whose act is on its way, and which one stands below it
  let below = null;

  function choose(row) {
    if (!row) return;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  function step(from, by) {
    const rows = list();
    const at = rows.indexOf(from);
    choose(rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by))]);
  }

  async function close(row) {
    const panel = row?.querySelector("[data-panel]");
    if (!panel) return;
    panel.remove();
    choose(row);
  }

  const isTyping = (node) => node.closest("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    const row = rowOf(event.target);
    if (event.key === "Escape" && row) {
      close(row);
      return;
    }
    if (isTyping(event.target) || event.target.closest(".search")) return;
    const inPanel = event.target.closest("[data-panel]");
    if (inPanel) { // a digit is the mark that the client gives
      const mark = /^[1-5]$/.test(event.key) && inPanel.querySelector(`[name=satisfaction][value="${event.key}"]`);
      if (mark) {
        mark.checked = true;
        mark.focus();
        event.preventDefault();
      }
      return;
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!list().length || (event.target !== document.body && !row)) return;
      event.preventDefault();
      step(row, event.key === "ArrowDown" ? 1 : -1);
      return;
    }
    if (!row || event.target.closest("a, button") && event.key === "Enter") return;
    const letter = event.key === "Enter" ? "r" : event.key.toLowerCase();
    const button = /^[a-z]$/.test(letter) && row.querySelector(`[data-key="${letter}"]`);
    if (button) {
      event.preventDefault();
      button.click();
    }
  });

  document.addEventListener("click", (event) => {
    const closer = event.target.closest("[data-close]");
    if (!closer || !document.querySelector("[data-list]")) return; // on a page of its own it leads back to the list
    event.preventDefault();
    close(rowOf(closer));
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    const row = rowOf(event.detail.elt);
    if (!row) return;
    acted = row.id;
    below = row.nextElementSibling?.id ?? null;
    // One panel at a time: the others would only be in the way. What was typed into one, or is just being saved, stays.
    for (const panel of document.querySelectorAll("[data-panel]")) {
      const typed = [...panel.querySelectorAll("textarea")].some((field) => field.value !== field.defaultValue);
      if (rowOf(panel) !== row && !typed && !panel.querySelector(".htmx-request")) panel.remove();
    }
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    if (!acted) return;
    const row = document.getElementById(acted);
    if (!row) return;
    acted = null;
    const panel = row.querySelector("[data-panel]");
    const wrong = panel?.querySelector("[autofocus], .is-invalid");
    if (panel) {
      (wrong ?? panel.querySelector("input[type=radio]:checked, select, a, button"))?.focus({ preventScroll: true });
      const tall = row.offsetHeight > window.innerHeight - 160;
      row.scrollIntoView({ block: tall ? "start" : "nearest" });
    } else if (row.querySelector("[role=alert]") || !row.matches(".contact-ended, .contact-later") || !below) {
      choose(row);
    } else {
      choose(document.getElementById(below) ?? row);
    }
  });

  // A line that broke, or a server that is away: told in the row, everything typed still stands there.
  function failed(event) {
    const row = rowOf(event.detail.elt);
    const words = row?.closest("[data-failed]")?.dataset.failed;
    if (!words) return;
    acted = null;
    row.querySelector("[data-told]")?.remove();
    const told = document.createElement("div");
    told.className = "contact-panel banner banner-danger mb-0";
    told.dataset.told = "";
    told.setAttribute("role", "alert");
    told.textContent = words;
    row.append(told);
    row.classList.remove("htmx-request");
  }
  document.addEventListener("htmx:sendError", failed);
  document.addEventListener("htmx:responseError", failed);

  // The session ended meanwhile: htmx would leave for the sign-in and lose what was typed. Sent as a form it is kept.
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const form = event.detail.elt.closest?.("form[data-keep]");
    if (form && event.detail.xhr.getResponseHeader("HX-Redirect")) {
      event.preventDefault();
      form.removeAttribute("data-guard");
      form.submit();
    }
  });
})();
