// The button of the statement opens the printer; without scripts the browser's own menu does.
"use strict";
document.querySelector("[data-print]").addEventListener("click", () => window.print());
