"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const find = (id) => document.getElementById(id);

  // Curves: a box for each codec.
  for (const box of document.querySelectorAll("#legend input"))
    box.addEventListener("change", () => {
      for (const group of document.querySelectorAll(`.codec[data-codec="${box.value}"]`)) group.classList.toggle("off", !box.checked);
    });

  // Comparison: what is shown stands in the address, after #compare?
  const viewer = find("viewer");
  if (!viewer) return;
  const shown = data.pictures.filter((picture) => picture.image >= 0);
  const state = { p: shown[0].name, b: data.shownBudget, l: "original", r: data.codecs[0], s: 50, z: 1, x: 0, y: 0 };
  const parts = { p: find("picture"), b: find("budget"), l: find("left"), r: find("right") };
  const fill = (select, names) => select.replaceChildren(...names.map((name) => new Option(name, name)));
  fill(parts.p, shown.map((picture) => picture.name));
  fill(parts.b, data.budgets);
  fill(parts.l, ["original", ...data.codecs]);
  fill(parts.r, ["original", ...data.codecs]);

  const read = () => {
    const [place, query] = decodeURI(location.hash).split("?");
    if (place !== "#compare" || !query) return false;
    for (const [key, value] of new URLSearchParams(query)) if (key in state) state[key] = typeof state[key] === "number" ? +value || 0 : value;
    return true;
  };
  let waiting = 0;
  const write = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const query = new URLSearchParams(Object.entries(state).map(([key, value]) => [key, typeof value === "number" ? +value.toFixed(3) : value]));
      history.replaceState(null, "", `#compare?${query}`);
    }, 150);
  };
  const point = (codec) => {
    const p = data.pictures.findIndex((picture) => picture.name === state.p);
    if (codec === "original") return { image: data.pictures[p] ? data.pictures[p].image : -1 };
    const c = data.codecs.indexOf(codec), b = data.budgets.indexOf(state.b);
    return data.points.find((one) => one.p === p && one.c === c && one.b === b);
  };
  const blank = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";
  const show = (side) => {
    const codec = state[side], one = point(codec), picture = find(`image${side}`);
    picture.src = one && one.image >= 0 ? data.images[one.image] : blank;
    const first = data.metrics.slice(0, 2).map((metric, at) => (one && one.v && one.v[at] !== null ? `${metric.label} ${one.v[at]}` : "")).filter(Boolean);
    const text = codec === "original" ? "original" : one ? `${codec}, ${one.bytes.toLocaleString("en")} bytes` : `${codec}: no file of ${state.b}`;
    find(`tag${side}`).textContent = [text, ...first].join(" · ");
  };
  const place = () => {
    const box = viewer.getBoundingClientRect();
    state.z = Math.min(16, Math.max(1, state.z));
    state.x = Math.min(0, Math.max(box.width * (1 - state.z), state.x));
    state.y = Math.min(0, Math.max(box.height * (1 - state.z), state.y));
    for (const side of ["l", "r"]) {
      const picture = find(`image${side}`);
      picture.style.transform = `translate(${(100 * state.x) / box.width}%,${(100 * state.y) / box.height}%) scale(${state.z})`;
      picture.style.imageRendering = state.z >= 3 ? "pixelated" : "auto";
    }
    const cut = (state.s - (100 * state.x) / box.width) / state.z; // per cent, so that it holds at the width of paper
    find("imagel").style.clipPath = `polygon(-1px -1px,${cut}% -1px,${cut}% 100%,-1px 100%)`;
    find("bar").style.left = `${state.s}%`;
    find("slide").value = state.s;
  };
  const draw = () => {
    const picture = data.pictures.find((one) => one.name === state.p) || shown[0];
    viewer.style.aspectRatio = `${picture.w} / ${picture.h}`;
    viewer.style.width = `min(100%, ${(82 * picture.w) / picture.h}vh)`;
    for (const key of Object.keys(parts)) parts[key].value = state[key];
    show("l");
    show("r");
    place();
  };
  for (const [key, select] of Object.entries(parts)) select.addEventListener("change", () => { state[key] = select.value; draw(); write(); });
  find("slide").addEventListener("input", (event) => { state.s = +event.target.value; place(); write(); });
  const zoom = (factor, x, y) => {
    const before = state.z;
    state.z = Math.min(16, Math.max(1, before * factor));
    state.x = x - ((x - state.x) * state.z) / before;
    state.y = y - ((y - state.y) * state.z) / before;
    place();
    write();
  };
  for (const [id, factor] of [["closer", 2], ["further", 0.5]])
    find(id).addEventListener("click", () => { const box = viewer.getBoundingClientRect(); zoom(factor, box.width / 2, box.height / 2); });
  find("swap").addEventListener("click", () => { [state.l, state.r] = [state.r, state.l]; draw(); write(); });
  viewer.addEventListener("wheel", (event) => {
    event.preventDefault();
    const box = viewer.getBoundingClientRect();
    zoom(event.deltaY < 0 ? 1.25 : 0.8, event.clientX - box.left, event.clientY - box.top);
  }, { passive: false });
  // One finger or the mouse: near the bar it moves the bar, elsewhere the picture; two fingers zoom.
  const touches = new Map();
  let bar = false;
  viewer.addEventListener("pointerdown", (event) => {
    viewer.setPointerCapture(event.pointerId);
    touches.set(event.pointerId, [event.clientX, event.clientY]);
    const box = viewer.getBoundingClientRect();
    bar = state.z === 1 || Math.abs(event.clientX - box.left - (state.s / 100) * box.width) < 24;
  });
  viewer.addEventListener("pointermove", (event) => {
    const before = touches.get(event.pointerId);
    if (!before) return;
    const box = viewer.getBoundingClientRect();
    const others = [...touches].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
    touches.set(event.pointerId, [event.clientX, event.clientY]);
    if (others.length) {
      const far = (from) => Math.hypot(from[0] - others[0][0], from[1] - others[0][1]);
      zoom(far([event.clientX, event.clientY]) / Math.max(1, far(before)), (event.clientX + others[0][0]) / 2 - box.left, (event.clientY + others[0][1]) / 2 - box.top);
    } else if (bar) {
      state.s = Math.min(100, Math.max(0, ((event.clientX - box.left) / box.width) * 100));
    } else {
      state.x += event.clientX - before[0];
      state.y += event.clientY - before[1];
    }
    place();
    write();
  });
  for (const end of ["pointerup", "pointercancel"]) viewer.addEventListener(end, (event) => touches.delete(event.pointerId));
  addEventListener("resize", place);
  addEventListener("hashchange", () => { if (read()) draw(); });
  const given = read();
  draw();
  if (given) find("compare").scrollIntoView();
})();
