// A tap on a field puts it where the cursor is, in the text or the subject.
(() => {
  const text = document.querySelector("#id_text");
  let last = text;
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("#id_text, #id_subject")) last = event.target;
  });
  document.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-insert]");
    if (!chip || !last) return;
    last.setRangeText(chip.dataset.insert, last.selectionStart, last.selectionEnd, "end");
    last.focus();
    last.dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
