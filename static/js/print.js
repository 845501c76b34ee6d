// The print page of a receipt opens the printer by itself.
"use strict";
window.addEventListener("load", () => window.print());
