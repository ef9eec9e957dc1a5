// Says so when the page no longer reaches the terminal: an old green must not look like a new one.
// Lets somebody with a keyboard type a PIN at once, without looking for the field.
// Shows the buttons that print, which a browser without script cannot.
// Everything else on the pages is plain HTML and htmx attributes.
(() => {
  const band = () => document.getElementById("mat-noi");
  document.addEventListener("htmx:afterRequest", (event) => {
    band().hidden = Boolean(event.detail.successful);
  });
  // While cut off, ask for the present state at once instead of waiting for the next change.
  document.addEventListener("htmx:configRequest", (event) => {
    if (!band().hidden) event.detail.path = event.detail.path.replace(/after=\d+/, "after=-1");
  });
  document.addEventListener("keydown", (event) => {
    const field = document.querySelector("[data-typing]");
    const busy = document.activeElement?.matches("input, textarea, select");
    if (field && !busy && !event.ctrlKey && !event.altKey && !event.metaKey && /^[0-9a-z]$/i.test(event.key)) field.focus();
  });
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
})();
