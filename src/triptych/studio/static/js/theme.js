// Before the first paint, so that the page does not flash in the other colours.
(() => {
  const kept = localStorage.getItem('triptych-theme');
  if (kept) document.documentElement.dataset.theme = kept;
})();
