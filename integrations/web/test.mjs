/* Conformance vectors through triptych.js: `node test.mjs VECTORS FORMS CASES`. Prints JSON: how many vectors were read, what differs,
   and for each case (a base64 file, width, height) the RGB bytes that were painted, in base64. */
import fs from "node:fs";
import { cosines, decode, logistic, read } from "./triptych.js";

const [vectors, forms, cases] = process.argv.slice(2), faults = [];
let count = 0;
const bytes = (hex) => Uint8Array.from(hex.match(/[0-9a-f]{2}/g) ?? [], (pair) => parseInt(pair, 16));
const colours = ({ rows, columns, rgb }) => Array.from({ length: rows }, (_, y) => Array.from({ length: columns }, (_, x) =>
  "#" + Array.from(rgb.subarray(3 * (y * columns + x), 3 * (y * columns + x) + 3), (v) => v.toString(16).padStart(2, "0")).join("")));
const lines = ({ rows, columns, bits }) => Array.from({ length: rows }, (_, y) =>
  Array.from(bits.subarray(y * columns, (y + 1) * columns), (bit) => ".#"[bit]).join(""));
const same = (name, a, b) => { if (JSON.stringify(a) !== JSON.stringify(b)) faults.push(name); };

function compare(name, found, layers) {
  const by = Object.fromEntries(layers.map((layer) => [layer.kind, layer.value]));
  for (const layer of found.layers) if (layer.error && by[layer.kind] && layer.error.condition !== "truncated") faults.push(`${name}: ${layer.error.message}`);
  if (by[1]) same(`${name}: colours`, colours(found.colours), (by[7]?.rows ? by[7] : by[1]).rows);
  if (by[3]) same(`${name}: edges`, lines(found.edges), by[3].rows);
}

// Faults inside layers that this module lists without unpacking are not its business.
const listed = /semantic|text_|pose|recipe|seed|detail|still|regions/;
for (const file of fs.readdirSync(vectors).filter((name) => name.endsWith(".json"))) {
  const name = file.slice(0, -5), want = JSON.parse(fs.readFileSync(`${vectors}/${file}`, "utf8"));
  const data = bytes(fs.readFileSync(`${vectors}/${name}.hex`, "ascii").replace(/\s/g, ""));
  count++;
  let found, error;
  try { found = read(data); } catch (fault) { error = fault; }
  error ??= found.error ?? found.layers.find((layer) => layer.error)?.error;
  if (want.valid && error) faults.push(`${name}: ${error.message}`);
  else if (want.valid) compare(name, found, want.layers);
  else if (!error ? !listed.test(name) : error.condition !== want.condition && !listed.test(name)) faults.push(`${name}: ${error?.condition}`);
}
for (const file of fs.readdirSync(forms)) {
  const name = file.slice(0, -5), want = JSON.parse(fs.readFileSync(`${forms}/${file}`, "utf8"));
  count++;
  if (name.startsWith("bare")) {
    const plain = ({ layers }) => layers.map(({ kind, coding, ancillary, payload }) => [kind, coding, ancillary, Array.from(payload)]);
    same(name, plain(read(bytes(want.bare))), plain(read(bytes(want.file))));
    same(`${name}: text`, plain(read(want.text)), plain(read(bytes(want.file))));
  } else if (name.startsWith("cut")) {
    for (const cut of want.cuts) compare(`${name} at ${cut.bytes}`, read(bytes(want.file).subarray(0, cut.bytes)), cut.layers);
  } else if (name.startsWith("invalid")) {
    try { read(bytes(want.bare)); faults.push(`${name}: accepted`); } catch { /* as it should be */ }
  }
}
const painted = JSON.parse(fs.readFileSync(cases, "utf8")).map(({ file, width, height }) => {
  const { data } = decode(Uint8Array.from(Buffer.from(file, "base64")), { width, height });
  return Buffer.from(data.filter((_, k) => k % 4 < 3)).toString("base64");
});
const tables = { logistic: Array.from(logistic), cosines: [1, 2, 3, 17, 64].map((n) => Array.from(cosines(n))) };
console.log(JSON.stringify({ count, faults, painted, tables }));
