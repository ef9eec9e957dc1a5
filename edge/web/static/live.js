// Says so when the page no longer reaches the terminal: an old green must not look like a new one.
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
})();
