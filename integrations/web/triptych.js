/* Triptych for pages and Node: reads .trp files, bare forms and placeholders, and paints their colours and edges as the
   decoder `sketch` does. Written from SPEC.md, whose sections it names. Other layers are listed, not unpacked. MIT. */

export class TriptychError extends Error {
  constructor(condition, message) { super(message); this.name = "TriptychError"; this.condition = condition; }
}
const fail = (condition, message) => { throw new TriptychError(condition, message); };
const damaged = (message) => fail("damaged", message);
const clamp = (v, low, high) => v < low ? low : v > high ? high : v;

// --- §2 to §4, §12: containers

class Cursor {
  constructor(data) { this.data = data; this.at = 0; }
  take(n) {
    if (this.at + n > this.data.length) fail("truncated", `cut at byte ${this.data.length}`);
    this.at += n;
    return this.data.subarray(this.at - n, this.at);
  }
  byte() { return this.take(1)[0]; }
  number() {
    const b = this.byte();
    if (b < 224) return b;
    if (b < 255) return 224 + (b - 224) * 256 + this.byte();
    const [x, y, z] = this.take(3);
    return 8160 + x * 65536 + y * 256 + z;
  }
}

function crc(parts, polynomial, bits) {
  let value = 2 ** bits - 1;
  for (const part of parts) for (const byte of part) {
    value ^= byte << bits - 8;
    for (let k = 0; k < 8; k++) value = value << 1 ^ (value >> bits - 1 & 1 ? polynomial | 1 << bits : 0);
  }
  return value;
}

function readSize(cursor) {
  const first = cursor.byte(), form = first & 15;
  if (first >> 4 !== 1) fail("unsupported", `format version ${first >> 4}; this module reads version 1`);
  if (form > 7) fail("unsupported", `size form ${form} is not known`);
  if (form === 0) { const b = cursor.byte(); return [((b >> 4) + 1) * 64, ((b & 15) + 1) * 64, 0]; }
  const side = () => (cursor.number() + 1) * 2 ** (form - 1);
  return [side(), side(), form];
}

function checkSize([width, height, form]) {
  if (Math.max(width, height) > 65536) damaged(`the picture's size is ${width} x ${height} pixels`);
  let best = 0;
  if (width % 64 || height % 64 || Math.max(width, height) > 1024)
    for (best = 7; width % 2 ** (best - 1) || height % 2 ** (best - 1);) best--;
  if (form !== best) damaged("the picture's size is not in its shortest form");
}

function readList(cursor, bare) {
  const layers = [];
  for (let last = false; !last;) {
    if (layers.length === 64) damaged("more than 64 layers");
    const start = cursor.at, tag = cursor.byte();
    last = tag > 127;
    let kind = tag >> 3 & 7, coding = tag & 7;
    if (kind === 7) kind += cursor.number();
    if (coding === 7) coding += cursor.number();
    const length = bare && last ? null : cursor.number();
    if (layers.length && kind <= layers.at(-1).kind) damaged(`the layers are out of order at byte ${start}`);
    const entry = cursor.data.slice(start, cursor.at);
    entry[0] &= 127;
    layers.push({ kind, coding, ancillary: (tag & 64) > 0, length, entry });
  }
  return layers;
}

const NAMES = ["semantic", "texture", "pose", "edges", "recipe", "seed", "detail", "finer"];

function checkKinds(layers) {
  for (const layer of layers) {
    const { kind, coding, ancillary } = layer, known = kind < 6 || kind < 8 && coding === 1;
    layer.name = known ? NAMES[kind] : `kind ${kind}`;
    if (known && ancillary !== kind > 3) damaged(`the ${layer.name} layer has the wrong mark`);
    if (!known && !ancillary) fail("unsupported", `a critical layer of kind ${kind} is not known`);
  }
}

function readFile(data) {
  const cursor = new Cursor(data);
  if (cursor.take(3).join() !== "183,84,80") damaged("not a Triptych file: the signature b7 54 50 is missing");
  const size = readSize(cursor), sizeEnd = cursor.at, layers = readList(cursor, false), end = cursor.at;
  if (cursor.byte() !== crc([data.subarray(0, end)], 7, 8)) damaged("the header is damaged: its checksum does not match");
  checkSize(size);
  checkKinds(layers);
  let at = cursor.at;
  for (const layer of layers) {
    layer.offset = at;
    layer.payload = data.subarray(at, at + layer.length);
    at += layer.length + 2;
    const check = data.subarray(at - 2, at);
    if (check.length < 2) layer.error = new TriptychError("truncated", `the ${layer.name} layer was cut off`);
    else if (crc([data.subarray(3, sizeEnd), layer.entry, layer.payload], 0x1021, 16) !== check[0] * 256 + check[1])
      layer.error = new TriptychError("damaged", `the ${layer.name} layer is damaged: its checksum does not match`);
  }
  const error = at < data.length ? new TriptychError("damaged", `${data.length - at} bytes follow the last layer`) : undefined;
  return { form: "file", width: size[0], height: size[1], layers, error };
}

function readBare(data) {
  if (crc([data.subarray(0, -1)], 7, 8) !== data.at(-1)) damaged("the bare form is damaged or cut: its checksum does not match");
  const cursor = new Cursor(data.subarray(0, -1)), size = readSize(cursor), layers = readList(cursor, true);
  checkSize(size);
  checkKinds(layers);
  for (const layer of layers) layer.payload = cursor.take(layer.length ?? cursor.data.length - cursor.at);
  return { form: "bare", width: size[0], height: size[1], layers };
}

const toBytes = (text) => {
  let binary;
  try { binary = atob(text.trim().replace(/-/g, "+").replace(/_/g, "/")); } catch { damaged("not a base64url text"); }
  return Uint8Array.from(binary, (c) => c.charCodeAt(0));
};

// --- §6: entropy coding

const CUT = Symbol("cut");

class RangeDecoder {
  constructor(data, cut) {
    if (!cut && data.length && data.at(-1) === 0) damaged("a coded payload ends in a zero byte");
    Object.assign(this, { data, cut, at: 0, code: 0, range: 2 ** 32 - 1, spread: 0 });
    for (let k = 0; k < 4; k++) this.shift();
  }
  shift() {
    const known = this.at < this.data.length;
    this.code = this.code * 256 + (known ? this.data[this.at] : 0);
    this.spread = this.spread * 256 + (known || !this.cut ? 0 : 255);
    this.at++;
  }
  take(low, high) {
    if (this.spread && this.code + this.spread >= high) throw CUT;
    this.code -= low;
    this.range = high - low;
    while (this.range < 2 ** 24) { this.range *= 256; this.shift(); }
  }
  bit(p) {
    const bound = (this.range >>> 16) * p, one = this.code < bound;
    if (one) this.take(0, bound); else this.take(bound, this.range);
    return one ? 1 : 0;
  }
  uniform(n) {
    const part = this.range >>> 16, size = 65536 / n;
    const v = Math.floor(Math.min(Math.floor(this.code / part), 65535) / size);
    this.take(part * v * size, v === n - 1 ? this.range : part * (v + 1) * size);
    return v;
  }
  end() { if (!this.cut && this.at < this.data.length) damaged("bytes are left over after the last coded symbol"); }
}

export const logistic = Uint16Array.from({ length: 3072 }, (_, i) =>
  clamp(Math.round(65536 / (1 + Math.exp(-(i - 1535.5) / 128))), 1, 65535));

class Network {
  constructor(table, inputs, h1, h2, outputs, groups) {
    Object.assign(this, { h1, h2, outputs });
    const sizes = { b2: 4 * h2, b3: 4 * outputs, w1: inputs * h1, b1: groups * h1, w2: h1 * h2, w3: h2 * outputs };
    const { buffer } = unpack(table, Object.values(sizes).reduce((a, b) => a + b));
    let at = 0;
    for (const [name, size] of Object.entries(sizes)) {
      this[name] = name === "b2" || name === "b3" ? new Int32Array(buffer, at, size / 4) : new Int8Array(buffer, at, size);
      at += size;
    }
    this.a2 = new Float64Array(h2);
    this.p = new Uint16Array(outputs);
  }
  // P(1) of each output from the sums of the first layer.
  after(sums, from) {
    const { h1, h2, outputs, w2, w3, a2 } = this;
    a2.set(this.b2);
    for (let j = 0; j < h1; j++) {
      const a = clamp(sums[from + j] >> 2, 0, 127);
      if (a) for (let k = 0, at = j * h2; k < h2; k++) a2[k] += a * w2[at + k];
    }
    for (let o = 0; o < outputs; o++) {
      let l = this.b3[o];
      for (let k = 0; k < h2; k++) l += clamp(a2[k] >> 6, 0, 127) * w3[k * outputs + o];
      this.p[o] = logistic[clamp(l >> 3, -1536, 1535) + 1536];
    }
    return this.p;
  }
}

export function gridShape(width, height, cells) {
  const longer = Math.max(width, height);
  return [height, width].map((side) => Math.max(1, Math.floor((2 * side * cells + longer) / (2 * longer))));
}

// --- §7.2: colours

const RUNGS = [1, 2, 3, 4, 6, 8, 11, 15, 20];
const BEFORE = [[-1, 0], [0, -1], [-1, -1], [-2, 0], [0, -2], [-2, 1], [1, -2], [-2, -1], [-1, -2]];
const AROUND = [[0, 0], [1, 0], [0, 1], [-1, 0], [0, -1]];
let textureNetwork, edgeNetwork;

class Levels {
  constructor(rows, columns, index) {
    Object.assign(this, { rows, columns, index });
    this.planes = [0, 1, 2].map(() => new Int32Array(rows * columns));
  }
  at(p, y, x) { return y < 0 || x < 0 || y >= this.rows || x >= this.columns ? 0 : this.planes[p][y * this.columns + x]; }
  small(p, y, x) { return Math.min(Math.abs(this.at(p, y, x)), 15); }
  energy(p, d) {
    let sum = 0;
    for (let y = Math.max(0, d - this.columns + 1); y <= Math.min(d, this.rows - 1); y++) sum += this.small(p, y, d - y);
    return sum;
  }
  agreement(o, p, d) {
    let sum = 0;
    for (let y = 0; y < Math.min(8, this.rows); y++) for (let x = 0; x < Math.min(8, this.columns) && y + x < d; x++)
      sum += Math.sign(this.at(o, y, x)) * Math.sign(this.at(p, y, x));
    return clamp(sum, -15, 15);
  }
  // One anti-diagonal of a plane.
  read(coder, p, d) {
    const net = textureNetwork ??= new Network(TEXTURE, 47, 64, 32, 8, 1);
    const e = Math.min(60, Math.floor(4 * (this.energy(p, d - 1) + this.energy(p, d - 2)) / Math.max(1, 2 * d - 1)));
    const agree = [0, 1].map((o) => o < p ? this.agreement(o, p, d) : 0), sums = new Int32Array(64);
    for (let y = Math.max(0, d - this.columns + 1); y <= Math.min(d, this.rows - 1); y++) {
      const x = d - y, inputs = [1, +(p === 1), +(p === 2), 2 * (32 - Math.clz32(this.rows * this.columns)), this.index];
      for (const side of [y, x]) for (const r of RUNGS) inputs.push(+(side >= r));
      for (const [dy, dx] of BEFORE) inputs.push(this.small(p, y + dy, x + dx));
      inputs.push(e);
      for (const o of [0, 1]) {
        if (o >= p) { inputs.push(0, 0, 0, 0, 0, 0, 0); continue; }
        for (const [dy, dx] of AROUND) inputs.push(this.small(o, y + dy, x + dx));
        inputs.push(clamp(this.at(o, y, x), -3, 3) * agree[o], clamp(this.at(o, y, x), -15, 15));
      }
      sums.set(net.b1);
      inputs.forEach((v, k) => { if (v) for (let j = 0; j < 64; j++) sums[j] += v * net.w1[k * 64 + j]; });
      this.planes[p][y * this.columns + x] = level(coder, net.after(sums, 0));
    }
  }
  // §7.2.4
  steps(coder, first, stop) {
    for (let k = first; k < stop; k++) for (const p of [0, 1, 2])
      if (k - p >= 0 && k - p < this.rows + this.columns - 1) this.read(coder, p, k - p);
  }
  // §7.2.3
  colours() {
    const { rows, columns, index } = this, step = [32, 36, 40, 45, 51, 57][index % 6] * 2 ** Math.floor(index / 6);
    const down = cosines(rows), across = cosines(columns), plane = [];
    for (const levels of this.planes) {
      const half = new Float64Array(rows * columns), out = new Float64Array(rows * columns);
      for (let y = 0; y < rows; y++) for (let x = 0; x < columns; x++) {
        const v = clamp(levels[y * columns + x] * step, -(2 ** 20), 2 ** 20);
        if (v) for (let j = 0; j < columns; j++) half[y * columns + j] += v * across[x * columns + j];
      }
      for (let y = 0; y < rows; y++) for (let i = 0; i < rows; i++) {
        const c = down[y * rows + i];
        for (let j = 0; j < columns; j++) out[i * columns + j] += c * half[y * columns + j];
      }
      plane.push(out.map((v) => Math.floor((v + 2 ** 25) / 2 ** 26)));
    }
    const rgb = new Uint8Array(rows * columns * 3), shown = (v) => clamp(Math.floor((v + 2 ** 19) / 2 ** 20), 0, 255);
    for (let k = 0; k < rows * columns; k++) {
      const y = 65536 * (plane[0][k] + 2048), cb = plane[1][k], cr = plane[2][k];
      rgb.set([shown(y + 91881 * cr), shown(y - 22554 * cb - 46802 * cr), shown(y + 116130 * cb)], 3 * k);
    }
    return { rows, columns, rgb };
  }
}

export function cosines(n) {
  return Float64Array.from({ length: n * n }, (_, at) => {
    const k = Math.floor(at / n), i = at % n;
    return Math.round(8192 * Math.sqrt((k ? 2 : 1) / n) * Math.cos(Math.PI * (2 * i + 1) * k / (2 * n)));
  });
}

function level(coder, p) {
  if (!coder.bit(p[0])) return 0;
  const sign = coder.bit(p[1]) ? -1 : 1;
  for (let k = 1; k <= 6; k++) if (!coder.bit(p[1 + k])) return sign * k;
  let length = 2;
  while (coder.bit(32768)) if (2 ** (++length - 1) > 16384) damaged("a level is out of range");
  return sign * (2 ** (length - 1) + coder.uniform(2 ** (length - 1)) + 5);
}

function readColours({ payload, coding, error }, width, height) {
  if (coding > 1) fail("unsupported", `coding ${coding} of the texture layer is not known`);
  if (payload.length < 2 + coding || payload[0] > 63 || payload[1] > 47) damaged("the texture layer has no valid start");
  const [rows, columns] = gridShape(width, height, payload[0] + 1), all = rows + columns + 1;
  const levels = new Levels(rows, columns, payload[1]), stop = coding ? payload[2] : all;
  if (stop < 1 || stop > all) damaged(`the texture layer states ${stop} steps`);
  levels.stop = coding ? stop : 0;
  const coder = new RangeDecoder(payload.subarray(2 + coding), !!error);
  upToCut(() => {
    if (coding) levels.steps(coder, 0, stop);
    else for (const p of [0, 1, 2]) for (let d = 0; d < rows + columns - 1; d++) levels.read(coder, p, d);
    coder.end();
  });
  return levels;
}

// §7.8
function readFiner({ payload, error }, levels) {
  const [first, count] = payload;
  if (payload.length < 2 || !first || !count) damaged("the finer layer has no valid start");
  if (!levels || levels.stop !== first) damaged("the finer layer does not go on where the colours end");
  if (first + count > levels.rows + levels.columns + 1) damaged("the finer layer has more steps than its grid");
  const coder = new RangeDecoder(payload.subarray(2), !!error);
  upToCut(() => { levels.steps(coder, first, first + count); coder.end(); });
}

const upToCut = (work) => { try { work(); } catch (stop) { if (stop !== CUT) throw stop; } };

// --- §7.4: edges

const WINDOW = [];
for (let dy = -10; dy < 0; dy++) { const r = dy < -4 ? 9 : 12; for (let dx = -r; dx <= r; dx++) WINDOW.push([dy, dx]); }
for (let dx = -16; dx < 0; dx++) WINDOW.push([0, dx]);

function readScan(coder, bits, known, rows, columns) {
  const net = edgeNetwork ??= new Network(EDGES, 230, 96, 32, 1, 16);
  const start = net.b1.subarray(96 * coder.uniform(16)), sums = new Int16Array(rows * columns * 96);
  for (let k = 0; k < sums.length; k++) sums[k] = start[k % 96];
  for (let wave = 0; wave < columns + 13 * (rows - 1); wave++)
    for (let y = Math.max(0, Math.ceil((wave - columns + 1) / 13)); y <= Math.min(rows - 1, Math.floor(wave / 13)); y++) {
      const x = wave - 13 * y, at = y * columns + x;
      if (known?.[at] || !coder.bit(net.after(sums, 96 * at)[0])) continue;
      bits[at] = 1;
      WINDOW.forEach(([dy, dx], k) => {
        const v = y - dy, u = x - dx;
        if (v < rows && u >= 0 && u < columns)
          for (let j = 0, to = 96 * (v * columns + u), from = 96 * k; j < 96; j++) sums[to + j] += net.w1[from + j];
      });
    }
}

function readEdges({ payload, coding, error }, width, height) {
  if (coding > 1) fail("unsupported", `coding ${coding} of the edge layer is not known`);
  if (!payload.length) damaged("the edge layer is empty");
  const [rows, columns] = gridShape(width, height, payload[0] + 1), bits = new Uint8Array(rows * columns);
  const coder = new RangeDecoder(payload.subarray(1), !!error), known = new Uint8Array(rows * columns);
  upToCut(() => {
    if (!coding) readScan(coder, bits, null, rows, columns);
    for (let n = 0; coding && n < 16 && coder.bit(32768); n++) {
      const scan = new Uint8Array(rows * columns);
      try { readScan(coder, scan, known, rows, columns); } finally { scan.forEach((bit, k) => { bits[k] |= bit; }); }
      if (!scan.includes(1)) damaged("a scan of the edge layer is empty");
      for (let y = 0; y < rows; y++) for (let x = 0; x < columns; x++) if (scan[y * columns + x])
        for (let v = Math.max(0, y - 1); v <= Math.min(rows - 1, y + 1); v++)
          for (let u = Math.max(0, x - 1); u <= Math.min(columns - 1, x + 1); u++) known[v * columns + u] = 1;
    }
    coder.end();
  });
  return { rows, columns, bits };
}

// --- reading

const cuttable = ({ error, kind, coding }) => error.condition === "truncated" && coding === 1 && [1, 3, 7].includes(kind);

/** The layers of a file, a bare form or its text; damage to a layer costs that layer. */
export function read(source) {
  const data = typeof source === "string" ? toBytes(source) : source instanceof ArrayBuffer ? new Uint8Array(source) : source;
  const picture = data[0] >= 0x10 && data[0] <= 0x17 ? readBare(data) : readFile(data);
  let levels;
  for (const layer of picture.layers) {
    if (layer.error && !cuttable(layer)) continue;
    try {
      if (layer.name === "texture") levels = readColours(layer, picture.width, picture.height);
      else if (layer.name === "finer") readFiner(layer, levels);
      else if (layer.name === "edges") picture.edges = readEdges(layer, picture.width, picture.height);
      else if (layer.name === "semantic" && !layer.coding)
        picture.prompt = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(layer.payload);
    } catch (error) {
      layer.error = error instanceof TriptychError ? error : new TriptychError("damaged", `the ${layer.name} layer: ${error.message}`);
    }
  }
  if (levels) picture.colours = levels.colours();
  return picture;
}

// --- lines: followed, smoothed, drawn

const STEPS = [[0, 1], [0, -1], [1, 0], [-1, 0], [1, 1], [-1, -1], [1, -1], [-1, 1]]; // dy, dx; pairs are opposite

// Polylines of the set pixels, split at junctions.
function trace(bits, rows, columns) {
  const set = (y, x) => y >= 0 && x >= 0 && y < rows && x < columns && bits[y * columns + x];
  const left = new Uint8Array(rows * columns), ends = new Uint8Array(rows * columns), lines = [];
  for (let y = 0; y < rows; y++) for (let x = 0; x < columns; x++) {
    if (!set(y, x)) continue;
    let count = 0;
    STEPS.forEach(([dy, dx], k) => {
      if (set(y + dy, x + dx) && !(dy && dx && (set(y + dy, x) || set(y, x + dx)))) { left[y * columns + x] |= 1 << k; count++; }
    });
    ends[y * columns + x] = +(count !== 2);
  }
  const point = (at) => [at % columns + 0.5, Math.floor(at / columns) + 0.5];
  const walk = (at) => {
    const line = [point(at)];
    do {
      const k = 31 - Math.clz32(left[at] & -left[at]);
      left[at] &= left[at] - 1;
      at += STEPS[k][0] * columns + STEPS[k][1];
      left[at] &= ~(1 << (k ^ 1));
      line.push(point(at));
    } while (!ends[at] && left[at]);
    lines.push(line);
  };
  bits.forEach((bit, at) => {
    if (!bit || !ends[at]) return;
    if (!left[at]) { if (STEPS.every(([dy, dx]) => !set(Math.floor(at / columns) + dy, at % columns + dx))) lines.push([point(at)]); }
    while (left[at]) walk(at);
  });
  bits.forEach((bit, at) => { if (bit && left[at]) walk(at); });
  return lines;
}

const isClosed = (line) => line.length > 2 && line[0].join() === line.at(-1).join();
// The place of the point after (or before) another one on a line.
const next = (line, k, by) => {
  const n = line.length, to = k + by;
  return to >= 0 && to < n ? to : isClosed(line) ? (by > 0 ? 1 : n - 2) : k;
};

function smooth(line) {
  const n = line.length, after = line.map((_, k) => next(line, k, 1)), before = line.map((_, k) => next(line, k, -1));
  const turn = line.map(([x, y], k) => {
    const a = line[before[before[before[k]]]], b = line[after[after[after[k]]]];
    const [px, py, qx, qy] = [x - a[0], y - a[1], b[0] - x, b[1] - y];
    return Math.abs(Math.atan2(px * qy - py * qx, px * qx + py * qy));
  });
  const reach = turn.map((t, k) => {
    if (before[k] === k || after[k] === k) return 0;
    const around = Math.max(turn[before[k]], turn[after[k]], turn[before[before[k]]], turn[after[after[k]]]);
    return t > Math.PI / 3 && t >= around ? 0.075 : 0.5;
  });
  let points = line;
  for (let round = 0; round < 24; round++)
    points = points.map((p, k) => [0, 1].map((i) =>
      clamp(0.5 * p[i] + 0.25 * (points[before[k]][i] + points[after[k]][i]), line[k][i] - reach[k], line[k][i] + reach[k])));
  return n > 1 ? points : line;
}

// One point more between every two (Dyn, Levin and Gregory 1987).
function refine(line) {
  const found = [];
  line.forEach((p, k) => {
    found.push(p);
    if (k === line.length - 1) return;
    const b = line[next(line, k, -1)], a = line[k + 1], c = line[next(line, k + 1, 1)];
    found.push([0, 1].map((i) => 0.5625 * (p[i] + a[i]) - 0.0625 * (b[i] + c[i])));
  });
  return found;
}

// Chains of single pixels.
function rasterise(lines, sx, sy, w, h) {
  const bits = new Uint8Array(w * h);
  for (const line of lines) line.forEach((p, k) => {
    const [x0, y0] = [Math.floor(p[0] * sx), Math.floor(p[1] * sy)], q = line[k + 1] ?? p;
    const dx = Math.floor(q[0] * sx) - x0, dy = Math.floor(q[1] * sy) - y0, n = Math.max(Math.abs(dx), Math.abs(dy), 1);
    for (let t = 0; t <= n; t++) {
      const x = x0 + Math.round(dx * t / n), y = y0 + Math.round(dy * t / n);
      if (x >= 0 && y >= 0 && x < w && y < h) bits[y * w + x] = 1;
    }
  });
  return bits;
}

// Lines of a width as a mask 0..1.
function strokes(lines, sx, sy, w, h, wide) {
  const mask = new Float32Array(w * h), r = wide / 2 + 0.5;
  for (const line of lines) line.forEach((p, k) => {
    const q = line[k + 1] ?? p, ax = p[0] * sx, ay = p[1] * sy, dx = q[0] * sx - ax, dy = q[1] * sy - ay;
    if (k && k === line.length - 1) return;
    const square = dx * dx + dy * dy;
    for (let y = Math.max(0, Math.floor(Math.min(ay, ay + dy) - r)); y < Math.min(h, Math.max(ay, ay + dy) + r); y++)
      for (let x = Math.max(0, Math.floor(Math.min(ax, ax + dx) - r)); x < Math.min(w, Math.max(ax, ax + dx) + r); x++) {
        const u = x + 0.5 - ax, v = y + 0.5 - ay, t = square ? clamp((u * dx + v * dy) / square, 0, 1) : 0;
        const cover = r - Math.hypot(u - t * dx, v - t * dy);
        if (cover > mask[y * w + x]) mask[y * w + x] = Math.min(cover, 1);
      }
  });
  return mask;
}

// --- colours that spread and stop at edges; planes are {h, w, v: Float32Array}

const LEAK = 0.005, FIDELITY = 15, BEYOND = 0.15;
const plane = (h, w, v) => ({ h, w, v: v ?? new Float32Array(h * w) });

// down (h x rows) * plane * across (w x columns) transposed
function product(down, { h: rows, w: columns, v }, across) {
  const h = down.length, w = across.length, half = new Float64Array(rows * w), out = plane(h, w);
  for (let i = 0; i < rows; i++) for (let x = 0; x < w; x++) {
    let sum = 0;
    for (let j = 0; j < columns; j++) sum += v[i * columns + j] * across[x][j];
    half[i * w + x] = sum;
  }
  for (let y = 0; y < h; y++) for (let i = 0; i < rows; i++) {
    const c = down[y][i];
    if (c) for (let x = 0; x < w; x++) out.v[y * w + x] += c * half[i * w + x];
  }
  return out;
}

// For each pixel the cells that it lies in: [cell, share, next cell, its share].
function areas(cells, pixels) {
  return Array.from({ length: pixels }, (_, k) => {
    const size = cells / pixels, first = Math.floor(k * size + 1e-9), bound = (first + 1) / size;
    const own = Math.min(1, bound - k) * size, other = size - own;
    return other > 1e-9 && first + 1 < cells ? [first, own, first + 1, other] : [first, own, first, 0];
  });
}

function interpolation(cells, pixels, cubic) {
  return Array.from({ length: pixels }, (_, k) => {
    const at = (k + 0.5) * cells / pixels - 0.5, base = Math.floor(at), t = at - base, row = new Float64Array(cells);
    const weights = cubic
      ? [((2 - t) * t - 1) * t / 2, ((3 * t - 5) * t * t + 2) / 2, ((4 - 3 * t) * t + 1) * t / 2, (t - 1) * t * t / 2]
      : [0, 1 - t, t];
    weights.forEach((weight, j) => { row[clamp(base + j - 1, 0, cells - 1)] += weight; });
    return row;
  });
}

// Cubic interpolation whose cell averages are the samples it is given.
function averagingCubic(cells, pixels) {
  const cubic = interpolation(cells, pixels, true), m = Array.from({ length: cells }, (_, i) => {
    const row = new Float64Array(2 * cells);
    row[cells + i] = 1;
    return row;
  });
  areas(cells, pixels).forEach(([a, s, b, t], k) => {
    for (let j = 0; j < cells; j++) { m[a][j] += s * cubic[k][j]; m[b][j] += t * cubic[k][j]; }
  });
  for (let c = 0; c < cells; c++) { // Gauss and Jordan
    let best = c;
    for (let r = c; r < cells; r++) if (Math.abs(m[r][c]) > Math.abs(m[best][c])) best = r;
    [m[c], m[best]] = [m[best], m[c]];
    const lead = m[c][c];
    for (let j = 0; j < 2 * cells; j++) m[c][j] /= lead;
    for (let r = 0; r < cells; r++) if (r !== c && m[r][c]) {
      const f = m[r][c];
      for (let j = 0; j < 2 * cells; j++) m[r][j] -= f * m[c][j];
    }
  }
  return cubic.map((row) => Float64Array.from({ length: cells }, (_, j) => row.reduce((sum, v, k) => sum + v * m[k][cells + j], 0)));
}

function upsample(cells, h, w) {
  const { h: rows, w: columns, v } = cells, low = plane(rows, columns), high = plane(rows, columns);
  for (let y = 0; y < rows; y++) for (let x = 0; x < columns; x++) {
    let least = 255, most = 0;
    for (let i = Math.max(0, y - 1); i <= Math.min(rows - 1, y + 1); i++)
      for (let j = Math.max(0, x - 1); j <= Math.min(columns - 1, x + 1); j++) {
        least = Math.min(least, v[i * columns + j]);
        most = Math.max(most, v[i * columns + j]);
      }
    low.v[y * columns + x] = Math.max(least - BEYOND * (most - least), 0);
    high.v[y * columns + x] = Math.min(most + BEYOND * (most - least), 255);
  }
  const linear = [interpolation(rows, h), interpolation(columns, w)];
  const bounds = [low, high].map((one) => product(linear[0], one, linear[1]).v);
  const out = product(averagingCubic(rows, h), cells, averagingCubic(columns, w));
  const limit = (u) => { for (let k = 0; k < u.length; k++) u[k] = clamp(u[k], bounds[0][k], bounds[1][k]); return u; };
  limit(out.v);
  return { out, limit };
}

// The smoothest plane, but for jumps at barriers, with the cells' averages (conjugate gradients).
function solve(cells, barrier, h, w) {
  const { out: { v: u }, limit } = upsample(cells, h, w), n = h * w, ys = areas(cells.h, h), xs = areas(cells.w, w);
  const free = Float32Array.from(barrier, (b) => b ? 1e-3 : 1), ease = (a, b) => barrier[a] || barrier[b] ? LEAK : 1;
  const average = (v) => {
    const sums = new Float64Array(cells.h * cells.w);
    for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) {
      const [a, s, b, t] = ys[y], [c, p, d, q] = xs[x], value = free[y * w + x] * v[y * w + x];
      sums[a * cells.w + c] += s * p * value;
      if (q) sums[a * cells.w + d] += s * q * value;
      if (t) { sums[b * cells.w + c] += t * p * value; if (q) sums[b * cells.w + d] += t * q * value; }
    }
    return sums;
  };
  const whole = average(new Float32Array(n).fill(1));
  const spread = (values) => {
    const out = new Float32Array(n);
    for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) {
      const [a, s, b, t] = ys[y], [c, p, d, q] = xs[x], at = (i, j) => values[i * cells.w + j] * FIDELITY / whole[i * cells.w + j];
      out[y * w + x] = free[y * w + x] * (s * (p * at(a, c) + q * at(a, d)) + t * (p * at(b, c) + q * at(b, d)));
    }
    return out;
  };
  const flows = (act) => {
    for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) {
      const k = y * w + x;
      if (x + 1 < w) act(k, k + 1, ease(k, k + 1));
      if (y + 1 < h) act(k, k + w, ease(k, k + w));
    }
  };
  const apply = (v) => {
    const out = spread(average(v).map((sum, k) => sum / whole[k]));
    flows((a, b, e) => { const flow = e * (v[b] - v[a]); out[b] += flow; out[a] -= flow; });
    return out;
  };
  const diagonal = new Float32Array(n).fill(1e-6);
  flows((a, b, e) => { diagonal[a] += e; diagonal[b] += e; });
  const dot = (a, b) => { let sum = 0; for (let k = 0; k < n; k++) sum += a[k] * b[k]; return sum; };
  const residual = spread(cells.v), pushed = apply(u);
  for (let k = 0; k < n; k++) residual[k] -= pushed[k];
  let step = residual.map((r, k) => r / diagonal[k]), move = step.slice(), energy = dot(residual, step);
  for (let round = 0; round < 40; round++) {
    const push = apply(move), length = energy / (dot(move, push) + 1e-20);
    for (let k = 0; k < n; k++) { u[k] += length * move[k]; residual[k] -= length * push[k]; step[k] = residual[k] / diagonal[k]; }
    const before = energy;
    energy = dot(residual, step);
    for (let k = 0; k < n; k++) move[k] = step[k] + energy / (before + 1e-20) * move[k];
  }
  return plane(h, w, limit(u));
}

// Wanted pixels take the average of known neighbours.
function fill({ h, w, v }, known, wanted, rounds) {
  let spots = [];
  wanted.forEach((bit, k) => { if (bit) spots.push(k); });
  known = Uint8Array.from(known);
  for (let round = 0; round < rounds && spots.length; round++) {
    const found = [];
    for (const k of spots) {
      let sum = 0, count = 0;
      const x = k % w, look = (at) => { if (known[at]) { sum += v[at]; count++; } };
      if (x > 0) look(k - 1);
      if (x < w - 1) look(k + 1);
      if (k >= w) look(k - w);
      if (k < w * (h - 1)) look(k + w);
      if (count) found.push([k, sum / count]);
    }
    for (const [k, value] of found) { v[k] = value; known[k] = 1; }
    spots = spots.filter((k) => !known[k]);
  }
}

// Twice the size, colours on their side of the barriers.
function finer({ h, w, v }, barrier, drawn) {
  const out = plane(2 * h, 2 * w), W = 2 * w, known = new Uint8Array(4 * h * w), wanted = new Uint8Array(4 * h * w);
  for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) {
    const k = y * w + x, own = v[k], way = (ok, at) => ok && !barrier[k] && !barrier[at] ? 0.25 * (v[at] - own) : 0;
    const left = way(x > 0, k - 1), right = way(x < w - 1, k + 1), up = way(y > 0, k - w), down = way(y < h - 1, k + w);
    for (const [i, j] of [[0, 0], [0, 1], [1, 0], [1, 1]]) {
      const at = (2 * y + i) * W + 2 * x + j;
      out.v[at] = own + (j ? right : left) + (i ? down : up);
      known[at] = +(!barrier[k] && !drawn[at]);
      wanted[at] = +(!known[at] && !drawn[at]);
    }
  }
  fill(out, known, wanted, 4);
  return out;
}

// Another size, by a cubic (`hard`: linear) kernel.
function resize(from, h, w, hard) {
  if (from.h === h && from.w === w) return from;
  const kernel = (n, m) => Array.from({ length: m }, (_, k) => {
    const scale = Math.max(n / m, 1), centre = (k + 0.5) * n / m, row = new Float64Array(n), r = (hard ? 1 : 2) * scale;
    let sum = 0;
    for (let j = Math.max(0, Math.floor(centre - r)); j < Math.min(n, Math.ceil(centre + r)); j++) {
      const t = Math.abs(j + 0.5 - centre) / scale;
      row[j] = hard ? Math.max(0, 1 - t) : t < 1 ? (1.5 * t - 2.5) * t * t + 1 : t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
      sum += row[j];
    }
    return row.map((x) => x / sum);
  });
  return product(kernel(from.h, h), from, kernel(from.w, w));
}

// --- painting

function coloured({ rows, columns, rgb }, edges, w, h) {
  let planes = [0, 1, 2].map((c) => plane(rows, columns, Float32Array.from({ length: rows * columns }, (_, k) => rgb[3 * k + c])));
  let [gh, gw] = edges ? [edges.rows, edges.columns] : [0, 0];
  let barrier = edges?.bits.map((bit, k) => { // lines, not filled areas
    const x = k % gw, y = (k - x) / gw;
    return +(bit && [-1, 0, 1].some((i) => [-1, 0, 1].some((j) => !edges.bits[clamp(y + i, 0, gh - 1) * gw + clamp(x + j, 0, gw - 1)])));
  });
  if (!barrier?.includes(1)) {
    const [H, W] = [Math.max(h, 2 * rows), Math.max(w, 2 * columns)];
    return planes.map((one) => resize(upsample(one, H, W).out, h, w));
  }
  let lines = trace(edges.bits, gh, gw).map(smooth);
  const redrawn = () => rasterise(lines, gw / edges.columns, gh / edges.rows, gw, gh);
  const double = () => { gh *= 2; gw *= 2; lines = lines.map(refine); };
  while (gh < rows || gw < columns) { double(); barrier = redrawn(); }
  planes = planes.map((one) => solve(one, barrier, gh, gw));
  const ink = resize(unseen(planes, barrier), h, w, true).v;
  while (2 * gh * gw < w * h) {
    const before = barrier;
    double();
    barrier = redrawn();
    planes = planes.map((one) => finer(one, before, barrier));
  }
  const free = barrier.map((bit) => 1 - bit);
  for (const one of planes) fill(one, free, barrier, 2);
  const mask = strokes(lines, w / edges.columns, h / edges.rows, w, h, Math.max(1, 2.5 * Math.min(w, h) / 512));
  return planes.map((one) => {
    const shown = resize(one, h, w);
    return plane(h, w, shown.v.map((value, k) => value * (1 - mask[k] * ink[k])));
  });
}

// How much ink edges need: most where both sides are equally bright.
function unseen(planes, barrier) {
  const { h, w } = planes[0], free = barrier.map((bit) => 1 - bit), luma = new Float32Array(h * w), step = new Float32Array(h * w);
  planes.forEach(({ v }, c) => {
    const filled = plane(h, w, v.slice());
    fill(filled, free, barrier, 2);
    for (let k = 0; k < h * w; k++) luma[k] += [0.299, 0.587, 0.114][c] * filled.v[k];
  });
  const around = (from, act) => from.map((_, k) => {
    const x = k % w, y = (k - x) / w, near = [];
    for (let i = -1; i < 2; i++) for (let j = -1; j < 2; j++) near.push(from[clamp(y + i, 0, h - 1) * w + clamp(x + j, 0, w - 1)]);
    return act(near);
  });
  step.set(around(luma, (near) => Math.max(...near) - Math.min(...near)));
  return plane(h, w, around(step, (near) => 0.3 * clamp(1 - near.reduce((a, b) => a + b) / 9 / 80, 0, 1)));
}

/** What the colours and edges of a picture show, RGBA; at most about a megapixel is painted. */
export function paint(picture, { width = picture.width, height = picture.height } = {}) {
  const shrink = Math.min(1, Math.sqrt(2 ** 20 / (width * height)));
  const w = Math.max(1, Math.round(width * shrink)), h = Math.max(1, Math.round(height * shrink));
  const { colours, edges } = picture, data = new Uint8ClampedArray(w * h * 4).fill(255);
  let planes = [128, 128, 128].map((grey) => plane(h, w, new Float32Array(w * h).fill(grey)));
  if (colours) planes = coloured(colours, edges, w, h);
  else if (edges) {
    const lines = trace(edges.bits, edges.rows, edges.columns).map(smooth).map(refine).map(refine);
    const mask = strokes(lines, w / edges.columns, h / edges.rows, w, h, Math.max(1, 1.7 * Math.min(w, h) / 512));
    const paper = [250, 248, 243], pencil = [45, 43, 48];
    planes = paper.map((white, c) => plane(h, w, mask.map((cover) => white + cover * (pencil[c] - white))));
  }
  planes.forEach(({ v }, c) => v.forEach((value, k) => { data[4 * k + c] = value; }));
  return { width: w, height: h, data };
}

/** `paint` of `read`. */
export const decode = (source, size) => paint(read(source), size);

/** Paints a source, or what lies at an address, into an <img> or <canvas>; gives the picture as read. */
export async function show(element, source, size) {
  if (source instanceof URL) source = new Uint8Array(await (await fetch(source)).arrayBuffer());
  const picture = read(source), { width, height, data } = paint(picture, size);
  const canvas = element instanceof HTMLCanvasElement ? element : document.createElement("canvas");
  Object.assign(canvas, { width, height });
  canvas.getContext("2d").putImageData(new ImageData(data, width, height), 0, 0);
  if (canvas !== element) { element.src = canvas.toDataURL(); await element.decode(); }
  return picture;
}

/** Shows every <img data-triptych>: a text, or an address, which has a dot or a slash in it. */
export const showAll = (root = document) => Promise.all(Array.from(root.querySelectorAll("img[data-triptych]"), (img) => {
  const given = img.dataset.triptych;
  return show(img, /[./]/.test(given) ? new URL(given, document.baseURI) : given);
}));

// --- §11: tables, packed by tables.py

// Bytes coded with probabilities that adapt, eight bits each from the highest on, as text in base 85 (RFC 1924).
function unpack(text, length) {
  const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
  const view = new DataView(new ArrayBuffer(text.length / 5 * 4));
  for (let k = 0; k < text.length; k += 5)
    view.setUint32(k / 5 * 4, [...text.slice(k, k + 5)].reduce((v, c) => v * 85 + digits.indexOf(c), 0));
  const coder = new RangeDecoder(new Uint8Array(view.buffer), true), p = new Uint16Array(256).fill(32768);
  return Uint8Array.from({ length }, () => {
    let at = 1;
    while (at < 256) {
      const bit = coder.bit(p[at]);
      p[at] += (bit * 65504 + 16 - p[at]) >> 5;
      at = 2 * at + bit;
    }
    return at - 256;
  });
}
const TEXTURE = ">;7;0)C`~kXD~nra5IVqFd}kvc5O`tU|qJ7H)M%{z}Ui<zQA|&pY^-v7iHm^kBQ}PlWVE}U=ARcCjhfbINRfmbj-HA)KvX_Eho{wn&FNA^eQX8zaCyX{24$JJP-MU^8IGHc;QZAs`B|bO)<qoE)kGZ4a!P;r*ng%Loo~g)OH5zM!N1WGc_@q?pBnrFKE?020wsqNWa#8YxYNmN?8<~j0I@7hJbs0c2LCgA%ripCf)=DK+pJF*n~H-d$bOq8ESX_5NTG3h4y;b64OIMdf*n2Mh_GggI@n^qRZAv*2F<SWOYk^4*(R#|Ft*pnyX?pt-X3KUc&^})Z9(mP<Ht{@)J=Jws~VCruNxDfC-9Np~UuyJoz1V<2YgS13E^B(<PRvuDGiLAf7bu^Nj3_TL%;@V^G8I7?je?k7t7K60Bw_0$PmTDhG|_KAw&pH~c_~3*OU@(m8h17&qk~(HL~{zxd6^02I1-S@g=jM<ew9ea+1NP3&~5plIxcoMdw-QQKG1Wkv<sh>*ce1CHQ{eV)%M77sTE>+;+vD=wA3J@gWPs5DF$aReJ9Yi9BX0@ScLj7Xj}&&DxDQKz6Ud<s<|y7zXLl~AZ7<xW_CZS>l7%oBs^x<ztjZyg4PESa^zW$7)Dh`sQ1j=|?*Eze;X=eI~ZksE5Kr|g|*u!mQxDJ~yWLLtU;>CbvI&;X0D?Dj0VW1V4ZkGvcTEDN)4SzY(mIJAPiy9*j+$G-k-&3m>_M&}IBK6^siU^ZR)k*ez=>6XOXs^~Ary5q48OoEjIW4w{zGOEgUd=%91^&?xqxz9_lbEo9^lf8^;a_tLers=;0Ez_|w46|dSIRSwRyThy3@IKA0G&KQ-onP|vAezmg5Qcevx4;&oyeXw?3m^kVG8(OqYiOZv^oqjXA(n;b1H)wr;_z`EGgg+(&^plR2&x@-BO>;jp&E3YaYFj1DOgtT4WqTFL%qJS=VtTDya~8m;7?Kh!ry)jLcj8A>mF&a+rt{=vO7Pk5uivjNUH=`ZGSLZ9sMqldEOv>jQw+Q9=W@P2os)#OVGn*9|5h^DjtN3yOcAeP}cf`w20F8da#PgBcxiJisnL|rI!Gm2&xpAtB30ON3pbv<>peuybP}CE@zso)isHzmv-Mdx<-F#!PNkUyDA(ww@S&ty`Q)AvYBn-d%M(_m;xgPd{0MFrBw001_DPqVoa6V9W+roqu_~Q4X7KWrDtP!g=We3jQYG?Awn^ppf$`GittV4z6q@zMc22gM;GZ}YVm=$W;|0l6vCobS{pX`Bd!VG^=w)8aXwiz%A5G#xy8>~Fp6w;==-XoeuMI}ok82UDk{obALFwp8wdIE#ee7gFHth6%{vdUzAh3INmF52I4R7*yQMYBr#qXNldoF&sy^Wzrr|d+5cRx(0BB(U*7YXTd-NxE)QIP$VzR?eG#moln83?l5Q#moO#iA2hFYlDn#akhQwr}+ru)fEpd(ev6cz5D>Vf<>F5+AEGOTpKC@8Sh$*jp=Hhg3GrFn)Kc(F!4z596$raj?xsJg%dmCM*F6uY#8gwXUt%3S1{g+OS|FT&&O`W-1I*)9o(xOQOOmG}`?k?IB|{gfH6Par6O-B#~BV4{f{>#DS5ad*)f?N8o;rltM(_k?v8C{3U^c!Jp5tnQ)mEddIzYY_NLnKhh}-%TmcpM2_6S9&LGFLAzp*1wy2{Jr{eRicnGgOYwxK2)DDH_rupO~(gRH}h43mh(t_U$2f>VYvdGcZ2J1lq%>R`djy?+V`=4nbVq30m*Tq^XjMGA~e3L*6lw#0ZO|^#Fyxb_J2dF7fLsvewsnKw#=Jo@MGYV{~HYk6E3aY0w>M^3ToXTwUQ#V1gq_GhhG%;AjABk@ld)c5cg?bXdr8eO;|m>Gdu%h=GQC4?_lSl{R({>Z5i|Hx^Y|c?!m~l1pHA{pLwe`083GeLuv~5&>#OW@L2k>yJdf{yoRt|_P9~kHx9J!Aw?5u54qYTBK-M_d0j7leN8hJhTa;GfK<qg6@^2Q^ZNr6?m*I8bTY`}sB=rU9IPPf(2oDncdzv(0bc|7G=xq1!9&6><t=~fl&e&d<58DX1F$TY0)%EU4yRK4Jl>|CEzT~30b*QfB$YQh`1{3cY>`~^h^b0^=bI2zh#rsKS0YUiEGQinvwX0!A$g<>WLK>wdnt&pkfkJajpGAAa`$$aYo;xZObr!zAU6C1QtH!gcfECEvL>{i>a)nx`Xw~83IBlC35p<)y9#!l11F_~t8wlix5q_@TqJ2YQLpZFx}2q__;iWFG%1yznY{}$#&!C%#q>q5&{u5fnT^QA#)K;&Ecz16Pp`GYHp3Gl@sj`LX`u0F*nN|+6D1L-Yo?XKz~^!h<4M5Q(O^V<bE$*|V--3|D0U>&i^%qyhl7-uu~R`XX^nQ3bo}c1stZ$&sIiAYHWaU4gpMQIQSsu3h<ci$nxA-RFHQ?SVIYS7p}*%xrImHMhy?L=U5Wf^KhMcDRyE!AbuP{LlXfOPa*_?uQ2TD-&r^(`g-dDuzUNjM*DN3auJ)uy7`}Jm9srXUHcIa12_|v%U#$*};?cL()^hyOudFjHfX@(Lld1dw)x5&K$#u%ITaY-}Wn-!CxFv$Y1oX~17a-H5n~`>A>EIxO^PT#Oh-(F55HCc!FnrUkWZ|G}ov(g3x%NI_2eSDf$<Wot*^!#u*}g}+Pwj~Yz@T<wYh)-U5)~DFX|h)C=ZKA$4(FK4sD*l?r*3NLOE-pp{!apMDT`9XBPOENT9FE>*dG38G)LehYBdvo99dO(AIPSppkh3ciP1;8JP8ARlb5~6Z9;g>x$-Z6Qb>6YCV=<UGon<)xUlO2nlT>pTm#41Neu-<bIyA2RYDG*4!H=Ttw~J=4NF}33g=5Knla`}>mx{`X5>;rtlOZ|`>@VT`!6SqtDeEb^g^Hi|NsC0|NsC0|Nr%i<%WOp{|WFY6E~8muhhjdo~p!;o)+IIfk^A48*#gb7xh4$V$JeQ2<&wk+~r}%@(ZNlD$ukf_*2IL$tq*auxvWu8Eel&bw~0H05fxG<%PCvSV}6E8INt%7PA)&n=da3f0#Y)qA$SZGEzw2DgvPdodokuA*y+-HV*po5ptA6P-(%>dqWX+9>z>sJKO{<hox2pmxQcHD!{X^CB|f){tP^LvEVN_1&W}mCL-Yo+mYCbcFSl+0L8zA;ZTXk<aSchVI^hGi6)zhe9?3FVE3x*93zbi+qebg=P?`j{dvh==p5Gs)NHK}{m%-tXW%d$MPl-DsmL?#k;N6eHOM8|>x_j3uyF!_R8jfCyiVMIW~&I1ONln^gG91}LLh^*zFvVnh*CtIe_jWP)sdFb>OF8qw3)OnH+7avP4W944zQog$U2B%_HwNGb@R{lH7u$6WmTrcD0`)DNTaB?3`VhHHhNF`OU27fN5c*D4=eYu1fRU9Y&SMq+fFGtRECX7ymWLl98D4b>{?3|W8imYEcSWy0t^8|_{)9_(}^!$-TMNIjHuy2B3mM6K#6r>#u}tN4XypjxkFZg#w}hjs%@P{iT#1=`hB?gWK6(=8>dcii#Mga^6rNDc8xbF<KhGraEsZ#3M2q<=-%Eq<Q-d>2{#dumtAy}i^bdSsZTZM$2odqnwesrl_+BWm>XT@t~Qthly)DCfZv=nO2%)>EbnhRH#0U=${D9IJ&QjlnVliAd?IChdv~uA57Zk%KQQ}Kn{XWzri{}Llb>%xZdFA}-8RZaLj=Da|IJYg(PHF>!xu2H=V4frm`ngLU5xwTksi-eh2(jjb^jXnO6m@INSPGZH3?DrmC{;smrXHB&>*V~c|NN1fyfi~2b3Ya>~q=f5YdEVkjR8RhOO<{GpucW3T8p^p{*m1(9X6ssRke6wLsa6K^OU{cd|4#5_N92e|SX@A(ML%TuEyod4?lt-(%0dzIc1qKg#yj+z~KFjOeEeN;QNEnWSo~=>K0C{EsR{jcK^+--CMD29%0l8Q*Of2bXjK9hnW0=t9(X)2Bzd_hA9X*B+0IEkWisy1gQ2xX@nXM8~62W;deY%3JU4ZkP*imf(@YxCa2dd|`IZyF&ZqOc~fN-;GBUlKG_g+Pwvc@t*Id1%rMQ)YHn@9)HP-k#$)TZF!FUzKGjDg=W3Bhp85Ww)Wk+MBi@pLudE&6ZSU26friB^l2gI!WBH^6b^g@Zjt=i)e;N(-7yLkm(ezq_*AWKuA+i>9aL95JRX#ESaMHD{H>Rv3)nLnQm#M@9y!qF&77~H3`;G;uL-x>U^39UUBPh63DMjKR8yt_>X+yHe6v*W;k3v8i{6%&`>Qc|3pbznzP0C*0&TNO<*MmTpmOamgZWVPCZzaha0>k1d2W_|@pB=O)7w5_3yWIt;(Z}q^{qG&n}E!vXzGF3O9@<JhqjKnjPJJB$05Zo%1eo&@K0)x*MdpCykKS-@A8%ZB+8vU;pGMJa>MpZV=?2mZ-5Cn5F2@);A|loTO~LZmQomCR6xZ=95PkmKd2nGIaWtLMIan2`z0E@BF;=QhlLrw$*ifUPqq;4@|OOc00J~lZto8>*EkY6fxp?t*kKCisqRk)G||SU6n4{PWx~FJ&pq;+Wh}0F5V5gBBo5Ug|JGFPy4p<&ZNDA@rf*oj6xU@w4uJdYR{<7pkrPP4{9gE&2Sy8VaIZHDTqz)ikEAp8{b%H`k<_-@UGk0K0Sxb)R>mUV*-*Xh?XGb#tgb(BZSVMyuOc*D$483Wd0r9pEb^KUZ^`<VA-t9YuWT8E@^YrOMr;MtXKhA81!=`QRlMJ@wVl9fLj9P?Na$e3|1>*Pn8~WX|Jc54stm)j$Qp6kJE_86E+L^KNGgE99iu5g^p;@qR^UySvp87lk;Njg4=J7W%rE!JoBtMAxbUa#+E7E;QY3~>z*m&`<&jAj&CSc<nb6&~?VT%DA-^M|&$TabRoo3fA}LqyUvx8D{iRR`5u5evERvB}{xt1%>i0sGmZH@<cgo`f_AuCod%r+QVNjKqr@#?Zd9v1=T)Ae9$s^KD+?_z^I)8ou";
const EDGES = "pZ|aU;AR{A+!AD0)l5H{Fh6PzjC36iG73IKnBEtZM#gOWYwo>LL@*I&yzRcz>Gv1zNGJg5Art4YTgTX*OXhuC_M`Q42HiAJ$veRH1+G}{kk3G9$1mY1_4G5;qL@mRXvKs`FdEHR@PT)|PmF`k;5o?{N(_>qp3lq~o-p>TT>~oCNfguiF2ARofoD|)9ol77cL-E>?2QgSnTGw((;3LbaWtoGJ><DZpvn_G#&?*B-H;B(fo*-pKZEUSVgGZf-<#J8#-;1oBf!`Q@lq{tJ*SwHDUHFABs;7h<^NQl4KfW6RHHpuha}d)YilTNM_}}-zhGL6&|tFl4(RlzxCf~ajPHU}uYM5R;^9RPvwp?FK~lb#3?GplOkhdRe=kwj6tPaOlY^9%G0Z<Lpd}`fQF85s$vcY_hsA2E)z`pjx0)22P<slniRaWs+JtGM!-M+hc%PS=H$T?nPSOOG;1Y;xG&@6XfYQQ~RkrtYxkn!(0hy{ko#kzHv~_D&ZctaAft|;d3GxIP(Feh6s{ZZP6oI)o(oXf85%trpt*C!8>Q!U0BOJ?IXX8!+nrmM9)V5mKESC~BZQB80Eb9l+H5oc2jYVe*bgTo5-7#=83e1()5m@*@BKhJ`-u2iB;*k}PY0e!(2}LT35x)0CghhRzuMDznzUTD9rzP~wC7^zjM@zJ&NhR?DWL?&P@EonwFH`$AOI{{uQ{k#cW%x2_hk|*bocuQSl+MM^A1+6bJFNg|<?U%o?{-9$e*q7TDtT1+u11HplgSt3&i$2VU<|?~&YaVDR2XwG{Oy~DHJx7Jhn~E$KCA*el3bszRRU^1f05cm@k6Z>!_Q#kZe0uI>p+Fpa+5+}&0Al38k}!03Q;|N6<zQ~1rKirwqA<xT<if0TS&E%+R{uHuZj)wg~4;~S1KG#ly>^U2Axf~uzun#(1zRDbW@(FA)Y`B1g`)>MQk)oHd5|BDcNaRfQz*>kJ58+++^h{$L>d|^KJbv8y&PE$m=p=HOX;?jQ-QWGDY#vVQbo96q)skjM5@HAeA(biVG?0>|a4(lo_<GLu9_Y8nfcw<i+gpMs4NHCu|@(AZ0Us=t}fxP}8hYbEu$4tbUZ7JJzgWQata~j5imX<X@qj;i_+F{smgv9b8TVdMmQ&X9?z)S<{yC?igDdaiEE#$;U4aZb91Op1sS7r$ih;MqBkUnYcy+$I_9}adP;2>>CXx$OY^l&Z?-#aK=!-HR#7lfs6@h6&b)VrB^Nj?}%@&_tr%IQ$06(wP#G~YDBx=*?1qOU;)P1)~)l|Ze@OlNdB6m`T6ltk$GJL|ALR@R}o0{q!e>(U<)0AJov-QlMb$GG<T6{&DV8d-&eTq9)wxl^L3j6{^fe*v5?^|<|%bD$@C8Ly{r>5n7(6QXv~?E1PUQM9bOGXM`dk&m~<x2O5>JDx{quy0+ytKfAt1Kla?@$`wp<5*|+$Wp9Ha3T6MIV2X0U)Y)Feri&}<yAb~;?HhpP~NY)y8>?R7|Gl6f`jIi0E9;}&(NjH#+qzKJ}I(5}`C7{0@!a8wbebwV`<g!5untm>8*x(ybEJ$Etg`$1^E5sq26DGL)uKW^T*fiGMs<$@stv6t-UoY{njn^=Af({_zicA0POvGhDdtR9t(mThFxP&erH)y|z0g(A?pxgQ8tOpeT9c$TTs5b=SJ*#K6e;-X%FD);Quz1h7Qb~d#uUWd~(E9w&9>K8I7j!p1-K1Gg7Y6$Z7m_BMTm=9MfZw89PdAK^F8hW)K@Sihm{9AO+QDgzZT6P`D)q(a&(b^M(yBoAT28foV%6c`*Lul5cxg;<d_whO4<Rb{tvQQVJ~IGxi5apBD>)Q~5LaC@RM=JDc?_08!L*dYR>$EITsXIH0IF=O{0BGHKoXd{ln7fxi!5)$R-c+>FkoC<c-F*mLEHd>Ko*xXh@aE*nB8up>%~5Yg%qF}!q3Nqcqu`WNhPPU@R$eXf(L>BEx`w=jpKh$NiV;~ox(QT#&9bFmHGpn`_>aE>`}S-8ZdzEj``fB(LKEAb?Z^h4trub-NRj$^`~bUHr|(i@|hQD9ks(`JL0ICgp!Eoam>2q0Tn_FopEQY1OAx>ZndflAmym_Fb5WEEt9?2PF5p6{d6P^pkpuE)S|=1I%AxnKL~A60?LdN-V!aCFF>XpVyp^IrH1&G31|QE$fz$%<8y8$zgN-h<9kie>tOr#d2hpsH)z-Yn_T_^^s!g>zG|iy!DA#e|7-p;Nrk4cHr-1O04!QV(A}y~3d6c~@G`Vc3CEb@86Sx7Y#sIv&bq>>HJgf#Pqbpv`fdeiqZQ=1zw6Kum4x7lrMz!fx3Z~Xd@at7p1Q_J`HSajLMrdw8@2eSUl`+0nU$g33^H}CSV!Dd<4C{9I$$PcrE1%959Rm2V39Pa6)dH!FZzs01F7@-dl{hjK<X?m9-6nsDj!yT8d;{)?-tYAEgMK}cWF^f3UeiMtM{7Axy72Vk1ildS;e@)tx`V?2N9m>!zz6`0zY!wc2ElkfTzwAwNYNqC}2hq)nsujKX?J|%S{XgtvYl1lMvvU<QRl6<yVp3^V!v^m5QT+D@g<U!{I<jI(0jN`wN%W!_Hu;7=Hbvz<NcCRfW@FMX+M6cQRE*Lj3zZp;FR9t%N84vDAb$4~k4B%V`*_Ftl9?ClKMQWMYh`>?v(^xe+Za0Y#(z$m<;ygDrz(94wMz7EZ~la^x0!p`TQJAIr~N+kcjYWZ_o7eD}NzfsbI!B)gj8!a9==YaHVAugAL9f|L1<lupi`e`AB03UdO#JaRi(aeEVGA2|W&kE!mOizsUxA%;&JBaq^1yz;UIvW_J<3<La?xA8c>UJ<<)nOeDS=`YGNe)|))Y{!V5HK4W_@DXvEzoHD^M?+27sQU1Rw0J1HaY5o`CiPd4eN%~aoAC}2J2EGyaYo+>2uvdE1tL^ze#RNS_+R#3J-tp;<muE)1ycc>%&SPU9@U<>#rty_C$c=ksNuhw`O{N-q|XNzqfZK?MW*W6N_!9jn8ENYtA^QkHdNIUsOaXE&|K`+6$ov=+4svkB|<Djo<dZKKmptj6g$axREI3d<fy}lmI%6+IBTa<dt9+MR)|XQvuupm9<`IeWbASO*0pYFlS3r3q@GRnW+&}~BOrr5i)28LGbtddH}BvoKe%-u5qHQ(Ue;JdrUV|a?Q7K=)VHnlcML#CX)yB_jh(bp^h;9u`h|W<9gsL6k1Y!KpWIFrMmtwV5o}(2>N8y{JwZWoh(k>UsK5g4slpF(f#bw)dCt<Br!=JZ%d^r(;McmxyZdRZ?`1{Vu2<sUr68^>c=}DiZ0I`kIxwuXk6rT;_B$zyI2PK2*+rBBxmPwl7NWG%$z7DTwHY`brt#V+b}Wz3&F`JyV|4rNLWFoBooRY0>%J>f9e#OWRJe`Npoq2h!m)x4*Jj5k^`2AYzwb*~5v|)|?F2F1TKyf556uXop%|FXt=WCDB#dnsu<tq>nUU>#EG142OL#O7+xo9$$2Es(_+84p;Hx-NQ6VG#jBxcr58nd$6HS9|H$EAUIai(%_M(;H=8RyrnT4DO=0Cr{w=RGUL)^ef-J~=_-?Bq(<&`dv+9M9UIQW*m%cRoMYrqxGc#G=FN=y-osvPThw;+~R`0l*qP3uRDaW?5`y^O&U=`pm<Y{G5<VInOaPe2nXZktZm>ppXA83hwvNaxh(Fh~|6Jf}4}HdU2TYIpk&tLMm4n5I!uh`-L-9IL=J(+7W#4ryq4EAv~U575*(kNYQlOnClTUa|i8C=2AatW?<C*@CIX_eF)jq}NKg%-f0FHxapw+>0#B>PX0dL${oTqHpW~!yx%2!rRc<YWpT{jo+nbR(zNEv)u!LHS&?J;9{nCGW>Zqrv+#5cjgZTy852_dMy#&Q`6Tu>CRBgr0b#JionUZqxlllf-q&4R>inDB<k-8%RX(=&W>=N2XKWC&12s{lupLSLh9A~5rs=4YR?w>J$aO*6Xv64xk{lvij5>9ktq2wKQnyVaZZyBy0>4thx!Oh%cBD%0F><E2ikCL{MZ<f7w+P&eZJq7L>uAb92b?~nsR%G3tPo~xm+8{qQfRmii}q9nq+q9)SnusRGw01xv~^*)?kU<@drN1c26Wivp?@OM|Il)MgQL~nl!br?>^3K3QCSd#y?{DW#_SZ>E}~rG2f@D5T0`4mTBfqx&V!>U1m}r=xB=JmMGlYWO0cma&i>nZI1!~$H+~U)}qF=cepydBl~_9zulFnx}`aFGyo}iU!B^%{S3S}qBoN)RujRpuHdRBi1Z2C?42;IgUcJDGlI2s0kq21fz%oRGelTPPl_a0Z%z0z!o$qsc5#ozTSO8mH~u<5LiE5oxzEb_$*@F@7nW&|?OOX6WEqQK?O7zq`Bmhgato}<AM->cU%B|GEFjg5v@Tcd;nMPtj71W%Q>ZU&(Xy=ZM2T*EVOPv-6TmG<L0JexwSf8)l6PLNVKeLr+8RG?+uneV8xB9mUlTnH&q#~uTCqbCpuF@e4bky#B;&Czx~o4rZg(%2ms~)`=1M}ep=aHb=oG;y{=K)LtLg^i|1(f3MkX#AaOKPLHA@`dVI?FfFXc~+k*u)aBDH8z!jpGvsL*RTS|&J4y{VwRKFdLP&+Flims?L5f~>{(kXO!wx-(kB&V6H_Yw~A)crhTsf}IhYLIlgvY*&j6L|HuRz$rx$@NTGieH7XcIqdk(EYa+@hP0{$P5vcYD#!lS`T1u?mJL3~wbHBeU3OWTgC@yI3gmp)nP~}Ph+J#;pqi4pKX;G(Mzj11BcSMJ+#LM)>}}^!qADmZB7YvMuO||``kv3f57S$9&MSbtdpU*Vmay<}dTkJOyAV@bik++Ta8QKPdSi0q5;~&P0S5ENstPChM|qyk-w`D+N}_6y<G&$D#d1eP70!X}Few}zr?#`*oDMLnd&-qcJcF`V??4)_{EkqQ^=M*{LKVV|gK0~_(lhgXfRD$6AqVTmZi0?2m))<cc5-$faLCPb0`EP7+nyogiEu+&F_^C$dIIoH$m2h2bI@hg(w*LJrLgU$WD9(aimxtTDEEr?<@F0n1e`qS4825W#GPB>N!?}{JJX;WPny348SRDI$R0FWK`bmDrWm<fh*m9jxM!vXA+ceYA#u$qWCDF%`cv%WMo3hlBVgNX-lazf%POjEe#2Qf{GWNX#S8;~K!cs_#N?C^JB=l60PmlkP4c4VdYx-SX`4URer{^|a2W&q(^Am3GTn1mb5QP7BaVFu(Ay=BpQ(is(*UCm(teBdSSGjlkt|yuNx`1eJKkXOF;CY001<hB=up@r!QR)|2!uqd6mPR`d+;0?&^g?UxB0BG|CkT^5#~)&obr>CIstTMN*{j$Iv3GY6bp9?6JwmdDAji(c-7F)t#pj$TmRh<(~^`81wr4F;2Ly?oxV|UTOQnRA}yhYG#u+)O^)y<788h17J7)olytT$AcwCYAEMT<6*)#MZK{u<=CdN+gZ95Ad;e7&pgp99jp>1N8QIbw-PfW$WvvgI*{4Uajc5xLc;OhG?OOKT>d`?YE9--eJIa)xgWZhUG&D!5^yQ-MK#87mworH2QKPh3$fFqe@b2x}C!Taz-?<x7mz)=37R%!SQbsgwzTW_lKf_OeR-M3}J;X0cpmzPWbl0~%A)8gBnNdI@gWQ`v3OEpe1guviG$ROWDw;8b4IRio^b3Es#V@ZUV?f4$KO~wO!E`13drS$0N7hHRhJTG~*Npf;;(t{_7Y<P9k+L9f?PtuxV&%}C2yvkj^Mp`s!Vfu-4^~`SO4<bY^}){qCI|4!aHH`QQ)sn(c9j4MRW}RQkIbAH#5KI}O9gUKI*2X%dtE~tD+Kp9aihfe%cDE-R}`!tz^L@CeP0#Gozh6kB40M3Ie3G5knZ;c+u-Q&Zvh%MFCD-2lHy>KL2MzJ{)*AVV@L~mPm=pEgNt#++rB9G^PVpz-vn#*5A@JafLW(E<-mSz3P(${jI&`|LhTp5K?0~%+j}tX&(|Ts=rFcd7B@4t{M;oFIUubnRtPmB27KCbqZsbJ6bj#=YA%b-v)al|?ptE*PyF-c8bTecv9r4j(=Op|5Ups%#l5JayyMJb;=ihP%a6n+v^<5O2`$D3@*AeKzAXG%$R4mU(f`*f#bk-fqC3IjyWXj;H8IMVb8B`uv?{E)3MCB>!_>=6y+^E8wm49gL#C1oo&CdK^CB3_v6CX7<bWk64=Q|ihSa8-33TZ|!|~j#JsWEbQ4T(9tB{B5A6*k>e9r6sF!n%|-*dDXz9LY73s%%i`K$<q@J~%|<-8;`e0WEViY$1*2^0Wzfa`Ur_k$Y}6}^<n?dT!`F9>fo7P5A+^<)Fzx+GRtQ1#xYyNE0`wiiEFNZ8t$NNj--`*u>tV4BtElRQ>3&jwYAc!__rPnq4w+l(!dLNwu6pevWiQnuA@RSa~{a^L7F5nCgtUXwkMx1~IJ8=h>Gkt72XUZVPLejE`KW;W{wEGCf4JEJ4=FZv(6|2q6^)D-fz*<uM$W6YSLCyIKKH0`!}42X8TC)ZxrZJ1A%%nPd@+k2>D0v4q5QyBb?7$5ef8M|UmYIP=+W%=6NyR<Jiy|X})dIxYvGq+~P4J;z_7x{P!Jh_3u89X~8HPJmDDO!PQtTw$v7oUXh_XKOHSpqY_9zIx0Nw=e%Uy>$|Apo=~)_kcm8l9&T?74k|b~a{S!RGqORf&G2r&?*a5%~zBU_dI)m_qWRy$Ua<hN)u9zq)**dKAR9ML~19^hni3$wKr5XhLEk`VF)@NNb6^z-}|SquvSxV6eQKP`#~|#c$p!Im5wN#=8=n6WIFN6oD!dS)k(>K<>9Nwq~Yjn@@ourU1Au&}_}WyLszNr#mQ;TC?h5b)fVCCQ6Hzcs`?FJ^}7{z=iHrt~d&%NHHcg@!IsuWrT;ohiQ|5+wOOdiALHdr3GgA<;3Y>hp63;mqPsS<jW@i1b<7_wUDP4k`HMr(@=gXbfw>FhHjmPd3Lyc7=Ph^367Syvdm&bP>M89m-h>Vn|zm;RBT(jlD|RzQAZ?bck->}stp4T1_pnr{GKwX(>2hP#RTGZngn+Z02`%89L@SMLGrOz)CEpt%)rZ3k*8^+Dq@2UWu5iPR~g5i=ms!5=&hxwRWV|A+7T0H-N0|ua3KHc@$FN6pS1lHY>O<cCqS)v^oL0coiPHE5bfb89+DWZw=b9Ot9~-E=Ztn2+o!81_Jv?`GZnkNi|ZayTAU+fN~ewalBZ1UNm<bK;Y*00E?KegZeHu{V{nsUz!1(k#Z_roR+GNxj-1$#F6k81Tx86e+yxuBB)9FfeR&YHnJKxUZ3%n3tr0|U`VYAHy^Wdiu8jPSy4~C!Ph{Lqe@3uHfo>1+Nk~2@k*eMig7;La&9gJA7$+X#^%sOMiHpo$S<n=UPqoua-bjiYGsSao08qc;Xp$auxP6uxqnGVYva%~<elg!2U)cN&6`0GYH9)-(X&CJ#VFz7c1|zfaLKVwj{GUwx8zBh7>CtO;)C>42f~yL56L@#Z5vV^Y4=^|))A3Hn+H;*im2RWPLQ0WJsg%1NI_0RUGT&7AH4S{y=*@5+>Mf4eh)vWl*G2uBepeV?c^4sm605&~5p(1D5LA!XBR>}qLU~6ZT@p|1q&ML_8hc1(G6DMyWeK^=VbSq|>>h9UQ8s!62!--2uVrVUy;FAeW40L!KF+obWe_;@WFPY=miX>N+t+#BuD;-0k-74g-V`bG9pG#9-^BrKoB7s&mUI`fANUgKRAs5q<7)Gmg~?RCFai=)Mq^n?_-D56HTZO$Slo&4-ni!V38;+<&f<c401why95MG&9mA;tV#7_giMLKJ0Ae2^+~I*eqO)&k+q&Dsg#Qyrm?x-sKiME<y59opJiuR)DxWOLEmTLF&(@==&fl|cHfDa}RGnD`g=txwc+-851Qn(f41QN~ix(tu2ONc?U^z~yX^&;<wa*pnOJnM5-O<+I<?vrhuxBCO4erAi@t&vw0O7vQ5m*+C;guI&?++BvG8`^-pY4T655>Vt^p#5Gj4s+L76se>(ARCHc!3DZ2V8YpbIQuxrd1dJFq_2d9R#CyzQV}t&yY(FI+=u3Zv@_#Uvf3ESdqsO(4srK7(t^gXZE$shc2mmjnzr0Ngil{$h)uZJE(dOeDTY$JB3hL>wy#$;nFyADgAclcB2kXaV}nEc|~>yWTY$c$uflOL(N>>e{{!N!E(Sy|MvVRJwLdd6wBW8mY_LBES@P%c+gun^@{$QlRhWf6NZMEtyEU#pNJ%S7Kw#=wEDlnCPsJv$T~{QHwH@iez>92EvkB|Qi3@CBA|D^Ko1ijB+|j93cCnmJ%VR_0Iu3M7=&CiRPUp9S~rjc6lP3*p`r&Vll%g*Qq!{V6n&H|n;7<z5~pW()LcXnp5QdC4;`{IZjI!F*VD~Ly1<FNqoI4yhUuba@da=*M<wc2K}>`!@1Gkm%z}=5-FR^%CXx@S+!Es6vZ~JmP1kasJtCnEn%<wP9Go-N-+p|BOgm@!9Dry>e4W3YVpyN3fp3RF6T7WikgdKHZ60DCqSyus+i;rueUvrE(@Tc(Dq+?JqjpLrpnAKH3JdM$xZ!nSG})-m?>OlUg9v765c<HpK~=G4&osYX#M3@~0s!{Q7y+R0WdS;zeh;Z3n*H|nEe`$^l?Ml8CMdP)b@$hEBy@n|!265GipOA}i!b?+Uy|d);mPuICiVf@lE-aRTqSzt-hblTf!}3?e5&6%5m6+C6+{^6s@228fwV5K&IVMU06M!g@5WznvBNPhvcCUrH|<%K;8f8IuQR4Lnn-(LBV{XF_B|+1ymQVUc|4tY!0+!i0laYydysIgEcPM0)IbAHBAr(UMoXHt6<Xfg!f&@N4dIt3VZ3>nE;+SmFcCYm;jA*EX*5nkidi`$1keMfws(8;-lFDSbEA8%wKm3N;(k{Qb~?TjRLK9U8RO`hPCoSyu-81=-P|vp5a{Cm_8bs2lq3-**}O(TG>~CaYHmI+C9@emW=T!+ItFd$z4Y!{ie@U8vYZA|1|S63jBScgm}WTDp&um;r}8bCt!0sz3Uf-LN9wxy{8r|T-i14Vk0#dBbGvD_AZhv=pa(i12p8?XY4EZR=uf4n{L1d~7Tj-bZHWxgUDyG;&&hg>w~9=Z%fp<z65aU1i_IRi8gs(1;xwM#xhfkUOWIBh^(aXUoMaX+FtXKqzb0;}(m=6%OIf+cKJ}atkwX7UFu8L*xF@P1L#6oTyX8Tcd}CDf_1%-ql}NV3Mbr>Cp^@;%ap;;%{Zrq51Z%6Q=Vdg)d6imZeMg0vyxBQQf%3f%hFFz?gresS6Zr8%mW*2_r%aDQUKb%y^1k3wk2%cF{bE7qMgh<JUg}q5vz^XX|Df0GFKc1nb=6OJ$H1mbI2*hs(1%>1AGP%z{SG{N7xV4um1cByO159T^*l9QB@6q@Pc}iODwp5a?^Y51&`6toSwY-f?RhAw$PQco6crm9e@Lus#W(?E#Gtnu4s=$hDOqkx<%@~DHhNuDX1jW|vhhM@p`_wMQ{$hMO3YWF=7uZ_*_+L@mzidfjO*G6ZpRqcsvjWVf>Vh540r`w*jl{At`BZd7i(q2oVhN<<Cy4F%}gcJGN5{_H17LR02i*4RQ|6A)3L`P$O02_s|I>*gr6-MsHb24im3f0kqA%Pf`K;bfM(m=Kp`J0jOB2|FNjQqj^U0XHrv@Pa|TYkqn2;;;RSr;VyIRqgNPBP2RxatN9HKU%q4il4w?6qjG<`^`%?MUk9dnrK<i=!gdNYILg_x-)1{u1t)+t02iN^9=P_@KyjzB<FUXurM{J$8e5|D38E!{>?KJo^2Zs`R5vozeM^Z$0G1R;|2?DINe`k~3w4|cL+p@&z?;Q@i&}m;uB>P;dZ>}j$`VnA)B(pB;;t6a?2BF~8{$I7zmzlKM@NGOycLY3{jEhzCd%K--pS~aVSEm}xvf|*6r5v%`cp~jidZ!8BRACB;btkF|v<U~GG83yIVW~u1+pTv8L!JbJZ1e&exBT<o<bKlKb(|t7jw-^~K6$Tm&oMuP>hV;5yGYP`qV=5U8iX|o{~)-^zf%-!<iBr+>_7kl;>1l*MX0P^`VZ^`gzF8O)@b<0LD6kpF`kvD?kB1l)waaHUXBW*PVnT!_MFO%ZIQGgfxBE$%Mj$=uGV?39!R{0zCWfK%umR!Wh$rFH;GJfKC~pts54k9`aI!26X|3a+%zg>;EX{LaYur17M#mmHM`FCmtqoF>FQH{fmSEb4^QrBY^_*nRRSWTSG)(_rMKJag3(8R#3x0B9(xPq)(MeVc{Cs7ctj-?Jxq<d6M0z{l(g9+`1*U!kp^YJtBXjkQXXBi`UOG{OpN~Vr!lx#2MuP`Y^7(6_p-34QM8ruEFVEA<bz3K4{%vMRpZDSz0n%#Zuk1Y{#nm%0X9%JtJSitgDSG9_Vz2)W}e#<?OqpQ1wq*UP~=!U7weNP0yF3;Y19N6#K<=M8tR;#D9CRuQfJf&Dqa6sGxfdd$eTMb`cS81)3eCMB$i?=G?wDgu5b~^{6xDU-rn15bTihJJdr%r*1(81hR+Bwm>>d3-feY8=J{TN+%@XJuL(i=3$tR7MDglhvmC~VL4UiSirF~YG?|GL6GthmYv<+n_S``e6=2ukwEP;5Z?RKb8eUJ)n=hW^f5Ua?Nd8eDqe?&Cb#Et_(0R{WGjMVINWnK4n7A18>hL$FY2r~LI8z~trYTAd4f=~hZsGdjdGft7+b_KTdSvzsthV#G`0;xr3E$G<5@+^&na){~DucMFiu`(s|4S9I0X~XbAdIN(NuES<aIz73<Y>@;i?Qbd?a<=Me5#kp)a~ct962%4ubi-^-!bt%W8eO*Dh$wn9R{*FpD%P}+xzb$-yK@5!1)^YF0o-+bWCRvETOcnE~9Z@6Di9;({QT3bkd(dF+wVn(``<axar6K^QH3xKW)PGxhbcy_ww~`edL@lr=48*IY8+x<~{*k_y;wTHLsbISXO^QDm^Kvr4;wicYBh)t;2x9@)ZnPJA^SVqgSA%ojkq4V+7^Kl|@z^Dg>TDuXDv*5a^<|8YRKmZoUKQhW`jETm`5E_pc53Qz!@G4D0+isx4V~39=gI{x9)1h;NL6qwPe+6JT4MqCUe|ynDw|j|m!;%Q%)9A7jYTP7fEwfr&ak<oT&;XAczh4&40=B9DCV3tx`7a$LsaIwF~c&+TY32(&u<3PxekD2&3IDSKhmA{jrC(GquX<M(zZzX*J0Vax1Mr65I&1HA%Muax}?Fn$=MA;!eQjBN)9JJpM{ho3TET9qVpT;V|-nsv{#U)bNuVPjFN8yoDd{atTK72l@NJ&hKap<S}N`ayG4vN1se9vau88#Bz^KT~5cx^w-xZ%J&_()d}8w*GcoPB>SyN96FrgMSpgxFRk75^h>-4fu6Xhp{lY0s|LSMTa33;wlyZqmc3M#mieCX>`l)iei1>>N6RV&fE+GB$WJ^&c0;*JeVjB){|D)YfV$_n&-2y8!D%#aA55}$UOYte$DpQ=pcR-!y^66h7ngV#AD7Ey28mthIrW`pHN?XX1j<$f(jEdaz`a|lF+a^`Su!Hln$ym&`YlxCf;`39yOWNFESN2V21M=RWC2{hMx9)Kf|hK$ddh7>bM2uVw~IXpj1l2rH!3^h+Aqh<t2f-gW5Ub{Sk0GRZsKIUDKB2S*sz~zS<h%O^^>-9i6vL#y{4-b(|RiDt_-ZSEpwTo3r6^Y$LLqT`hpzSS|4vS##Wp`dJSZ$if%H{57T#PnX)bBbUai3g~{6YK!|@!W0${kpm|`c@9okzN?vCz{wwYe#!2Xlr9b$4i3gD<`>vEe!vAP2b~cK>E<?4=+6t%1tYAKV8<EUgF;46TGS!IeYsvGLLQDoS#_rj7V~`RkcWb}G#%NdXdd2;<a0GKSu-np!GQ-KobcvUvM1B;tU>1JgBg;pL2Rwl8k{!V*@SO$&pt*oAeJmIBmZ@HV%EOYf5C0qhyz@7$a-nuvyI(aArut;u+RThMceV5RoC2=kwA%A1%#^#{{soQ-3C-Q-O@NQ1VDJ{B;MokpKb)@RTaEr*E=%(CtRjZ<1fV-Fdhp3#SC36rR~8PEdU{=LmTj3NOQ?a98sDnJzh_cbJdSKh4lq`{W`e&6@`hRo^+}!>i*g4@3v+Z@uNq)$AIbILOi*`i?a-_&oOi=AZHJI>vx%U)`ROJDI{ta0bTppR+H*bl&gPoQm2?3pi;?FL?^e@Uh>N!va}bY#W`*4mZbE+$HMb0=ts(msa=R$;D2u>bzgI}lDNrH=P-dHH0_sGx1cI?Zy;Y}(~$2nW^ct!5kuvniZsEWMx}B4df`Uj+GdD;N*m?II^1O}LZynEyQ;6gg$yc9cZ$lZ(Q{Oo81{Hz*Ru9_f}M8|hI6B%IZsgw7`877bSmWyX{Qt=z9prkHUn5X=c9kXC8p=fd*7p96%7rw5chS`$gqN1w#Nb(PU_#C<Fl-xmR>9L1>7}uDQnsp&wL<m3GzB(4KfL^V+Q|uz(*GXi3ku|=bekQ$lM-q5uD`3aOlF7+xqYJ)!!)Lb>9Rw4pnQqPDe+4HHFGCDZx<=Q1~)<di~XMPZcvcoszGY?v^TBG`fXx+|ABK`a+)Uz*<gPx^z0oG<3dOsmIZyHZ`YfHz_ArpGo|;DShhl#en6`&jt%61s*8zMMkF&O>rk=VaQ&zL*ZJBRP%{9MgIzoP;+Zx*@^3G7JeYVA!LAdF<`|ew!iu)ia%risMPHnkj#$sGL*VWKyZN9k2t<hTPtQPQ8WKKRuit=6f6t8jDH*Ll3Owh6Cxj>xk&@UfRfmoRbmJ^wXY#8#|6?*L!_MJ`m0ijEdMZZ4Pl~f|98EAfQ<0zfamc=+m0E%^e=+FbQ#hoD=MUpM8T!6x$=%LnRH9n$?j(f__RFwrk>D4a*)NxL@xP2S(!fEZBgZ5=%d@C&2M5K#$2ISv)^e+6~-KY$|UvbyK_(=+we}s6UGeEyr$HxHmf6SNZH~@dh%;@qm*`@8U6-+)%`oW{!m{jn);}t+M;9Ht)PRh^8)}C+XoJ#m388dLt@(Eb6xzR7Ea}>R;^R-r&mdGwWF#%$0kTPEHh6(*AaXJw804hO5>cZI%+ac{CYl@micuvQcJ2JPm-EhaqWUJIbF1Ja8cPx1Sz~<<y+ZEEIaWnFsBcJSa^!~48X4QhjlXRR1#Ha>|ZdOU}C9^=?p8skKOiU(Ew{U(d-iZ3!+7q#0f%5v#hSAyB)YU|A;>*bX1UdrgOIgg~Z6XAk8gxS^QxH*GkDKttWqV^(a&@?V%mr4)_8nsC_HIrBl&?fF-~ccFU|V2c11PI1hgbg>9gNViS4?x0~{wP0`!jd>L<ttum4N>RsdN<r@pDI`PXO?5oA7BVOSHzkdP4v{O%d?vgZ6`U?3n6w;51+&$zcZeQ`mobo=DEAT_I#jWH{HWBQ{Nf{<VOPFA1B4|+3z}pu3QN7QW0&Yh}l91|GgouySa==9Q<JQ*y6XGl?qWi#6nwSkggro2+N6LQncdptNSe2MYUj^;V4%gRn6SduY#aE(o6y!C*CBFGUC%zuN;l})+J_;H-IfPK5kDD`R@%>!iI+E=vQp2~YXAX&7%_O|fd+4k&9jr@hl$N?q+t~(0uT1|l1up3CMD_OUz;GWmTh`^Jlk`5>Hgfo7WLhy*FJQhY1AK#6&_IdfwyI)$9F<z^Y$~FLez8=Y|Ko@u`MvRL6p)2-O%F*foz-dx&1QtyiUw`m=_&JpW)*!z!gxclf;3lMqN2K7K207nk?*~)*DjBAEE6p213#v2aI<wb<JH2>O?Dpo3Fwk6^;^WA&r$s~A;uvWlW1vz!jt~neMEX^`D{=5&Pgc8jZy1bhu1g8?zw-)o9p|2Z(%@*X%E19o;umOP#C?r8hKNyj=DA!#!Eh@AoPA&FAYn;$;WJF7jw;XkF(m`+faAlg6QvIdb;|5!U;<je=Hf5xY1kPn)A5H_kF#-^8zv_Dpc#~dG=&0ATc|wK8G<g+QN`=EezfHehwbOS{$0R99JTS90;U1icIR+fL^a^#4JPHt!*KMZFVoi%#u|&USoQHU#)qQLCRAhOv3=1)mDU-(DO|*MJHc9*JC>Q2&2|(i^S=;BtsLrS4#iIkx{y4qzT2d(hO;Ism8Dg=-XsvLJA&GLprC?>V*DbM1T1(swpHhJ642aLI&0Z@8`+3Fa&h5gYlKnjv@4zDn$Uj`7rS@Vn4s1dFxFvcBtS-3HobsPVrRL)cc-we98TLi?n>uLAKw1jvNITCL3?1va5Kx7_Kmry{)%NPXz>|gXfQJ0*{S>L4v@HtrHweY9hN#za1G6Y~+4?D1uh}>t7dkl^aZc0iraaDU${xT|Th$Hbm95!T;NhvejCmq0D<S`f+dI>d~Ze3VC0CY|~R#{Q{<$<cEZ81`_*_RWX#)jFd>eHocuNb}4ZmUR68(e!I0zcI%N0+3Kc=Q)%PeXxyl3)Qj5S>)NGEJ>H2i7GTL;buD@vW0wwAZo%gonwvSS6^K3@jMz75P{GDt%Osn@gIB<3s}qy8tY`xqs4z??pMkl>UdMv)hpkPE_RdF^n6{a<cec!Iy#c)+SsNbDdc0x(X}aW@ta@0zNqqwkD!=T8u?xuq)ExD^>kaaqfjbi*JZ^Ba?!f*L1Rys1^0iGxd*OTTH*v8y7&-6U%Y9~IAnGaOvhPP<<jK0qIGoi#<EIXh(pv~Hu=#-oTQ{?|7Lqs&jO^1gM6W``Kg-tM!&n4W(2khv9#ojg8Y3(Y2Tt{?u|`kRljLF@QtE2Pi+3rfCVmbZ5d$J^vI@7K5?!5>x|qZ7+pVx6#USaoU^bVjl(37YZ|i@oNt&ety+M2N3zQ2n?jygq@m;{LmKnPdW2%Rb*#R(#>RP)7VFt;8wfnYXUDZJ{BzihI@>J5xy|pgl1`qf1ZVNyJ=&K!r8TIkMJ(8kN;vjPK;;U%<C__giF^68x`U!hgKv9;3JTlPBH#^o<kgfu$(87MIp6gY=*aC*^zk`PL;mL=34UkWL_ncTQsbiVpz5hh+P6sDY+sTpibL9CmZe=NDE?t`!%P?tCo+l9aE!B4qAfDV!SrjKRc@hwyKs=DD;(QW|#;TvCD^XHU&XeTld#me$Mb#F~uGN~2>*J>30WIdO@3Z1@AVsf<#<aG8?z>A0e-WGL$;k1RAFG5-ko~@k?cJbc&p79!J-#VqP-)e8^cTERc#kA1n?vomQab5!ctA4C$8ylY?4#9i$FOzVD^(Ps&a>}=ht{&*0U#15eqXN!Nmcd$tPwh106H3RL_cF}Zb|sjbg7Z@j6l0)l~{mY7H*{ov){%oA^T2_B!IYgv!AOLPo5iXmav=E5#$TbC>}n;70-}|5<whWUlUcSv0^w6f4gfP{jp;`TaD74IZLI8O)NvK*(pG?qLYt<ZBSGm;OLB+#8@Rl+!;ej1JkeBfTLJ|mqNTu<B@8er%ZQC0pgrcui}%8jCHCe$wHn!0OFLO0@DW&7{#^w4zBqf#2=9Se09~Xr8-sCJ4#%t7qeSPO!|@<VYui43iB<AmjLlps;}|AR;HP%YjWnhYlp%liRidof$$qt%LdYGNiM59O(?XcsM4bD1Yn;#B}A}zTiz0Dr$7XBHQzWG#u$e1!`D(~UqD+#uY=9fE0t2WFtjm{Y6!j4GTw+}eS4t$as?7U5foX?KgsoVBa4e?eW-{|G~whN9T{4&tuP=;mP;P<=2?5cPzbX?3%>0Qa}Ym^YrdA!v%s5F+%}MKwLw9GoP?ibV2o&<C>$V{aevD>`y8sCA+%)WTAWEne3r#0x|3Vqz&+ZI&=PmBl<RBIu{iU-#ZYF#VcK_1?jjmguWD4x<ieGb-|^ju@Nr&b4YPaaE59_|W~Y<8wI1(GrXB7Y2Buo=!c&5GVz-u7%l$qfzlXp;+Ud^%4>LOK#sMCl4gmiQ7JV|bhiodX_<_b;CciT}BExSysFg82jXX^KDf~s~mQVonZ%=6tH%GPoUuD5~my5bO8~7Fp9<cxbvl+VQ%Na57fOYb5=J~Au9U_Gy?B&j2dM!9%r>O+0a7MxOES~XNum6sYM`^W@g;!@fUUh2WV-5oI+Fl`0iXm{)oxD5P@wh|V>*9cg3~%z>$i_lJe;g-100uWGMiY=7P}R(hTI(aWbU?8zn?ODp=VhfKm^Q6hI^{&rm&PfappF8^g$YDP@51p+*%isqIl8qr3RFE0&NE1=SEr*K03o!T*KP3I%7R=6pSxzFXF-ZNGmeyMKQ^-<ZF7sNf;fT;M};C->svmc;v<2V6~$3Hg31ilT>=a-ugs6?phR=&WU71`weqbVaBM)S4d1tL4xm8Cr}ag<v0&yw%J(7V&YLIQ;}}b}lhTnF;))YHI005c6AsAT@lq$S1P7oLoiq<4x&43&r~#FS(;8kRpEq(%ktE#Ag9hh57b?L`%bWF9y?*<dIAfRAkzPv$rja}S?bs5v5li2u)t}OJY2m(@BHZDnO_@areUhW9e!=A|S!Lw`XoWf>PsJDOUCsz6BGHQp^y?vg8}W(+s0+R~)sPkzB#z8S3(3=p_ULQ({aJxU_kXU!iSUZ^tD{<OP7ugQlsp(gy?VRHx<m9vH)h&hN-Wr(6JJ#+pM7eIuclMA&g{WSqZ93OSk+`_&`~l|r*c_VhUM~K|8te|r?uh6arsy!7$~w=KY)lI4#fp2A4I4inv@2<>-P0L@BNQ-8Cx*alsA|-tAU{@JiLmrB2Ohp{dE(zQy`LbY*@1$)s1PfSA;i_dyP2ZdK)!8%z&upTj&TSv3!<5)jYQ<M8B^5xN_DSFR+c%rsK?NBhU>8kju&&dTW;awehoRf&IobRze+c(Aw#AvISKRJ9?Jb2(<fg4&UCz6w{}rHSyAY@}>UeQ?kJa_$v9upCHJr?rL^Q<6gIkm&6OZoxO-Uns;Sh@m=U`I<NvR_Zrk4Ml9nmQK`P!F^VGd7)G%ZOiU>H?ANKfq8mK|^VCH6QN1^4mT}f|ILTz8rFrp5&P7V({;pf+1zs03v5KmtQ(~oE-{v%SMus|Wtq8-f$rXMrCFE39XKDgu3=5629JP4<V3qB$paiinawifj#WUq4^&v&ej4L55Q<69JJBiLIq}8~LiQE$5sa9dWr}zddCb||8kwmyZGTn{mWGXNg8A0w4Aup7qz|EAh>Z$rmr;?)7Ed6)PPYWW4b=|_^Oh<g1GcM3C94Hk~;VjnF);CfN4H?khPsoN7HxTSU9Rsn-TaOGo&Hz_ob-1rdn`23qku<tvr8&EwQ4OcXPs%t+Wd~nI4?vngcYt{bjRxhO$sJTrbpK3Quam^k{Fo>@YBW)2P?59yPJ;G&PU9c)!9*59!JIjtb}&sK?=46a-_rw!H8db2ZrkOw<^EtCC!Sr4Go*jlPgVZVEscr2vvlFwS}UkBEU=H<RZ&Hw(Ytvm`j4Klov$92LE~!tdZd#~p~lh?NoyK^@@KKY$WMS7&m5jix9j)Jm9kK&MsBU3Z~$>BgG*PlI&T3F5OJKc)5ZIZqWp-ww*1)GuoQ3{E84VcT>IO1s}F9q8sw?SUAKym;gp&%@JGq1Y?0uzWwiiV%kH|1;SLExbZ232CL5eWYRe95n>APH{`daIT^A>ygiJBxg8k$_eeF_Mf1C!BIK|yBocp-%Tf`UqNbOUn?4zt1&N5y#S?2+oh48W64{KeiKBcr$Cb&LaF9-ux{&U*+3qeC2%`UK}!gCh#uEA5HFQ^plK3^My!kKxxS7NNEpz^xPpymm_(P?h^b=djg$5UG2$d)J6mm`V2wyZG}W^cq-oqLJz+)d4-32{hL+u($1Il;L2Xai?Nj!+H;(iaB4W03VQ&`_z9zz2VQmyys~KbnC!A6wz>UrL9+?EGYkp8QHryMllS&TI%5z&TrRz$-@rWG#<!b*Lh3p&r?Ew)xQA4lgqgnEt8r2^?ef-U*A&=VAX4`O%nLS~ZN??x#h9gu`-~E_N?KhiTA9S$TxY3hK3*`n!Ka2W?i0#d%^GtO*>9y$Pr6iq0)$Gl67z=1*oInRrkk0^+54MzaL3CL80catcyShF8d*d1)2w>h=yif{Fu?WA}K{*J5&BGQ=br^O*szrSr_*&DBe5pTnyHffpydRSw-A0&#%C_Ul)i#^X>jKw43pD~^9=LB!F}rB))<5{H0ui}<LFwd!i-$nky<*<>Qoe^)5<+Ce#z^u}A(CV`n}S&w8&JjkIuX?!dxk!b;fM}`bpdK@c>25h`kFA<B!v!ybs8(x|Mu^Hgc6wI11g`gi8MFrtz;1Z1W02KksLaMzr%R19FMS<&?-3ctk73%0Wa6Xq<K0*D1j`4bf#%l-~poVTzKDG4=&RQQVPxB&gB0Z2#S<^ZW1D(9RCO^zn{6njt<b`Wb7%nthfFaFOTT|BYm<n%;7I!?|1A>Ri>Kt4w%L)%gMlRRXR%VD?quQu{tG4ue9HnVrU1~~JgH+`Jg2s^DkuKUYmxz*RU;FLA&2gdXz_Ob5H(|~7D?D5{bQ4_9kB)NFYf^uthdmR?JQmj5vX$?x3(|(%*x4pQg;rQd5@r)Sj})itV*!Y|U3tKQNw~!M2Q@9sJ#ud(f`h@RAJX7b$=(*{BfD@Az<>Y%";
