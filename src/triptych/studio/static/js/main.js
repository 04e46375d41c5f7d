// Puts the page together: texts, shortcuts, menus, comparison; opens what was open before.
import * as api from './api.js';
import { commandLine, pythonCode } from './code.js';
import { apply, emit, go, info, on, say, server, show } from './core.js';
import { $, dialog, element, label, menu } from './dom.js';
import * as files from './files.js';
import * as panel from './panel.js';
import { keep, recall, store } from './store.js';
import { T } from './texts.js';
import * as tools from './tools.js';
import * as view from './view.js';

label();
const doc = () => store.current;
let toastTimer = null;
on('toast', (text) => {
  $('toast').textContent = text;
  $('toast').classList.add('shown');
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => $('toast').classList.remove('shown'), 2500 + 50 * text.length);
});
on('busy', (busy) => document.body.classList.toggle('busy', busy));

// --- undo, menus ------------------------------------------------------------------------------------------------------

const undo = () => doc() && go(doc(), doc().at - 1);
const redo = () => doc() && go(doc(), doc().at + 1);
$('undo').onclick = undo;
$('redo').onclick = redo;
$('theme').onclick = () => {
  const dark = getComputedStyle(document.documentElement).colorScheme.includes('dark');
  document.documentElement.dataset.theme = dark ? 'light' : 'dark';
  localStorage.setItem('triptych-theme', dark ? 'light' : 'dark');
  panel.refresh();
};
$('panel-toggle').onclick = () => {
  const open = document.body.classList.toggle('panel-open');
  $('panel-toggle').setAttribute('aria-expanded', String(open));
};
$('image-menu').onclick = () => menu($('image-menu'), [
  [T.mirror, () => apply([['--mirror']])], [T.canvasSize, () => sizes('--canvas')], [T.resize, () => sizes('--resize')],
  doc().seed !== null && [T.addSeed, () => apply([['--seed', String(doc().seed)]])],
  // On small windows the strip has no room for these two, and the top none for help.
  store.docs.length > 1 && [T.applyAll, () => $('apply-all').click()], store.docs.length > 1 && [T.zipAll, () => $('zip-all').click()],
  [T.shortcutsList, () => help()], [T.closeFile, () => files.close()],
]);

function sizes(option) {
  const { width, height } = info();
  const field = (text, value) => element('input', { type: 'number', min: 1, max: 16384, value, required: true, 'aria-label': text });
  const [w, h] = [field(T.width, width), field(T.height, height)];
  const anchor = element('select', {}, ...T.anchors.map((each) => element('option', { value: each, text: each })));
  const go = element('button', { class: 'primary', text: T.apply, onclick: () => {
    if (!w.reportValidity() || !h.reportValidity()) return;
    $('dialog').close();
    apply([[option, `${w.value}x${h.value}`, ...(option === '--canvas' ? [anchor.value] : [])]]);
  } });
  const row = (text, input) => element('label', { class: 'row' }, element('span', { text }), input);
  dialog(option === '--canvas' ? T.canvasSize : T.resize, row(T.width, w), row(T.height, h), option === '--canvas' && row(T.anchor, anchor), go);
}

on('choose-layers', ({ file, bytes, names }) => {
  const boxes = names.map((each) => element('input', { type: 'checkbox', value: each }));
  const rows = boxes.map((box, i) => element('label', { class: 'row' }, box, element('span', { text: T.layerName2(names[i]) })));
  dialog(T.chooseLayers, ...rows, element('button', { class: 'primary', text: T.apply, onclick: () => {
    const chosen = boxes.filter((box) => box.checked).map((box) => box.value);
    $('dialog').close();
    if (chosen.length) apply([['--transplant', file, chosen.join(',')]], { files: { [file]: bytes } });
  } }));
});

$('share').onclick = () => {
  const block = (title, text) => [element('h3', { text: title }), element('pre', { tabindex: '0', text }), element('button', { class: 'small', text: T.copy, onclick: async () => {
    try { await navigator.clipboard.writeText(text); say(T.copied); } catch { getSelection().selectAllChildren($('dialog-body')); }
  } })];
  dialog(T.commandTitle, ...block(T.commandLine, commandLine(doc())), ...block(T.python, pythonCode(doc())));
};
const help = () => dialog(T.helpTitle, element('dl', {}, ...T.shortcuts.flatMap(([key, what]) => [element('dt', { text: key }), element('dd', { text: what })])));
$('help').onclick = help;

// --- comparison -------------------------------------------------------------------------------------------------------

let comparison = 0;
async function compare() {
  const mine = ++comparison;
  const what = $('compare').value;
  if (!what || !doc()?.file) { view.compareWith(null); return; }
  const original = doc().original;
  if (!original) { say(T.noOriginal); $('compare').value = ''; view.compareWith(null); return; }
  try {
    let blob = original;
    if (what !== 'original') blob = await api.rival({ picture: new Uint8Array(await original.arrayBuffer()), format: what, max_bytes: doc().file.length });
    const image = await view.loadImage(blob);
    if (mine === comparison) view.compareWith(image, what === 'original' ? T.original : T.atBytes(what === 'webp' ? 'WebP' : 'AVIF', blob.size));
  } catch (error) {
    if (mine !== comparison) return;
    say(error.message);
    $('compare').value = '';
    view.compareWith(null);
  }
}
$('compare').onchange = compare;
on('change', ({ resized }) => { if (resized || $('compare').value.match(/webp|avif/)) compare(); });

// --- keys -------------------------------------------------------------------------------------------------------------

addEventListener('keydown', (event) => {
  const typing = event.target.matches('textarea, select, input:not([type=range]), dialog *');
  const control = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  if (control && key === 'z' && !typing) { event.preventDefault(); (event.shiftKey ? redo : undo)(); return; }
  if (control && key === 'y' && !typing) { event.preventDefault(); redo(); return; }
  if (control && key === 'o') { event.preventDefault(); files.pick(); return; }
  if (control && key === 's') { event.preventDefault(); files.saveFile(); return; }
  if (typing || control || event.altKey) return;
  const range = event.target.matches('input[type=range]');
  const actions = {
    delete: tools.erase, backspace: tools.erase, escape: tools.unmark, '[': () => tools.resizeBrush(1 / 1.25), ']': () => tools.resizeBrush(1.25),
    '+': () => view.zoomTo(view.zoom() * 1.5), '=': () => view.zoomTo(view.zoom() * 1.5), '-': () => view.zoomTo(view.zoom() / 1.5), 0: view.fit,
    c: () => { $('compare').value = $('compare').value ? '' : 'original'; compare(); }, pageup: () => files.step(-1), pagedown: () => files.step(1), '?': help,
  };
  if (key === ' ' && event.target === $('stage')) { tools.held.space = true; event.preventDefault(); return; }
  if (range && (key.startsWith('page') || key.startsWith('arrow'))) return;
  const action = actions[key] ?? (tools.KEYS[key] && doc() ? () => tools.use(tools.KEYS[key]) : null);
  if (action) { event.preventDefault(); action(); }
});
addEventListener('keyup', (event) => { if (event.key === ' ') tools.held.space = false; });

// --- the beginning ------------------------------------------------------------------------------------------------------

files.welcome();
tools.use('hand');
panel.refresh();
try {
  Object.assign(server, await api.about());
} catch (error) { say(error.message); }
panel.fillDecoders();
await recall();
if (store.current) await show(store.current);
if (server.files) await files.openFolder().catch((error) => say(error.message));
files.thumbs();
document.body.dataset.ready = 'yes';
emit('ready');
if (store.current) keep(store.current);
