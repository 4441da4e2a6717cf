// The button of a page that is made to be printed.

for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => window.print());
