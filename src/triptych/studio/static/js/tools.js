// The tools: what the pointer does on the canvas. Each gives edits of `triptych edit` to `apply`.
import { apply, canKeepFiner, info, keepFiner, layer, on, say } from './core.js';
import { $, element } from './dom.js';
import { shapes } from './shapes.js';
import { store } from './store.js';
import { T } from './texts.js';
import { colourAt, overlay, pan, size, stage, toPicture, zoom, zoomTo } from './view.js';

const Konva = window.Konva;
export const state = { tool: 'hand', brush: 24, colour: '#3b82c4', shape: 'lasso', region: null, stroke: null, person: null };
const TOOLS = [
  ['hand', 'V'], ['select', 'M'], ['draw', 'D'], ['erase', 'E'], ['stroke', 'S'], ['people', 'P'], ['paint', 'B'], ['pick', 'I'],
];
export const KEYS = Object.fromEntries(TOOLS.map(([name, key]) => [key.toLowerCase(), name]));
const textOf = (name) => T[`tool${name[0].toUpperCase()}${name.slice(1)}`];
const round = (value) => Math.round(value * 10) / 10;
const pair = ({ x, y }) => `${round(x)},${round(y)}`;
const MOST_POINTS = 400;

$('rail').append(...TOOLS.map(([name, key]) => element('button', {
  class: 'icon', icon: name, id: `tool-${name}`, 'aria-pressed': 'false', title: `${textOf(name)} (${key})`,
  'aria-label': textOf(name), 'aria-keyshortcuts': key, onclick: () => use(name),
})));

export function use(name) {
  if (state.tool !== name) Object.assign(state, { region: name === 'select' ? state.region : null, stroke: null });
  state.tool = name;
  for (const [each] of TOOLS) $(`tool-${each}`).setAttribute('aria-pressed', String(each === name));
  $('stage').dataset.tool = name;
  refresh();
}

// --- options of the tool --------------------------------------------------------------------------------------------

const button = (text, onclick, extra = {}) => element('button', { class: 'small', text, onclick, ...extra });
const hint = (text) => element('span', { class: 'hint', text });
const field = (text, input) => element('label', { class: 'inline' }, element('span', { text }), input);
const brush = () => field(T.brush, element('input', {
  type: 'range', min: 4, max: Math.max(...size()) / 2, value: state.brush, id: 'brush', oninput: (e) => { state.brush = Number(e.target.value); },
}));
const colour = () => field(T.colour, element('input', { type: 'color', value: state.colour, id: 'colour', oninput: (e) => { state.colour = e.target.value; } }));
const shift = (text, option, most) => field(text, element('input', {
  type: 'range', min: -most, max: most, value: 0, 'data-shift': option,
  onchange: (e) => { const v = e.target.value; e.target.value = 0; if (v !== '0') apply([[option, state.region ?? 'all', v]]); },
}));

function options() {
  if (!store.current?.file) return [];
  const region = state.region;
  switch (state.tool) {
    case 'hand': return [hint(T.hintHand)];
    case 'draw': return [hint(T.hintDraw)];
    case 'erase': return [brush(), hint(T.hintErase)];
    case 'paint': return layer('texture') ? [colour(), brush(), hint(T.hintPaint)] : [hint(T.noColours)];
    case 'pick': return [colour(), hint(T.hintPick)];
    case 'stroke': return state.stroke === null ? [hint(layer('edges') ? T.hintStroke : T.noEdges)] : [
      button(T.smooth, () => strokeEdit('--smooth-edges', '3')), button(T.eraseLine, () => strokeEdit('--erase-edges')), hint(T.hintSelected)];
    case 'people': return [button(T.addPerson, addPerson),
      state.person && button(T.mirrorPerson, () => apply([['--mirror-person', state.person]])),
      state.person && button(T.removePerson, () => { const n = state.person; state.person = null; apply([['--remove-person', n]]); }),
      store.current.people && canKeepFiner() && button(T.finerFaces, () => keepFiner('faces'), { id: 'finer-faces' }),
      hint(layer('pose') ? T.hintPeople : T.noPeople)];
    case 'select': {
      const shape = element('select', { id: 'shape', 'aria-label': T.shape, onchange: (e) => { state.shape = e.target.value; } },
        element('option', { value: 'lasso', text: T.lasso }), element('option', { value: 'box', text: T.box }));
      shape.value = state.shape;
      const colours = layer('texture') ? [shift(T.temperature, '--temperature', 100), shift(T.lightness, '--lightness', 50),
        shift(T.saturation, '--saturation', 100), shift(T.hue, '--hue', 180)] : [];
      const row = element('span', { class: 'break' });
      if (!region) return [shape, hint(T.hintSelect), row, ...colours];
      return [shape, button(T.eraseObject, eraseObject, { id: 'erase-object' }), button(T.duplicate, duplicate, { id: 'duplicate' }),
        layer('texture') && colour(), layer('texture') && button(T.fillColour, () => apply([['--paint', region, state.colour]]), { id: 'fill-colour' }),
        layer('edges') && button(T.smooth, () => apply([['--smooth-edges', region, '3']])),
        canKeepFiner() && button(T.finer, () => keepFiner(bounds(state.points)), { id: 'finer' }),
        button(T.crop, () => { state.region = null; apply([['--crop', region]]); }, { id: 'crop' }),
        button(T.deselect, unmark, { id: 'deselect' }), row, ...colours];
    }
    default: return [];
  }
}

export function unmark() { Object.assign(state, { region: null, stroke: null, person: null }); refresh(); }
function eraseObject() { const r = state.region; state.region = null; apply([['--erase', r]]); }
function duplicate() { const w = size()[0]; apply([['--duplicate', state.region, `${round(w / 8)},0`]]); }
function addPerson() { const [w, h] = size(); apply([['--add-person', `${round(w / 2)},${round(h / 2)}`, String(round(h * 0.7))]]); }
function strokeEdit(option, ...more) {
  const region = band(info().lines[state.stroke]);
  state.stroke = null;
  apply([[option, region, ...more]]);
}
export function erase() {
  if (state.tool === 'select' && state.region) eraseObject();
  else if (state.tool === 'stroke' && state.stroke !== null) strokeEdit('--erase-edges');
  else if (state.tool === 'people' && state.person) { const n = state.person; state.person = null; apply([['--remove-person', n]]); }
}
export function resizeBrush(by) { state.brush = Math.min(Math.max(state.brush * by, 4), Math.max(...size())); refresh(); }

// The cells of a grid layer in pixels.
const cell = (name) => { const grid = layer(name)?.grid ?? [128, 128]; return Math.max(size()[0] / grid[1], size()[1] / grid[0]); };
// A region around a line that holds its cells and no others.
function band(points) { return `${thinned(points.map(([x, y]) => ({ x, y })), 1).map(pair).join(' ')} @${round(cell('edges') * 1.3)}`; }

// A line with as few points as show it to within half a pixel (Douglas and Peucker), none nearer to the next than `least`.
function thinned(points, least) {
  const far = points.filter((p, i) => i === 0 || i === points.length - 1 || Math.hypot(p.x - points[i - 1].x, p.y - points[i - 1].y) >= Math.min(least, 2));
  let slack = 0.5;
  let kept = simplified(far, slack);
  while (kept.length > MOST_POINTS) { slack *= 2; kept = simplified(far, slack); }
  return kept;
}
function simplified(points, slack) {
  if (points.length < 3) return points;
  const [a, b] = [points[0], points.at(-1)];
  const square = (b.x - a.x) ** 2 + (b.y - a.y) ** 2;
  const off = ({ x, y }) => { // from the line between the ends
    const t = square ? Math.min(Math.max(((x - a.x) * (b.x - a.x) + (y - a.y) * (b.y - a.y)) / square, 0), 1) : 0;
    return Math.hypot(x - a.x - t * (b.x - a.x), y - a.y - t * (b.y - a.y));
  };
  let at = 0;
  points.forEach((p, i) => { if (off(p) > off(points[at])) at = i; });
  if (off(points[at]) <= slack) return [a, b];
  return [...simplified(points.slice(0, at + 1), slack).slice(0, -1), ...simplified(points.slice(at), slack)];
}

// --- what lies over the picture -------------------------------------------------------------------------------------

const trail = new Konva.Line({ lineCap: 'round', lineJoin: 'round', listening: false });

export function refresh() {
  $('options').replaceChildren(...options().filter(Boolean));
  over();
}

function over() {
  overlay.destroyChildren();
  const made = store.current?.file && info() ? shapes(state, {
    moveJoint: (person, joint, at) => apply([['--move-joint', String(person), joint.replaceAll('_', '-'), at ? pair(at) : 'none']]),
    movePerson: (person, by) => apply([['--move-person', String(person), pair(by)]]),
    choosePerson: (person) => { state.person = String(person); refresh(); },
  }) : [];
  if (made.length) overlay.add(...made);
  overlay.add(trail);
  overlay.batchDraw();
}
on('change', () => { state.stroke = null; refresh(); });
let shownZoom = 0;
on('view', () => { if (zoom() !== shownZoom) { shownZoom = zoom(); over(); } });

// --- the pointer ----------------------------------------------------------------------------------------------------

const fingers = new Map();
let gesture = null; // { points, kind, last }
export const held = { space: false };

$('stage').addEventListener('pointerdown', (event) => {
  if (!store.current?.file) return;
  fingers.set(event.pointerId, event);
  if (fingers.size === 2) { cancel(); gesture = { kind: 'pinch', before: spread() }; return; }
  if (stage.getIntersection({ x: event.offsetX, y: event.offsetY })?.getAttr('handle')) return; // Konva drags it
  const at = toPicture(event);
  const kind = event.button === 1 || held.space ? 'hand' : state.tool === 'paint' && event.altKey ? 'pick' : state.tool;
  gesture = { kind, points: [at], from: at, screen: event };
  if (kind === 'select' && state.region && inside(at, state.points)) gesture.kind = 'move';
  if (kind === 'stroke') choose(at);
  if (kind === 'pick') take(at);
  try { $('stage').setPointerCapture(event.pointerId); } catch { /* a pointer that a test made */ }
  if (event.button !== 1) event.preventDefault();
  $('stage').focus({ preventScroll: true });
});

$('stage').addEventListener('pointermove', (event) => {
  const before = fingers.get(event.pointerId);
  if (!before || !gesture) return;
  fingers.set(event.pointerId, event);
  const at = toPicture(event);
  if (gesture.kind === 'pinch') { pinch(); return; }
  if (gesture.kind === 'hand') { pan(event.clientX - before.clientX, event.clientY - before.clientY); return; }
  gesture.points.push(at);
  feedback(gesture, at);
});

const end = (event) => {
  fingers.delete(event.pointerId);
  const done = gesture;
  gesture = fingers.size ? gesture : null;
  trail.visible(false);
  overlay.batchDraw();
  if (done && done.kind !== 'pinch' && event.type === 'pointerup') finish(done, toPicture(event));
};
$('stage').addEventListener('pointerup', end);
$('stage').addEventListener('pointercancel', end);
function cancel() { gesture = null; trail.visible(false); }

const spread = () => {
  const [a, b] = [...fingers.values()];
  const box = $('stage').getBoundingClientRect();
  return { far: Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY), x: (a.clientX + b.clientX) / 2 - box.left, y: (a.clientY + b.clientY) / 2 - box.top };
};
function pinch() {
  if (fingers.size < 2) return;
  const now = spread();
  pan(now.x - gesture.before.x, now.y - gesture.before.y);
  zoomTo((zoom() * now.far) / Math.max(gesture.before.far, 1), now);
  gesture.before = now;
}

function feedback({ kind, points, from }, at) {
  const thin = 2 / zoom();
  const flat = points.flatMap(({ x, y }) => [x, y]);
  if (kind === 'draw') trail.setAttrs({ points: flat, stroke: '#e5484d', strokeWidth: thin, opacity: 1, closed: false, dash: [], x: 0, y: 0 });
  else if (kind === 'erase') trail.setAttrs({ points: flat, stroke: '#e5484d', strokeWidth: state.brush, opacity: 0.35, closed: false, dash: [], x: 0, y: 0 });
  else if (kind === 'paint') trail.setAttrs({ points: flat, stroke: state.colour, strokeWidth: Math.max(state.brush, cell('texture')), opacity: 0.8, closed: false, dash: [], x: 0, y: 0 });
  else if (kind === 'select') {
    const box = [from.x, from.y, at.x, from.y, at.x, at.y, from.x, at.y];
    trail.setAttrs({ points: state.shape === 'box' ? box : flat, stroke: '#2f8cff', strokeWidth: thin, opacity: 1, closed: state.shape === 'box', dash: [6 / zoom(), 4 / zoom()], x: 0, y: 0 });
  } else if (kind === 'move' || (kind === 'stroke' && state.stroke !== null)) {
    const shape = kind === 'move' ? state.points.flatMap(({ x, y }) => [x, y]) : info().lines[state.stroke].flat();
    trail.setAttrs({ points: shape, stroke: '#2f8cff', strokeWidth: thin, opacity: 1, closed: kind === 'move', dash: [], x: at.x - from.x, y: at.y - from.y });
  } else return;
  trail.visible(true);
  overlay.batchDraw();
}

function finish({ kind, points, from }, at) {
  const [w, h] = size();
  const far = Math.hypot(at.x - from.x, at.y - from.y) * zoom() > 4;
  const by = pair({ x: at.x - from.x, y: at.y - from.y });
  if (kind === 'draw' && points.length > 1) apply([['--draw', thinned(points, cell('edges') / 2).map(pair).join(' '), '0']]);
  else if (kind === 'erase') {
    if (!layer('edges')) say(T.noEdges);
    else apply([['--erase-edges', `${thinned(points, state.brush / 8).map(pair).join(' ')} @${round(state.brush)}`]]);
  } else if (kind === 'paint' && layer('texture')) {
    // A brush reaches at least the cells that it passes over.
    const side = cell('texture');
    const snap = ({ x, y }) => ({ x: (Math.floor(x / side) + 0.5) * side, y: (Math.floor(y / side) + 0.5) * side });
    const path = state.brush < side ? thinned(points.map(snap), 1) : thinned(points, side / 4);
    apply([['--paint', `${path.map(pair).join(' ')} @${round(Math.max(state.brush, side * 0.6))}`, state.colour]]);
  } else if (kind === 'select') {
    if (!far && points.length < 6) { unmark(); return; }
    const clip = ({ x, y }) => ({ x: Math.min(Math.max(x, 0), w), y: Math.min(Math.max(y, 0), h) });
    const a = clip(from), b = clip(at);
    const [l, t, r, o] = [Math.min(a.x, b.x), Math.min(a.y, b.y), Math.max(a.x, b.x), Math.max(a.y, b.y)];
    mark(state.shape === 'box' ? [{ x: l, y: t }, { x: r, y: t }, { x: r, y: o }, { x: l, y: o }] : thinned(points.map(clip), 3 / zoom()), state.shape === 'box');
  } else if (kind === 'move' && far) {
    const region = state.region;
    mark(state.points.map(({ x, y }) => ({ x: x + at.x - from.x, y: y + at.y - from.y })), !region.includes(' '));
    apply([['--move', region, by]]);
  } else if (kind === 'stroke' && state.stroke !== null && far) {
    const region = band(info().lines[state.stroke]);
    apply([['--move-edges', region, by]]);
  }
}

function mark(points, box) {
  if (points.length < 3) return;
  state.points = points;
  state.region = box ? [points[0].x, points[0].y, points[2].x, points[2].y].map(round).join(',') : points.map(pair).join(' ');
  refresh();
}
function bounds(points) {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)].map(round).join(',');
}
function inside({ x, y }, points) {
  let found = false;
  points.forEach((a, i) => {
    const b = points[(i + points.length - 1) % points.length];
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) found = !found;
  });
  return found;
}
function choose(at) {
  let best = 12 / zoom();
  state.stroke = null;
  (info().lines ?? []).forEach((line, index) => line.forEach(([x, y]) => {
    const d = Math.hypot(x - at.x, y - at.y);
    if (d < best) { best = d; state.stroke = index; }
  }));
  refresh();
}
function take(at) { const found = colourAt(at); if (found) { state.colour = found; refresh(); } }
