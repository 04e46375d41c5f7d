// What is done to documents, and the pictures that are painted of them. Whoever shows something listens to `events`.
import * as api from './api.js';
import { keep, store } from './store.js';
import { T } from './texts.js';

export const events = new EventTarget();
export const emit = (name, detail) => events.dispatchEvent(new CustomEvent(name, { detail }));
export const on = (name, listener) => events.addEventListener(name, (event) => listener(event.detail));
export const say = (text) => emit('toast', text);

const EMBEDDED = ['sketch', 'miniature'];
const PREVIEW = 320; // longer side of the first painting, in pixels
const PATIENCE = 250; // milliseconds without an edit until the decoder proper paints
const RESHAPING = new Set(['--crop', '--canvas', '--resize']); // the painting has to wait for the new size
const MOVING = new Set([...RESHAPING, '--mirror']);
const KEPT = 60; // paintings
const infos = new WeakMap(); // step -> what the file holds
const paintings = new Map(); // what is painted -> { blob, seconds }
export const server = { decoders: { embedded: EMBEDDED, others: [], default: 'miniature' } };

export const info = (doc = store.current) => (doc && doc.steps[doc.at] ? infos.get(doc.steps[doc.at]) : undefined);
export const layer = (name, doc = store.current) => info(doc)?.layers.find((each) => each.name === name)?.value;
export const decoderOf = (doc) => doc.decoder ?? server.decoders.default;

// --- edits: one after the other, each on the file that the one before gave -------------------------------------------

let queue = Promise.resolve();
let pending = 0;
const inTurn = (work) => {
  pending += 1;
  emit('busy', true);
  const done = queue.then(work).catch((error) => { say(error.message); return null; }).finally(() => {
    pending -= 1;
    if (!pending) emit('busy', false);
  });
  queue = done;
  return done;
};
export const idle = () => queue;

const shownLayers = (doc, found = info(doc)) => {
  if (!doc.hidden.length || !found) return undefined;
  return found.layers.map((each) => each.name).filter((name) => !doc.hidden.includes(name));
};
const preview = (doc) => ({ size: PREVIEW, layers: shownLayers(doc) });

function took(doc, step, made) {
  const before = info(doc);
  doc.push(step);
  infos.set(doc.steps[doc.at], made.info);
  doc.thumb = made.preview ?? doc.thumb; // a sketch stands for the file in the strip
  keep(doc);
  for (const note of made.notes.slice(-3)) say(note);
  if (doc === store.current) {
    if (made.preview && !made.shown) emit('painted', { blob: made.preview, quick: true, doc });
    emit('change', { resized: before?.width !== made.info.width || before.height !== made.info.height });
    paintSoon(doc);
  }
  return true;
}

// Make edits ([option, ...values] each) on a document. What an edit takes from a file comes in `files`.
export const apply = (edits, { doc = store.current, files = {}, label } = {}) => inTurn(async () => {
  if (!doc?.file) return null;
  const change = { file: doc.file, edits, files };
  // Painted first, coded afterwards: whoever draws waits for the painting only.
  const blob = await api.preview({ ...change, preview: preview(doc) });
  const shown = doc === store.current && !edits.some(([option]) => RESHAPING.has(option));
  if (shown) { clearTimeout(timer); running?.abort.abort(); emit('painted', { blob, quick: true, doc }); }
  const made = await api.edit(change);
  if (same(made.file, doc.file)) { emit('change', {}); paintSoon(doc, 0); return null; }
  Object.assign(made, { preview: blob, shown });
  doc.extra = { ...doc.extra, ...files };
  return took(doc, { file: made.file, edits, label: label ?? T.stepNames[edits[0][0]] ?? edits[0][0] }, made);
});

export const describe = (doc, { max_bytes, prompt, roi, edits = [] }) => inTurn(async () => {
  emit('status', T.stateEncoding);
  const picture = new Uint8Array(await doc.original.arrayBuffer());
  const people = doc.people ?? undefined;
  let made = await api.encode({ picture, max_bytes, prompt: prompt ?? undefined, people, roi, preview: preview(doc) });
  if (edits.length) {
    // The edits are made again, so the budget has to hold them, too.
    made = await api.edit({ file: made.file, edits, files: doc.extra, max_bytes, preview: preview(doc) });
  }
  doc.budget = max_bytes ?? null;
  const command = { kind: 'encode', max_bytes, prompt, roi };
  return took(doc, { file: made.file, edits, made: command, label: T.stepEncode(made.file.length) }, made);
});

export const thin = (doc, max_bytes) => inTurn(async () => {
  const made = await api.edit({ file: doc.file, max_bytes, preview: preview(doc) });
  doc.budget = max_bytes;
  if (same(made.file, doc.file)) { emit('change', {}); return null; }
  return took(doc, { file: made.file, edits: [['--bytes', String(max_bytes)]], label: T.stepThin(made.file.length) }, made);
});

// A file that was opened becomes the first step of its document.
export const openFile = (doc, file) => inTurn(async () => {
  const made = await api.edit({ file, preview: preview(doc) });
  return took(doc, { file: made.file, made: { kind: 'open' }, label: T.stepOpen }, made);
});

const again = (doc, given) => describe(doc, {
  prompt: doc.steps[0] && layer('semantic', doc)?.text, edits: doc.edits.filter(([option]) => option !== '--bytes'), ...given,
});
const roiOf = (doc) => doc.since()[0]?.made?.roi;
export const setBudget = (doc, bytes) => (doc.original ? again(doc, { max_bytes: bytes, roi: roiOf(doc) }) : thin(doc, bytes));

// Regions of interest are places in the original, so that has to be there and to lie where it did.
export const canKeepFiner = (doc = store.current) => Boolean(doc.original) && !doc.edits.some(([option]) => MOVING.has(option));
export function keepFiner(what, doc = store.current) {
  const roi = [...new Set([...(roiOf(doc)?.split(' ') ?? []), what])].join(' ');
  return again(doc, { max_bytes: doc.budget ?? undefined, roi });
}

export function go(doc, at) {
  if (at < 0 || at >= doc.steps.length || at === doc.at) return null;
  doc.at = at;
  keep(doc);
  return show(doc);
}

// Make a document the one that is seen; what its file holds is asked for if it is not known any more.
export const show = (doc) => inTurn(async () => {
  store.current = doc;
  if (!doc) { emit('change', { resized: true }); return null; }
  keep(doc);
  const step = doc.steps[doc.at];
  if (step && !infos.has(step)) {
    const made = await api.edit({ file: step.file, preview: preview(doc) });
    infos.set(step, made.info);
    if (doc === store.current && made.preview) emit('painted', { blob: made.preview, quick: true, doc });
  }
  if (doc === store.current) { emit('change', { resized: true }); paintSoon(doc, 0); }
  return true;
});

// --- painting: the latest wish counts, whatever is painted for an earlier one is given up --------------------------

let timer = null;
let running = null; // { abort, job }

export function paintSoon(doc = store.current, delay = PATIENCE) {
  clearTimeout(timer);
  running?.abort.abort();
  timer = setTimeout(() => paint(doc), delay);
}

const keyOf = (doc) => [doc.id, doc.at, doc.steps.length, doc.file.length, decoderOf(doc), doc.seed, doc.paintSteps, doc.hidden].join('|') + hash(doc.file);
const wish = (doc) => ({
  file: doc.file, layers: shownLayers(doc), seed: doc.seed ?? undefined,
  steps: EMBEDDED.includes(decoderOf(doc)) ? undefined : doc.paintSteps ?? undefined, decoder: decoderOf(doc),
});

async function paint(doc) {
  if (doc !== store.current || !doc?.file || !info(doc)) return;
  if (shownLayers(doc)?.length === 0) { emit('painted', { blob: null, doc }); emit('status', T.nothingShown); return; }
  const key = keyOf(doc);
  const known = paintings.get(key);
  if (known) { emit('painted', { ...known, doc }); emit('status', T.statePainted(decoderOf(doc), known.seconds)); return; }
  const name = decoderOf(doc);
  const long = !EMBEDDED.includes(name);
  const mine = { abort: new AbortController(), job: long ? `${doc.id}-${Date.now()}` : undefined };
  running = mine;
  const begun = performance.now();
  emit('status', T.statePainting(name));
  emit('painting', { long, progress: null });
  try {
    if (doc.hidden.length || long) quick(doc, mine);
    if (long) watch(mine);
    const format = long ? 'png' : 'preview';
    const blob = await api.decode({ ...wish(doc), format, job: mine.job }, mine.abort.signal);
    if (mine !== running) return;
    const seconds = (performance.now() - begun) / 1000;
    paintings.set(key, { blob, seconds });
    if (paintings.size > KEPT) paintings.delete(paintings.keys().next().value);
    emit('painted', { blob, seconds, doc });
    emit('status', T.statePainted(name, seconds));
  } catch (error) {
    if (mine !== running) return;
    emit('status', error.name === 'AbortError' ? T.stateSketch : '');
    if (error.name !== 'AbortError') say(error.message);
  } finally {
    if (mine === running) { running = null; emit('painting', null); }
  }
}

async function quick(doc, mine) {
  const { file, layers } = wish(doc);
  const blob = await api.decode({ file, layers, decoder: 'sketch', size: PREVIEW, format: 'preview' }).catch(() => null);
  if (blob && mine === running) emit('painted', { blob, quick: true, doc });
}

async function watch(mine) {
  while (mine === running && !mine.abort.signal.aborted) {
    await new Promise((resolve) => { setTimeout(resolve, 400); });
    const found = await api.progress(mine.job).catch(() => null);
    if (mine === running && found) emit('painting', { long: true, progress: found });
  }
}

export async function cancelPainting() {
  const mine = running;
  if (!mine) return;
  running = null;
  emit('painting', null);
  emit('status', T.stateSketch);
  if (mine.job) await api.cancel(mine.job).catch(() => {});
  mine.abort.abort();
  say(T.cancelled);
}

// A picture of a document in the way that it is seen, for downloads and strips.
export const picture = (doc, options = {}) => api.decode({ ...wish(doc), ...options });

function same(a, b) { return a.length === b.length && a.every((value, index) => value === b[index]); }
function hash(bytes) {
  let value = 0;
  for (const byte of bytes) value = (value * 31 + byte) | 0;
  return value;
}
