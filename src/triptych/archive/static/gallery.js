"use strict";
// The gallery's page. Files and details come from data/*.js, which call setFiles and setDetails.

const gallery = (() => {
  const AT_ONCE = 120; // tiles added when the end comes near the view,
  const AHEAD = 1200; // so many pixels before
  const part = Number(document.documentElement.dataset.part);
  const byId = (id) => document.getElementById(id);
  const [tiles, end, dialog] = ["tiles", "end", "picture"].map(byId);
  let way = ""; // from the page to the folder of the files
  let files = [];
  let shown = []; // those that match, in their order
  let opened = -1; // place in `shown`
  const details = new Map(); // part -> its details
  const waiting = new Map(); // part -> functions that want them

  const orders = {
    newest: (a, b) => b.time - a.time || a.number - b.number,
    oldest: (a, b) => a.time - b.time || a.number - b.number,
    name: (a, b) => a.number - b.number,
    smallest: (a, b) => a.bytes - b.bytes || a.number - b.number,
    largest: (a, b) => b.bytes - a.bytes || a.number - b.number,
  };

  const plain = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
  const link = (place) => way + "/" + place.split("/").map(encodeURIComponent).join("/");
  const about = (file) => file.prompt || file.place.split("/").pop();

  function setFiles(folder, rows) {
    way = folder;
    files = rows.map(([place, thumb, width, height, bytes, time, prompt, damaged], number) => ({
      place, thumb: thumb && "thumbs/" + thumb, width, height, bytes, time, prompt, damaged, number,
      text: plain(prompt + " " + place),
    }));
    recall();
  }

  // What the address says: words, order, and the picture that is open.
  function recall() {
    const asked = new URLSearchParams(location.hash.slice(1));
    byId("search").value = asked.get("q") || "";
    byId("sort").value = asked.get("sort") in orders ? asked.get("sort") : "newest";
    if (dialog.open) dialog.close();
    select();
    const place = shown.findIndex((file) => file.place === asked.get("file"));
    if (place >= 0) open(place);
  }

  // --- the tiles ---

  function select() {
    const words = plain(byId("search").value).split(/\s+/).filter(Boolean);
    shown = files.filter((file) => words.every((word) => file.text.includes(word))).sort(orders[byId("sort").value]);
    tiles.replaceChildren();
    byId("nothing").hidden = shown.length > 0;
    const [some, all] = [shown, files].map((list) => list.length.toLocaleString("en"));
    byId("count").textContent = some === all ? `${all} pictures` : `${some} of ${all}`;
    more();
    remember();
  }

  function more() {
    const start = tiles.childElementCount;
    if (start >= shown.length) return;
    const added = document.createDocumentFragment();
    shown.slice(start, start + AT_ONCE).forEach((file, index) => added.append(tile(file, start + index)));
    tiles.append(added);
    // On a tall screen the end is still in view, and nothing would tell us.
    if (end.getBoundingClientRect().top < innerHeight + AHEAD) requestAnimationFrame(more);
  }

  function tile(file, place) {
    const button = document.createElement("button");
    button.className = "tile";
    button.type = "button";
    button.dataset.place = place;
    button.setAttribute("aria-label", about(file));
    const image = document.createElement("img");
    image.loading = "lazy";
    image.decoding = "async";
    image.alt = "";
    image.src = file.thumb;
    image.onerror = () => image.replaceWith(line("none", "damaged"));
    button.append(image, line("says", about(file)), line("size", `${file.bytes} bytes${file.damaged ? ", damaged" : ""}`));
    return button;
  }

  function line(name, text) {
    const span = document.createElement("span");
    span.className = name;
    span.textContent = text;
    return span;
  }

  // --- one picture ---

  function open(place) {
    if (place < 0 || place >= shown.length) return;
    opened = place;
    const file = shown[place];
    byId("large").src = file.thumb;
    byId("large").alt = about(file);
    byId("name").textContent = file.place;
    byId("prompt").textContent = file.prompt || "No prompt is in this file.";
    byId("file").href = link(file.place);
    byId("previous").disabled = place === 0;
    byId("next").disabled = place === shown.length - 1;
    describe(file, {});
    withDetails(file.number, (found) => { if (shown[opened] === file) describe(file, found); });
    if (!dialog.open) dialog.showModal();
    remember();
  }

  function describe(file, found) {
    const rows = [
      ["size", file.width ? `${file.width} × ${file.height} pixels` : null],
      ["file", `${file.bytes} bytes` + (file.width
        ? `, ${(file.bytes * 8 / file.width / file.height).toFixed(4)} bpp` : "")],
      ["layers", found.layers && Object.entries(found.layers).map(([name, bytes]) => `${name} ${bytes}`).join(", ")],
      ["changed", new Date(file.time * 1000).toLocaleString()],
      ["negative", found.negative], ["model", found.model], ["LoRAs", found.loras && found.loras.join(", ")],
      ["seed", found.seed], ["sampler", found.sampler], ["steps", found.steps], ["guidance", found.guidance],
      ["made with", found.tool], ["damaged", found.error],
    ];
    byId("details").replaceChildren(...rows.filter(([, value]) => value !== undefined && value !== null).flatMap(
      ([name, value]) => ["dt", "dd"].map((kind, index) => {
        const element = document.createElement(kind);
        element.textContent = index ? value : name;
        return element;
      })));
  }

  function withDetails(number, use) {
    const which = Math.floor(number / part);
    const take = (list) => use(list[number % part]);
    if (details.has(which)) return take(details.get(which));
    if (!waiting.has(which)) {
      waiting.set(which, []);
      const script = document.createElement("script");
      script.src = `data/${which}.js`;
      document.head.append(script);
    }
    waiting.get(which).push(take);
  }

  function setDetails(which, list) {
    details.set(which, list);
    (waiting.get(which) || []).forEach((use) => use(list));
    waiting.delete(which);
  }

  function remember() {
    const state = new URLSearchParams();
    if (byId("search").value) state.set("q", byId("search").value);
    if (byId("sort").value !== "newest") state.set("sort", byId("sort").value);
    if (dialog.open) state.set("file", shown[opened].place);
    const text = state.toString();
    history.replaceState(null, "", text ? "#" + text : location.pathname + location.search);
  }

  // --- what people do ---

  const columns = () => getComputedStyle(tiles).gridTemplateColumns.split(" ").length;

  function move(steps) {
    const focused = document.activeElement.closest(".tile");
    const place = focused ? Number(focused.dataset.place) + steps : 0;
    while (place >= tiles.childElementCount && tiles.childElementCount < shown.length) more();
    if (tiles.children[place]) tiles.children[place].focus();
  }

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (dialog.open) {
      if (event.key === "ArrowLeft") open(opened - 1);
      else if (event.key === "ArrowRight") open(opened + 1);
      else return;
    } else if (event.target.matches("input, select")) {
      if (event.key === "Escape" || (event.key === "ArrowDown" && event.target.id === "search")) move(0);
      else return;
    } else if (event.key === "/") byId("search").focus();
    else if (event.key === "ArrowRight") move(1);
    else if (event.key === "ArrowLeft") move(-1);
    else if (event.key === "ArrowDown") move(columns());
    else if (event.key === "ArrowUp") move(-columns());
    else return;
    event.preventDefault();
  });
  addEventListener("hashchange", recall);
  tiles.addEventListener("click", (event) => {
    const found = event.target.closest(".tile");
    if (found) open(Number(found.dataset.place));
  });
  let pause;
  byId("search").addEventListener("input", () => { clearTimeout(pause); pause = setTimeout(select, 120); });
  byId("sort").addEventListener("change", select);
  byId("previous").addEventListener("click", () => open(opened - 1));
  byId("next").addEventListener("click", () => open(opened + 1));
  byId("close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => {
    remember();
    if (tiles.children[opened]) tiles.children[opened].focus();
  });
  byId("copy").addEventListener("click", () => {
    const text = shown[opened].prompt;
    if (navigator.clipboard) navigator.clipboard.writeText(text).catch(() => mark());
    else mark();
    function mark() { getSelection().selectAllChildren(byId("prompt")); }
  });
  byId("theme").addEventListener("click", () => theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));

  function theme(name) {
    document.documentElement.dataset.theme = name;
    try { localStorage.setItem("triptych-theme", name); } catch { /* not kept from disk in some browsers */ }
  }
  let kept = null;
  try { kept = localStorage.getItem("triptych-theme"); } catch { /* the same */ }
  theme(kept || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));

  new IntersectionObserver((entries) => { if (entries[0].isIntersecting) more(); }, { rootMargin: `${AHEAD}px` }).observe(end);

  return { setFiles, setDetails };
})();
