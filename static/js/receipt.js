// The receipt: one tap copies the words for WeChat; the print page opens the printer by itself.
"use strict";
(() => {
  document.querySelectorAll("[data-copy]").forEach((button) => {
    const text = document.getElementById(button.dataset.copy);
    const label = button.innerHTML;
    button.hidden = false;
    button.addEventListener("click", async () => {
      text.select();
      try {
        await navigator.clipboard.writeText(text.value);
      } catch {
        document.execCommand("copy"); // a page served without https has no clipboard of its own
      }
      button.textContent = button.dataset.copied;
      setTimeout(() => { button.innerHTML = label; }, 2000);
    });
  });
  if (document.body.classList.contains("print")) window.addEventListener("load", () => window.print());
})();
