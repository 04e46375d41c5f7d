// The canvas: the painted picture, what it is compared with, and the view of both (zoom, pan, pinch), on a Konva stage.
import { emit, info, on } from './core.js';
import { $ } from './dom.js';
import { store } from './store.js';
import { T } from './texts.js';

const Konva = window.Konva;
const MARGIN = 24;
const MOST_ZOOM = 32;

export const stage = new Konva.Stage({ container: 'stage', width: 10, height: 10 });
const pictures = new Konva.Layer({ listening: false });
export const overlay = new Konva.Layer();
stage.add(pictures, overlay);
const painted = new Konva.Image({ image: undefined });
const beside = new Konva.Group();
const other = new Konva.Image({ image: undefined });
const line = new Konva.Line({ stroke: '#fff', shadowColor: '#000', shadowBlur: 4, shadowOpacity: 0.6, visible: false });
beside.add(other);
pictures.add(painted, beside, line);

let split = 0.5;
let comparing = null; // { image, label }
let waiting = null; // the original, while it is being described
export const size = () => { const found = info() ?? waiting; return found ? [found.width, found.height] : [1, 1]; };
export const zoom = () => stage.scaleX();
export const pointer = () => stage.getRelativePointerPosition();
export const toPicture = (event) => {
  const box = stage.container().getBoundingClientRect();
  return { x: (event.clientX - box.left - stage.x()) / zoom(), y: (event.clientY - box.top - stage.y()) / zoom() };
};

async function load(blob) {
  const image = new Image();
  image.src = URL.createObjectURL(blob);
  try { await image.decode(); } finally { URL.revokeObjectURL(image.src); }
  return image;
}

let latest = 0;
on('painted', async ({ blob, quick, doc }) => {
  const mine = ++latest;
  const image = blob ? await load(blob).catch(() => null) : null;
  if (mine !== latest || doc !== store.current) return;
  painted.image(image ?? undefined);
  $('stage').dataset.shown = image ? (quick ? 'sketch' : 'full') : 'none';
  draw();
  if (image) emit('pixels', { image, quick, doc });
});
on('original', async ({ blob, doc }) => {
  const image = await load(blob).catch(() => null); // not every picture that can be encoded is one that browsers show
  if (!image || doc !== store.current || doc.file) return;
  latest += 1;
  waiting = image;
  painted.image(image);
  fit();
});
on('change', ({ resized }) => { waiting = null; if (resized) fit(); else draw(); });

export function draw() {
  const [w, h] = size();
  painted.setAttrs({ width: w, height: h, visible: Boolean((store.current?.file || waiting) && painted.image()) });
  const on = Boolean(comparing && store.current?.file);
  beside.setAttrs({ visible: on, clipX: 0, clipY: 0, clipWidth: w * split, clipHeight: h });
  other.setAttrs({ image: comparing?.image, width: w, height: h });
  line.setAttrs({ visible: on, points: [w * split, 0, w * split, h], strokeWidth: 2 / zoom() });
  $('split').hidden = !on;
  $('tags').hidden = !on;
  if (on) {
    $('tag-left').textContent = comparing.label;
    $('tag-right').textContent = T.painted;
    const box = $('work').getBoundingClientRect();
    const holder = stage.container().getBoundingClientRect();
    const left = holder.left - box.left + stage.x();
    const top = holder.top - box.top + stage.y();
    Object.assign($('split').style, { left: `${left}px`, width: `${w * zoom()}px`, top: `${top}px`, height: `${h * zoom()}px` });
    const visibleTop = Math.max(top, holder.top - box.top) + 8;
    Object.assign($('tags').style, { left: `${Math.max(left, 0) + 8}px`, top: `${visibleTop}px`, width: `${Math.min(w * zoom(), holder.width) - 16}px` });
  }
  $('zoom-fit').textContent = `${Math.round(zoom() * 100)} %`;
  pictures.batchDraw();
  emit('view');
}

export function compareWith(image, label) { comparing = image ? { image, label } : null; draw(); }
export const loadImage = load;
$('split').addEventListener('input', () => { split = $('split').value / 100; draw(); });

let fitted = true;
export function fit() {
  fitted = true;
  const box = $('stage').getBoundingClientRect();
  stage.size({ width: Math.max(box.width, 10), height: Math.max(box.height, 10) });
  const [w, h] = size();
  const margin = box.width < 500 ? 8 : MARGIN;
  const scale = Math.min((box.width - 2 * margin) / w, (box.height - 2 * margin) / h, 8);
  stage.scale({ x: scale, y: scale });
  stage.position({ x: (box.width - w * scale) / 2, y: (box.height - h * scale) / 2 });
  draw();
}

export function zoomTo(scale, centre) {
  fitted = false;
  const box = $('stage').getBoundingClientRect();
  const at = centre ?? { x: box.width / 2, y: box.height / 2 };
  const [w, h] = size();
  const least = Math.min(box.width / w, box.height / h, 1) / 4;
  const next = Math.min(Math.max(scale, least), MOST_ZOOM);
  const before = zoom();
  stage.position({ x: at.x - ((at.x - stage.x()) * next) / before, y: at.y - ((at.y - stage.y()) * next) / before });
  stage.scale({ x: next, y: next });
  draw();
}

export function pan(dx, dy) { fitted = false; stage.position({ x: stage.x() + dx, y: stage.y() + dy }); draw(); }

$('stage').addEventListener('wheel', (event) => {
  event.preventDefault();
  const box = $('stage').getBoundingClientRect();
  zoomTo(zoom() * 1.0015 ** -event.deltaY, { x: event.clientX - box.left, y: event.clientY - box.top });
}, { passive: false });
new ResizeObserver(() => {
  const box = $('stage').getBoundingClientRect();
  if (Math.abs(box.width - stage.width()) <= 1 && Math.abs(box.height - stage.height()) <= 1) return;
  if (fitted) fit(); else { stage.size({ width: Math.max(box.width, 10), height: Math.max(box.height, 10) }); draw(); }
}).observe($('stage'));
$('zoom-in').onclick = () => zoomTo(zoom() * 1.5);
$('zoom-out').onclick = () => zoomTo(zoom() / 1.5);
$('zoom-fit').onclick = fit;

// The colour of the painting at a place, as #rrggbb.
export function colourAt({ x, y }) {
  const image = painted.image();
  if (!image) return null;
  const [w, h] = size();
  const canvas = new OffscreenCanvas(1, 1);
  const context = canvas.getContext('2d');
  context.drawImage(image, (x / w) * image.width, (y / h) * image.height, 1, 1, 0, 0, 1, 1);
  return `#${[...context.getImageData(0, 0, 1, 1).data.slice(0, 3)].map((v) => v.toString(16).padStart(2, '0')).join('')}`;
}
