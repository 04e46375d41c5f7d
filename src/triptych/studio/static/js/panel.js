// The panel: layers with their eyes and bytes, prompt, budget, decoder, seeds, history; and the meter of bytes.
import * as api from './api.js';
import { apply, cancelPainting, decoderOf, emit, go, info, layer, on, paintSoon, picture, say, server, setBudget } from './core.js';
import { $, download, element, stem } from './dom.js';
import { body, limbs } from './shapes.js';
import { keep, store } from './store.js';
import { T } from './texts.js';

const LEAST = 60, MOST = 12_000; // bytes of the budget
const THUMB = 44; // pixels
const SEEDS = 8, SEED_SIZE = 160;
const name = (each) => T.layerName2(each);
const shows = (each) => !['recipe', 'seed'].includes(each);

export function refresh() {
  const doc = store.current;
  const found = info();
  $('welcome').hidden = Boolean(doc);
  document.body.dataset.step = doc?.file ? doc.at : ''; // for whoever watches the page
  document.body.classList.toggle('empty', !found);
  for (const id of ['prompt', 'budget', 'decoder', 'seed', 'steps', 'try-seeds', 'transplant', 'compare', 'save', 'share', 'image-menu']) $(id).disabled = !found;
  $('undo').disabled = !doc || doc.at <= 0;
  $('redo').disabled = !doc || doc.at >= doc.steps.length - 1;
  document.title = doc ? `${doc.name} – Triptych studio` : 'Triptych studio';
  if (!found) { $('layers').replaceChildren(); $('history').replaceChildren(); meter(null); return; }
  $('layers').replaceChildren(...found.layers.map((each) => row(doc, each)));
  if (document.activeElement !== $('prompt')) $('prompt').value = layer('semantic')?.text ?? '';
  if (document.activeElement !== $('budget')) showBudget(doc.budget ?? found.bytes);
  $('budget-note').textContent = doc.original ? T.budgetOriginal : T.budgetThin;
  $('decoder').value = decoderOf(doc);
  $('seed').value = doc.seed ?? '';
  $('steps').value = doc.paintSteps ?? '';
  $('steps-row').hidden = server.decoders.embedded.includes(decoderOf(doc));
  history(doc);
  meter(found, doc);
}
on('change', refresh);

function row(doc, each) {
  const hidden = doc.hidden.includes(each.name);
  const eye = shows(each.name) && element('button', {
    class: 'icon', icon: hidden ? 'eyeOff' : 'eye', 'aria-pressed': String(!hidden), 'data-eye': each.name,
    'aria-label': (hidden ? T.show : T.hide)(name(each.name)), title: (hidden ? T.show : T.hide)(name(each.name)),
    onclick: () => {
      doc.hidden = hidden ? doc.hidden.filter((other) => other !== each.name) : [...doc.hidden, each.name];
      keep(doc);
      emit('change', {});
      paintSoon(doc, 0);
      document.querySelector(`[data-eye="${each.name}"]`)?.focus();
    },
  });
  return element('li', { class: hidden ? 'off' : null, 'data-layer': each.name },
    eye || element('span', { class: 'icon' }), thumbnail(each),
    element('span', { class: 'what' }, element('b', { text: name(each.name) }), element('small', { text: each.detail ?? each.error ?? '' })),
    element('span', { class: 'bytes', text: String(each.total_bytes) }),
    element('button', {
      class: 'icon', icon: 'trash', 'aria-label': T.remove(name(each.name)), title: T.remove(name(each.name)),
      onclick: () => apply([['--drop', each.name]]),
    }));
}

// Each layer as a small picture.
function thumbnail({ name: kind, value }) {
  const canvas = element('canvas', { class: `thumb ${kind}`, width: THUMB * 2, height: THUMB * 2, 'aria-hidden': 'true' });
  const context = canvas.getContext('2d');
  const { width, height } = info();
  const scale = (THUMB * 2) / Math.max(width, height);
  const [w, h] = [width * scale, height * scale];
  context.translate((THUMB * 2 - w) / 2, (THUMB * 2 - h) / 2);
  if (kind === 'texture' && value) {
    const [rows, columns] = value.grid;
    value.rows.forEach((line, y) => line.forEach((colour, x) => {
      context.fillStyle = colour;
      context.fillRect((x * w) / columns, (y * h) / rows, w / columns + 0.5, h / rows + 0.5);
    }));
  } else if (kind === 'edges') {
    context.strokeStyle = getComputedStyle(document.body).color;
    context.lineWidth = 1.2;
    for (const line of info().lines ?? []) {
      context.beginPath();
      line.forEach(([x, y], i) => context[i ? 'lineTo' : 'moveTo'](x * scale, y * scale));
      context.stroke();
    }
  } else if (kind === 'pose') {
    context.lineWidth = 4;
    body([w, h]).forEach((joints) => limbs.forEach(([a, b], i) => {
      if (!joints[a] || !joints[b]) return;
      context.strokeStyle = `hsl(${i * 20}, 80%, 55%)`;
      context.beginPath();
      context.moveTo(joints[a].x, joints[a].y);
      context.lineTo(joints[b].x, joints[b].y);
      context.stroke();
    }));
  } else {
    context.fillStyle = getComputedStyle(document.body).color;
    context.font = '600 40px system-ui';
    context.textAlign = 'center';
    context.fillText({ semantic: '“ ”', seed: '#', recipe: '⚙', detail: '✦' }[kind] ?? '?', w / 2, h / 2 + 14);
  }
  return canvas;
}

function history(doc) {
  const first = Math.max(0, doc.steps.length - 120);
  $('history').replaceChildren(...doc.steps.slice(first).map((step, i) => element('li', {},
    element('button', { class: first + i > doc.at ? 'undone' : null, 'aria-current': first + i === doc.at ? 'step' : null, onclick: () => go(doc, first + i) },
      element('span', { text: step.label }), element('small', { text: String(step.file.length) })))));
  const now = $('history').querySelector('[aria-current]');
  if (now) $('history').scrollTop = now.offsetTop - $('history').offsetTop - $('history').clientHeight / 2;
}

function meter(found, doc) {
  if (!found) { $('meter-bytes').textContent = ''; $('meter-rest').textContent = ''; $('bar').replaceChildren(); $('legend').replaceChildren(); return; }
  const parts = [['header', found.header_bytes], ...found.layers.map((each) => [each.name, each.total_bytes])];
  const whole = Math.max(found.bytes, doc.budget ?? 0);
  $('meter-bytes').textContent = T.bytes(found.bytes);
  $('meter-rest').textContent = T.meterRest(found.bpp, doc.original && Math.round(doc.original.size / found.bytes), doc.at > 0 && found.bytes - doc.steps[doc.at - 1].file.length);
  $('bar').setAttribute('aria-label', T.barLabel(parts.map(([each, bytes]) => `${name(each)} ${bytes}`).join(', ')));
  $('bar').replaceChildren(...parts.map(([each, bytes]) => {
    const part = element('span', { class: `part ${each}`, title: `${name(each)}: ${T.bytes(bytes)}` });
    part.style.width = `${(100 * bytes) / whole}%`;
    return part;
  }));
  $('legend').replaceChildren(...parts.map(([each, bytes]) => element('li', { class: each }, element('i'), element('span', { text: `${name(each)} ` }), element('b', { text: String(bytes) }))));
}

// --- what is typed and chosen ---------------------------------------------------------------------------------------

const toBytes = (at) => Math.round(LEAST * (MOST / LEAST) ** (at / 1000));
function showBudget(bytes) {
  $('budget').value = Math.round((1000 * Math.log(bytes / LEAST)) / Math.log(MOST / LEAST));
  $('budget-value').textContent = bytes.toLocaleString('en');
}
$('budget').addEventListener('input', () => {
  $('budget-value').textContent = toBytes($('budget').value).toLocaleString('en');
  $('budget').setAttribute('aria-valuetext', T.bytes(toBytes($('budget').value)));
});
$('budget').addEventListener('change', () => { setBudget(store.current, toBytes($('budget').value)); $('budget').blur(); });
$('prompt').addEventListener('change', () => apply([['--prompt', $('prompt').value]]));
$('prompt').addEventListener('keydown', (event) => { if (event.key === 'Enter' && !event.shiftKey) { event.preventDefault(); $('prompt').blur(); } });
$('decoder').addEventListener('change', () => { store.current.decoder = $('decoder').value; chosen(); });
$('seed').addEventListener('change', () => { store.current.seed = $('seed').value === '' ? null : Math.min(Math.max(Math.floor(Number($('seed').value)), 0), 2 ** 32 - 1); chosen(); });
$('steps').addEventListener('change', () => { store.current.paintSteps = Number($('steps').value) || null; chosen(); });
function chosen() { keep(store.current); refresh(); paintSoon(store.current, 0); }

export function fillDecoders() {
  const options = (names) => names.map((each) => element('option', { value: each, text: each }));
  $('decoder').replaceChildren(...options(server.decoders.embedded), element('optgroup', { label: '—' }, ...options(server.decoders.others)));
}

let strip = 0;
$('try-seeds').addEventListener('click', async () => {
  const doc = store.current;
  const mine = ++strip;
  $('seeds').replaceChildren();
  const first = doc.seed ?? 0;
  for (let i = 1; i <= SEEDS && mine === strip && doc === store.current; i += 1) {
    const seed = first + i;
    const blob = await picture(doc, { seed, size: SEED_SIZE, format: 'preview' }).catch((error) => { say(error.message); return null; });
    if (!blob || mine !== strip) return;
    const image = element('img', { src: URL.createObjectURL(blob), alt: '' });
    $('seeds').append(element('button', { role: 'option', 'aria-selected': 'false', 'aria-label': `${T.seed} ${seed}`, title: String(seed), onclick: (event) => {
      for (const each of $('seeds').children) each.setAttribute('aria-selected', String(each === event.currentTarget));
      doc.seed = seed;
      chosen();
    } }, image, element('small', { text: String(seed) })));
  }
});
on('change', ({ resized }) => { if (resized) { strip += 1; $('seeds').replaceChildren(); } });

// --- layers from and to files ----------------------------------------------------------------------------------------

$('transplant').addEventListener('click', () => $('pick-layer').click());
$('pick-layer').addEventListener('change', async () => {
  const [file] = $('pick-layer').files;
  $('pick-layer').value = '';
  if (!file) return;
  const bytes = new Uint8Array(await file.arrayBuffer());
  try {
    const found = await api.edit({ file: bytes });
    emit('choose-layers', { file: file.name, bytes, names: found.info.layers.map((each) => each.name) });
  } catch (error) { say(T.loadFailed(file.name, error.message)); }
});
export async function saveLayers(doc) { download(await api.extract(doc.file), `${stem(doc.name)}-layers.zip`); }

$('cancel').addEventListener('click', cancelPainting);
on('painting', (now) => {
  $('cancel').hidden = !now?.long;
  $('progress').hidden = !now?.long;
  if (!now?.progress) { $('progress').removeAttribute('value'); return; }
  const { step, steps } = now.progress;
  if (steps) { $('progress').max = steps; $('progress').value = step; }
  emit('status', steps ? T.stateSteps(step, steps) : T.stateWaiting);
});
on('status', (text) => { $('state-text').textContent = text; });
