// What the studio did, as a command line and as Python.
import { decoderOf } from './core.js';
import { stem } from './dom.js';

const shell = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
const python = (value) => JSON.stringify(value);
// option -> function of triptych.edit, and how its values are written: a number bare, everything else as a text.
const FUNCTIONS = {
  '--erase': 'erase_object', '--move': 'move_object', '--duplicate': 'move_object', '--prompt': 'set_prompt', '--draw': 'draw_edges',
  '--erase-edges': 'erase_edges', '--move-edges': 'move_edges', '--smooth-edges': 'smooth_edges', '--move-joint': 'move_joint',
  '--move-person': 'move_person', '--add-person': 'add_person', '--remove-person': 'remove_person', '--mirror-person': 'mirror_person', '--paint': 'paint',
  '--crop': 'crop', '--mirror': 'mirror', '--canvas': 'resize_canvas', '--resize': 'resize', '--transplant': 'transplant', '--drop': 'drop_layers', '--seed': 'set_seed',
};
const SHIFTS = ['temperature', 'lightness', 'saturation', 'hue'];

export function commandLine(doc) {
  const { source, file, out, made, edits } = parts(doc);
  const lines = [];
  if (made.kind === 'encode') {
    const more = [made.max_bytes && ` --bytes ${made.max_bytes}`, made.prompt && ` --prompt ${shell(made.prompt)}`,
      made.roi && ` --roi ${shell(made.roi)}`, faces(made) && ` --keypoints ${shell(keypoints(doc))}`];
    lines.push(`triptych encode ${shell(source)} -o ${shell(file)}${more.filter(Boolean).join('')}`);
  }
  if (edits.length) lines.push([`triptych edit ${shell(file)} -o ${shell(out)}`, ...edits.map((edit) => edit.map(shell).join(' '))].join(' \\\n  '));
  const more = [decoderOf(doc) !== 'miniature' && ` --decoder ${shell(decoderOf(doc))}`, doc.seed !== null && ` --seed ${doc.seed}`].filter(Boolean).join('');
  const shown = visible(doc);
  lines.push(`triptych decode ${shell(edits.length ? out : file)} -o ${shell(`${stem(out)}.png`)}${more}${shown ? ` --layers ${shown.join(',')}` : ''}`);
  return lines.join('\n');
}

export function pythonCode(doc) {
  const { source, file, out, made, edits } = parts(doc);
  const lines = ['import triptych', 'from triptych import edit', ''];
  if (made.kind === 'encode') {
    const more = [made.max_bytes && `max_bytes=${made.max_bytes}`, made.prompt && `prompt=${python(made.prompt)}`,
      made.roi && `roi=${python(made.roi)}`, faces(made) && `people=${python(keypoints(doc))}`].filter(Boolean);
    lines.push(`picture = triptych.encode(${[python(source), ...more].join(', ')})`);
  } else lines.push(`picture = triptych.Picture.open(${python(file)})`);
  for (const [option, ...values] of edits) lines.push(`picture = ${call(option, values)}`);
  lines.push(`picture.save(${python(out)})`);
  const shown = visible(doc);
  const more = [decoderOf(doc) !== 'miniature' && `decoder=${python(decoderOf(doc))}`, doc.seed !== null && `seed=${doc.seed}`, shown && `layers=${python(shown)}`].filter(Boolean);
  lines.push(`triptych.decode(${['picture', ...more].join(', ')}).save(${python(`${stem(out)}.png`)})`);
  return lines.join('\n');
}

function call(option, values) {
  const key = option.slice(2);
  if (option === '--bytes') return `edit.thin(picture, max_bytes=${values[0]})`;
  if (SHIFTS.includes(key)) return `edit.shift_colours(picture, ${python(values[0])}, ${key}=${values[1]})`;
  if (option === '--duplicate') return `edit.move_object(picture, ${values.map(python).join(', ')}, keep=True)`;
  if (option === '--canvas' || option === '--resize') {
    const [size, ...rest] = values;
    return `edit.${FUNCTIONS[option]}(picture, (${size.replace('x', ', ')})${rest.map((each) => `, ${python(each)}`).join('')})`;
  }
  const split = ['--transplant', '--drop'].includes(option) ? [...values.slice(0, -1), ...values.at(-1).split(',')] : values;
  const written = split.map((each) => (each === 'none' && option === '--move-joint' ? 'None' : /^-?\d+(\.\d+)?$/.test(each) ? each : python(each)));
  return `edit.${FUNCTIONS[option]}(${['picture', ...written].join(', ')})`;
}

function parts(doc) {
  const steps = doc.since();
  const made = steps[0]?.made ?? { kind: 'open' };
  const edits = steps.flatMap((step) => step.edits ?? []);
  const file = `${stem(doc.name)}.trp`;
  return { source: doc.name, file, out: edits.length ? `${stem(doc.name)}-edited.trp` : file, made, edits };
}
// Whose faces are kept finer has to be told: `extract` writes such a file.
const faces = (made) => made.roi?.split(' ').includes('faces');
const keypoints = (doc) => `${stem(doc.name)}.keypoints.json`;
function visible(doc) {
  return doc.hidden.length ? ['semantic', 'texture', 'pose', 'edges', 'detail'].filter((name) => !doc.hidden.includes(name)) : null;
}
