// Files: opening, samples, folders and the strip of them, downloads, the same settings for all.
import * as api from './api.js';
import { describe, emit, info, layer, on, openFile, picture, say, setBudget, show } from './core.js';
import { $, download, element, menu, stem } from './dom.js';
import { saveLayers } from './panel.js';
import { Doc, forget, keep, store } from './store.js';
import { T } from './texts.js';

const MOST_DOCS = 200;
const ARCHIVE_BYTES = 16 * 2 ** 20, ARCHIVE_FILES = 200; // of one archive: what a request may hold
const THUMB = 96;
const SAMPLES = ['harbour', 'still_life', 'meadow', 'dancer'];
const SIGNATURE = [0xb7, 0x54, 0x50];

async function open(name, blob, { prompt, people } = {}) {
  if (store.docs.length >= MOST_DOCS) { forget(store.docs[0]); }
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const stream = SIGNATURE.every((value, index) => bytes[index] === value);
  const doc = new Doc(name, stream ? null : blob);
  doc.people = people ?? null;
  store.docs.push(doc);
  store.current ??= doc;
  if (!stream && doc === store.current) { $('welcome').hidden = true; emit('original', { blob, doc }); }
  const done = stream ? await openFile(doc, bytes) : await describe(doc, { prompt });
  if (!done) { // what is wrong has been said
    forget(doc);
    if (store.current === doc) store.current = store.docs.at(-1) ?? null;
    await show(store.current);
    return null;
  }
  thumbs();
  return doc;
}

export async function openAll(files) {
  const before = store.current;
  let first = null;
  for (const [index, file] of [...files].entries()) {
    if (!first && before) store.current = null;
    bar(index, files.length);
    const doc = await open(file.name, file);
    first ??= doc;
  }
  bar(null);
  await show(first ?? before ?? store.current);
}

// What the studio was started with: files of a folder of this computer.
export async function openFolder() {
  const listed = await api.folder();
  const known = new Set(store.docs.map((doc) => doc.name));
  for (const [number, { name }] of listed.entries()) {
    if (known.has(name) || store.docs.length >= MOST_DOCS) continue;
    bar(number, listed.length);
    try { await open(name, new Blob([await api.folderFile(number)])); } catch (error) { say(T.loadFailed(name, error.message)); }
  }
  bar(null);
  const first = listed.length && store.docs.find((doc) => doc.name === listed[0].name);
  if (first && !known.has(first.name)) await show(first);
}

// A sample comes with its original and its file, as the encoder made it.
async function openSample(name) {
  const get = async (ending) => new Uint8Array(await (await fetch(`samples/${name}${ending}`)).arrayBuffer());
  const [file, original] = [await get('.trp'), await get('.webp')];
  const doc = new Doc(`${name}.webp`, new Blob([original], { type: 'image/webp' }));
  store.docs.push(doc);
  store.current = doc;
  await openFile(doc, file);
  doc.people = openPose(doc);
  keep(doc);
  thumbs();
}
const JOINTS = ['nose', 'neck', 'right_shoulder', 'right_elbow', 'right_wrist', 'left_shoulder', 'left_elbow', 'left_wrist', 'right_hip', 'right_knee',
  'right_ankle', 'left_hip', 'left_knee', 'left_ankle', 'right_eye', 'left_eye', 'right_ear', 'left_ear'];
function openPose(doc) {
  const people = layer('pose', doc)?.people;
  if (!people) return null;
  return { canvas_width: 256, canvas_height: 256, people: people.map((person) => ({
    pose_keypoints_2d: JOINTS.flatMap((joint) => (person[joint] ? [person[joint][0] + 0.5, person[joint][1] + 0.5, 1] : [0, 0, 0])) })) };
}

export function welcome() {
  $('samples').replaceChildren(...SAMPLES.map((name) => element('button', { class: 'sample', 'data-sample': name, onclick: () => openSample(name) },
    element('img', { src: `samples/${name}-small.webp`, alt: '', width: 112, height: 112 }), element('span', { text: T.sampleNames[name] }))));
}

// --- the strip -------------------------------------------------------------------------------------------------------

const urls = new WeakMap();
function thumb(doc) {
  if (!urls.has(doc) && doc.thumb) urls.set(doc, URL.createObjectURL(doc.thumb));
  return urls.get(doc) ?? '';
}
export function thumbs() {
  $('strip').hidden = store.docs.length < 2;
  $('thumbs').replaceChildren(...store.docs.map((doc) => element('button', {
    role: 'option', 'aria-selected': String(doc === store.current), 'aria-label': doc.name, title: doc.name, onclick: () => show(doc),
  }, element('img', { src: thumb(doc), alt: '' }), element('small', { text: doc.name }))));
}
on('change', ({ resized }) => { if (resized) thumbs(); });
on('pixels', async ({ image, doc }) => {
  if (store.docs.length < 2) return;
  const scale = THUMB / Math.max(image.width, image.height);
  const canvas = new OffscreenCanvas(Math.max(1, image.width * scale), Math.max(1, image.height * scale));
  canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
  if (urls.has(doc)) URL.revokeObjectURL(urls.get(doc));
  urls.set(doc, URL.createObjectURL(await canvas.convertToBlob({ type: 'image/webp' })));
  thumbs();
});
export function step(by) {
  const at = store.docs.indexOf(store.current) + by;
  if (store.docs[at]) show(store.docs[at]);
}
$('previous').onclick = () => step(-1);
$('next').onclick = () => step(1);
function bar(at, of) {
  $('strip-progress').hidden = at === null;
  if (at === null) emit('status', '');
  if (at !== null) { $('strip-progress').max = of; $('strip-progress').value = at; emit('status', T.progressAll(at, of)); }
}

$('apply-all').onclick = async () => {
  const from = store.current;
  const bytes = from.budget ?? info(from).bytes;
  for (const [index, doc] of store.docs.entries()) {
    bar(index, store.docs.length);
    Object.assign(doc, { decoder: from.decoder, seed: from.seed, paintSteps: from.paintSteps, hidden: [...from.hidden] });
    if (doc !== from) await setBudget(doc, bytes);
    keep(doc);
  }
  bar(null);
  say(T.allDone(store.docs.length));
  await show(from);
};
$('zip-all').onclick = async () => {
  let found = {}, bytes = 0, part = 0;
  const names = new Set();
  const out = async () => {
    part += 1;
    try { download(await api.zip(found), part > 1 ? `triptych-${part}.zip` : 'triptych.zip'); } catch (error) { say(error.message); }
    [found, bytes] = [{}, 0];
  };
  for (const [index, doc] of store.docs.entries()) {
    bar(index, store.docs.length);
    let name = stem(doc.name);
    for (let n = 2; names.has(name); n += 1) name = `${stem(doc.name)}-${n}`;
    names.add(name);
    try {
      const png = new Uint8Array(await (await picture(doc, { format: 'png' })).arrayBuffer());
      if (bytes && (bytes + png.length > ARCHIVE_BYTES || Object.keys(found).length >= ARCHIVE_FILES)) await out();
      Object.assign(found, { [`${name}.trp`]: doc.file, [`${name}.png`]: png });
      bytes += png.length + doc.file.length;
    } catch (error) { say(T.loadFailed(doc.name, error.message)); }
  }
  bar(null);
  if (bytes) await out();
};

// --- in and out ------------------------------------------------------------------------------------------------------

const failed = (error) => say(error.message);
export const pick = () => $('pick').click();
$('open').onclick = pick;
$('welcome-open').onclick = pick;
$('pick').addEventListener('change', () => { const files = [...$('pick').files]; $('pick').value = ''; openAll(files); });
export const saveFile = (doc = store.current) => doc?.file && download(new Blob([doc.file]), `${stem(doc.name)}.trp`);
const savePicture = (doc) => picture(doc, { format: 'png' }).then((blob) => download(blob, `${stem(doc.name)}-painted.png`)).catch(failed);
$('save').onclick = () => menu($('save'), [
  [T.downloadFile, () => saveFile()], [T.downloadPng, () => savePicture(store.current)], [T.downloadLayers, () => saveLayers(store.current).catch(failed)],
]);

let depth = 0;
addEventListener('dragenter', (event) => { event.preventDefault(); depth += 1; $('drop-hint').hidden = false; });
addEventListener('dragleave', () => { depth -= 1; if (depth <= 0) { depth = 0; $('drop-hint').hidden = true; } });
addEventListener('dragover', (event) => event.preventDefault());
addEventListener('drop', async (event) => {
  event.preventDefault();
  depth = 0;
  $('drop-hint').hidden = true;
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const folder = entries.find((entry) => entry.isDirectory);
  openAll(folder ? await inside(folder) : [...event.dataTransfer.files]);
});
async function inside(folder) {
  const reader = folder.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
    if (!some.length) break;
    found.push(...some.filter((entry) => entry.isFile && /\.(trp|png|jpe?g|webp|avif|bmp|gif|tiff?)$/i.test(entry.name)));
  }
  return Promise.all(found.sort((a, b) => a.name.localeCompare(b.name)).map((entry) => new Promise((resolve, reject) => { entry.file(resolve, reject); })));
}
addEventListener('paste', (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  if (files.length) { event.preventDefault(); openAll(files); }
});

export async function close(doc = store.current) {
  const at = store.docs.indexOf(doc);
  if (at < 0) return;
  forget(doc);
  store.current = store.docs[at] ?? store.docs.at(-1) ?? null; // at once, so that nothing more is done to what is gone
  await show(store.current);
  thumbs();
}
