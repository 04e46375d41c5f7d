/* Triptych for pages: reads .trp files, bare forms and placeholders, and paints their colours and edges as the decoder
   `sketch` does. One module without dependencies, for browsers and Node; written from SPEC.md, whose sections it names.
   Prompts in the modelled coding, people, recipes and details are listed and not unpacked. MIT licence. */

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
    if (this.at + n > this.data.length) fail("truncated", `${n} bytes are needed at byte ${this.at}: the file was cut`);
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
  // P(1) of each output from the sums of the first layer, which begin at `from`.
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

/** The layers of a file, a bare form or its base64url text; damage to a layer costs that layer. */
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

// Polylines of the set pixels, split at junctions; points are [x, y] in cells.
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

// The smoothest plane, but for jumps at barriers, whose averages over the cells are the colours (conjugate gradients).
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

// Wanted pixels take the average of known side neighbours, `rounds` pixels deep.
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

// Twice the size, colours on their side of the barriers (quadratic B-splines).
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

// Another size, by a cubic kernel that widens where it shrinks (`hard`: linear).
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

/** Shows every <img data-triptych="...">: a base64url text, or the address of a file, which has a dot or a slash in it. */
export const showAll = (root = document) => Promise.all(Array.from(root.querySelectorAll("img[data-triptych]"), (img) => {
  const given = img.dataset.triptych;
  return show(img, /[./]/.test(given) ? new URL(given, document.baseURI) : given);
}));

// --- §11: tables, packed by tables.py

// Bytes coded with probabilities that adapt, eight bits each from the highest on.
function unpack(text, length) {
  const coder = new RangeDecoder(toBytes(text)), p = new Uint16Array(256).fill(32768);
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
const TEXTURE = "6/5v+tQMoAJnMEAIcDOKBjAicnR2bU0GYF22kjdkiYHA2MKXvsB39Z/1u+cXZeGaj4nlb5Nrqf9gDiCXJwCzSjjb4410zLa81FT9fS0n0b6a4Y3/9Corvb8eXjr8GUASPA/5g/L9Zrl44U5hqvL5OE0xxUMuEZBTDcpKe6dzg6JDMQv/1HYG60a67jAzNTGa7laUsC9o1T0GP4BuSL/Wfmv2R4ZKWRScjAVot4aAe312UMTzIYQvsybeBARAz/hb2IQ3snu0DqAZanf+EGlWiIX2etgS00NCeuAWkEYPFBaDXv9sosvWSdbEQT9kdUt+DwAUxv+1N/Caq2I1rb16Ll7DBNfU3E3bUHb5O/ITURG2eWMjpvbZQIAJilihxPaJPPkdduM4YfMDOkaH0yWWqa64qwIgnjTv84zsjFsHFCxjUMPvGJTSzI9ngu8SrGYqAlqM3ioHjeU+no4dN/xAigve04/SOXbTGDflH9EYdPK/+M3HABS6eFn0yr5HI/T+fc3M/k3sdKugaOyFnGRzKFHbV9FlRgXaiJDBTQOO4Il9ns8qFg83B+vy3CgrLpW+PfQSf6g0TBdxBBsja2byBwLUsDiMSJ41z8YxRVGnoC98ClUhuvd2lpVQqCPlTlh/bfTadMwTg+q6RXJlbx0GhiyZtcFl6S2QiL3wdI7B52Itz2EY57dIO5Ebaqen7J1osIdXqykuH1RCIcZz6c96M9AAi7Ds9iy5Y51ha4+8HAosC7NuWV331ji0gry7Cxplx77+bM17tk9G5wzQPntC2mA2XfqRqusi6ZbE26roL8e647ENTIKVA2O8keAyqsp2fBTU8PUjW7+5z0uvc6fk+JO9jGpy7Qtnpum/BS3TsTIMs2OjOQGBCrvDq9fwPs2tNDUBh51f8vMgms2hEIZ5frfAFqO8KaVrCyADRjIarY9raKFu9IrC3iGWhecDw2UJ4vBxHjNWls3QOtDpCKoddyMi9puhGnSccUL6pylYVu8No7WoQ72+sedm88q8Cbhc4E9R/sLffgxCv/Jq6x5psNvDGuWyOz+rEaBIM0irBFhtfzBbHf0ukHneIH2M/XNxHrm7hQgTnoVL0MNlHwGt1SoehIu7lDOkUNb6g7SI0vd6sIrJI6Ram4rmQp6llwCdCKoUmKuH6vlHsbSL5eZSw7wMrukuZ5qs1TWJqJd23zm6Rn9pwdUAhrsqHDi3SsnAvZ+39LKZbeJ7u9SYmAIjBnxPR1GlVPG+BgJHOmJMldodNFE6o+CJYQ2oG6SlZ2N4hWbJ94z6vF0hQjGeoDXMGIrwTeW+Ca0dRde3qkcX6WBq8YG3ZjxTORTColZaGzb5I64J3/VsWfZxPlk0ypv437nFz1owimx26Puqon6D8rOdQdu4KirKWx/jsycbB/nxxX/n/C9RMqjNOw+wvi4SE0lTYVk4KczBu6U1yac7m5iTr1r5qj7hHabhNzEQ9byAAGhg/9b1JtR79Cd21IjnpWKyw080HALcmMDLXxCJPbBM/6oLhlqo2JrHyalTCu9OpvvJTKAjVcoUFe6f6oH8Ny7iW/YyrHTAKCiw1MmsyV82fGP5pXmGGXixRj69+3kNpj3hdai6wAOVy9gqFLu0g4TQ9ELKXOSahUBozi/C4+z6HSkm2S4Jh7h2YN2V+BFXkeoGJf2UGa9PICiA3VbvPGCiiRrrqrRkcXfRGe1P3oGmpf3494R1FihNoDh4gtjbrO6h8i0BCq9rEPhLmTWckt9NKc+ffOpUV3onbC9xvn7Wv5t6/L36clWikDKDkn5RPlSfMDfPBXxNxwdUN/NVgpbzSHxfr45YYbkCnXeD62+UKuge+lv3qNr3sX+Z05pQAclxovPqp94iNL6q1u0/OwFKu0fEl+iK9n9DqhdKN6B+mkG5tsybaPBj4JT/Gw0GEy6t3QInzgEKat0gtZIitASr7XKHXxT3IMP8ovFQuikQ92leaCBriU1YPb0zPANj5tcrxO9g56H9Cn0bbRnz67pxW/Puwci1BPxRVJ95qzYAS1GLQ2oK99Af/zDwWPqxu2V/sLyGsF72uFHXNw607iFFE2kPudokIvz5i3ldL359TTMVht4akIBUyIwVhUOR8/sDE+5A0lt0MsjjqHNLthysIOrQjv/Rd6/1JgFfA/g0hE36wUPCLuUtf+uUq1SS41GXVAOwLJcChGYxDqdS+zzepp8tzi6DAWJcaSSVNzr4+8VrbJFc84ipSnznmxBUiB6P3VciTRAsKB0Vs3ywsiF5pAxkV60meymIsJClJHSN4wNAcvd2mGumLY5MDRV5IDb8A1Lq0253vXVjsia0nuqzyNP6JTSzCf+A1wmKIJC7CnadAyelhKtx7iC3x0WIXCRpOFGv7nS6nKWn+HSJwjQplZ+ZvQszxnX6tMX0Ra/QV2zpmY3IxMaEKyEs+hLMT6+1wjbDEyLxkv/laaDxaNh9k7ETJRGoa6aVwcDnchDjScDW0WBEfXOphAZjFTpKKHYk1IvI9puHg5SYsVNBMGmNdpV0/Or5qgtTjqixh0A2FK9fhI4j21Hx4oeIepqimp94aC9OCz5hIIb+ob/nR6WVdbqIBPF2XYn8aj/PyTRWNd31dS7N+JN2Jj5ykg3QUPtu4c9TjKCFS2n9vudWGdcsIACu9qRHGL534R4Akxc2Su7mCSZx9V+tDo3i0bfW1nL80a+sMyyAzxBfk6n8ANW8wr7JdcqyW5A42WVjqe64JYLBBPTOORcg06SbkXZm6eAggvOd+ouIawVhEC9EujB8061k4aBsna9+N7n2PmAHsvkgydDVxtmRmtzZvke7T+2JBsCgdmJrZCgmEhUVfWmyVu7niI2XDueYyqiFeqOnbmrpSzeGf/5PAnApi1LEIyai1VqRCqrYHv5nNEfgJGo1E38cWVV4H8impKBiPJGJ0Ue6PAkDfZOXvcdtQnjNufIvf1JIeQ4mgPfUM6JUxLiw6wKaMR7zXAPH2UkNBUNzznrvVUIOnw65CKKtSU0GDUtc+ArnSyyaMeZL6yNIo2bkUkKs26DT+7DOTPsvJ4yrnsHD9EKf///////////////1i+WGf/H/CfAoEzeSqK/UxTKeqsSPnhbfKIFI66MbcbuHF/VAnWLN8kwI7HUZ3OVhx/ILpOEq0LQk+FPHAckqY8ywbDrgGWvPQ3VH8gwAM3Np5YW2bFhKKpYZj23VFrMXDJsvLwl/mD3uoi/A5TJSSN8qAqEEnQTzTSGqeaw2DvryEXKUQ1Bpwc97QxF2HsZMWjvcBC2HpVYFl4SsSCrAs68lxmSe/gw8eLHgLzgFiqCqJiLhCNuR2Il2y2hGAMW/hOFQicfkdlLSYSVlzokmm4p80XP3YPeq7BwjjQrbuAXl5zEb+P15yV7oHNcE1GytD/3PCrRn4DAdRWLycqnIM+6RxRW7Ncgl2euMhQWwcQKAVFH5wbxO3H9mqwiRS4k27YNEsoNCIIO0vl6BPYhSRJ1/XgeJ1ZGW0eo9cEa0mbQuN3WWS03x+x4OsJ/LyDqIYPZyrPl188/1NSyp+mVVpsQoe6VuSKOotwxGsWI2ek/6S8XLTEfDDfQPK/ewBJ+8qGw3NlrbTik5VIaNSbx0dDQcTRH/7FpLFWPgd2Ys9nn0AgwBQ/jLfgzTiS9e3fsCi4yo4UAiWyJmQIl1YcYapDwNrf3JuUNWgcYtXjCqbZ1Gif2B6/p9uPhkTMCDG6dOcIs3pbvy7ob5do03KePiBBVwi9m+CiQAcOje3jjkHVuYCTcRkZdddJSLxdvuqU8158c5emOamWKelShi/5gbXeauNpgDlHYfjIDfnDRKxm/KLO9vOjczNlTKGacxPYs/J5mdIbF8ImV8e3evEg/UG0I/MPtTm3AdFKaM0w6Tn29DblVFSt02ykVDBL8d/81RC9Fi5IfDFzCw52FYk5hMADBdjPvhkR7PU4XkeZ51/xr2SuoOeUiZFNc1CVH6ldJac5dNMUrQIKsNeT6q84HIE/YHlCG87HPZ7hDRhGOQyIQ9hq3t2TOsbX0KZkHxoa0jjtDOtjWpBh/htUDZi0EX+al3sjQ2EnVutn94RRAhk3sRXElrIXmGI2nfY8++vnh71j/K9tbcETBGjOinC0o1hAqZpGqr6P9fGfyPKkWNabjr34N62QaUil8Z320YB5d0AR2ZDZHoQtR206dHufdhAcbXHo+MLUHmNrq9Ime40F7jRMejUmY3ouHKW+/tbpgLb5bgkcO4BwC8fGF2zrtC++RMGdgu341HFJL5pPjavQWI8Z7vpgWDfhPU08rZHn/JipF1WRJteY79vojbP4VmvbaHqRaDtvbdukTfbvVDZ/f0E/Y2wRQxNo/0aSHnwhU85BQOfARukfzZ1RIL+t0xChWX0TaU+FStbq6igncdVFc8PB6UdFhyT0j8rZehC9gzGlKuQAweOdDmzZyvoQxLLcOvCbfaYDLQul3BcMsJ0dwHVFOmAeqX5/t8s1Tw4bTH/ovelpb7qzF5Czef+b6155MCbbNK5arpTaBy7S+D+VD1JqT4Z3AK/N55bpZ+8XMhkdPbPmELi1rw4n0hXfWtOBGbgMylaOqB2EsJXGKHto65jO+218chxS7KS4mi8E9qkNeCSb28YGYZ7/KV/yTKnTzh5QXwcsP2S2Mx47dvgAk4EBt5n+BsIRlbJTgVllIYYFRAxUUcMlXhP6gctjlWRz5FIBwr+yUavCLOTDKHhRm+yaypqE+2EO3ylv6dAAI0Tm7vDzPXOBI5gb/ZxthhCuep7k8HNNHGphR202Vlwr6Bzz3ym2UsrnkQsbFCJA7VIv/WVO262k0Kbb8eAqZvWL4U12U+DoD77FcBFm+RE0jB/F74mAdGC3FwrzcLXCkgho+kM/X9Z+SwkdS22l3yjeABDO+cVsYi39lQve3trnExrK4/cG3v+JCvIjRcx0eK23leEfQs8poPb8n6lSG8lgOvbBmD8nKmtkZsBdRnbUZCBWnFO1W837C1ncBqQv2YyEjoYMb/NDtUmMmqvv/YvmyqDMOyyBpx2Tupwl4uIaEjSCqAwB2jKUD0lmDyVuBNl7M4WOqRxSKwDymd9Mwv98mb/xZYuPCn7dpQQ9lSJIZOwFeU+OWRSRfNzcvhmdDdtu2dK1YhvyOjz7UvcFXcDT8iKVfuX3QzW/2lUAcRm/XrLJKRWP407XXq90KVlqLVOnfK4wP2MNiHe79ASWFQlZenwBFUebLWnFy5ZozJI9JN3J1A6Dp/fg";
const EDGES = "n/9//uBmG/zcEmRX1Uw/mjA/ag6MdB0OMgo+RJjeF5RGxmz7a+69UkQwEWe87b7T6fcX7kgoAOkhE+ewW8fYnkvmfVz2o/VzBt00UMk7wPUFrljvkM9AaMcv4Sj19DPUophKlWjFhEgwGs1Y8IF3vU+Mg87gOckYSgySoJ7PzBmeMPasXQMq1kkU0/ouv6ecgWdVBh3aZVR3CFR37I0OPpmG/c/TGcjEcTSnbT3kuUegyhM8xneYid2QDsaBbX3GP4Pta2H/c6nfm9cKxqXr2SPA2AjxUi1wPaeYkymNwZEkO6wf5f9Unw0yDQ9Uoz1YhyTWwWtrKG1HYPSqv2Bai9BgsvUO6PSmuAepEIzvglSvfhDc4uFFD7N+xcFBUr6XDB+RHUxgSc9/L1HXFLFOrpODlJUxzD8toCUmklFy7YTJO4sUh8Vqq9XXwGm3mhSbUHsKsInn1EXahGmiw4P66Hifl5o3P9bjTtIEleASiGo0O0NugNLCk1W293O5Rx8jAZmqPp3lbXW0dWtXblBXnoGdx5UJ8gQZ0QfBa6r+7dYUgbk40k71mxH1062tqH8y6lVjsSMcy1xn404Cmmte+dS2WtgslxI1bdsBYCzrB9E1GTokjUVnC3SsA4vdMXAzCsyV1xFY+EAi+eJR3vXYCOKRFY9pzh1DCUUqihG+90SERX2grwyybb7n9MKnJfTNJaB+k0dLtKVJJfECZF3WgPAcrdQvU/s2S14maFPhqkZl+DJph4J5oZz8NvaUzsXPHy5HkDutAGnl7WlK73ZElX8BD40qeVT4rkaHtpPJF+PO/ZVnYAzCJc6c03hUGHMw/O2bhjWdXuGHnryyPqwCO5Jcn65VAmo/f5HaRPFDrRPDz2Dkbl0L5etAhdZyk0JgzVtfehqcby8KUT1+FV3wRgUPbwe2XorwXOwBC1tItZLa0kwXr4oN8oXBc+5XKhxMlHb6wgadTbiwfuIt0Ibb2XRTnqghnkALBK8AQkVsNEw2Uu4+KdlpWYCLtTSP0nNw3GTlKsfuR6nzbf0vGx20IcjrMmM1yXGGjP7TwDJF8c9ha9phFJn1iozSIjoglTSQigsp6+xfQWCUGbStQ2S+uxqz4t7kxezwRm3lzCdsIDogZTN96Er0aFDTrFFzqKBHrH6UnDvWrGFSPO/VjDcXm+RfoZzhqm9o/gVa2h1cTgJ6K7LpZwnml1nTlvLuGFsacaCJo8nHLw5uQdrinr3LiadEHEBGW/UxmbhGA8fSkdFxcvh67BsNJsgF7B/OqqjHcMZQvzXox0mBjAlpFRnAMKVXLgLviG+v99ZE/lM9N3u1Z0zqakS739l4H6ZgAcbY1q3z2W5lfodI/pqj+fnxUZF5XQL/go/lVxFI9aQUc2xgCx2BPPjDy5MOrmo0d5Fpzdd1Yd9XuO4ehFnd83WbAf7leuWxkOEu5il1Msn0DvK9rBMymL5jX2jMmZQECiE8HV4NQ0dlbX2YdCbOSuOWSLqPbDAClqSBf/UGQ5OWMJD7DrCf2bf4lZ8EsVhadbSaB25QKWxIi0qLWoZ6IIFCEzZ9aYxI1hp57CYK3zOBb9aMsNmhHqyZiUk3kIqkCM2DOnXVdSWgvx3COnFhfdXjbuSyQQqafi5r2OAbUCxIYGKFon39K8QhmxMmuPyu/BJf2DTW3Kq3NvKtN2CsXy/xsI3XMHSCDiDhikv/7UzEZUF7XpkZ0jvHjriELh83aL+IAZD5a6Db+easBxT/HWvZZag3BOI9q2e1fx9NVS8tL46weM+4UkmCIa9ZuuXQ+vzOHsGw1hd0Nz7dpFlOFwb7CheSJptcBQAKgN+iW083jJAu+4Y+QQ8QIJhQ65jawWmMbfaW/yr1xejP0jvi0qpA9lpOtX5i1eHg13rJPnhpTHB8QvVjDyEq9q05i1c+MwB0iRmyCys5FIYQV10zVNhV33kMlkHBtJTBVsfhElw4t28Aqmyr/Ac31UASmLuUCFtDiyxvw1afmmUwYFxceNbEcUHcAIJAFpcziJ/T85jdbqPrxT6HhRSgGcLPx4R4KUGSSSWnsvCYB+WCB4H/LcEHqY3jf09JL7/GncI228ZwKwKV+gOd+9YTKOxRufkaMIDtjvncpdE9vOh161HNDntiOd3DXZb1p2cZNt6Xf/KZF2kdtcNkO+KomoSSiOdxzLrlARVCDJ1xZ6sD/pkFbrWqCyDlqPUwBxZrLZO92E5WIz79dCQNoGMv2tSiw8U6Y5yhPwhtUQLKjBPeEi2YL0CmHWKsCk6lhviVCWf/8sioL0vjc24lv1fR7ON7TdDrYPv2eW/DiTdo1/+bXP4C9LFX975qphfBYyQ0/2v+M0mFprA23UsOACxaQ9DdqlAKw7p28DK0TgnHmOMZH4jwbB32Ds66wqk1m4qOT7Ri0vpuBWijFeS4v+vQEZWE4ImlvG9Xt7KpYnwtzo6eusZI+YvnakIq790btfinXxjjT5mVodwMMnWtWEfcVeNIv8c6YCZlpWrbcg/l979gkTSoFSylrC/6jEkDqfP7exmg90DqLC4emrfFKh9WfRpZptTvFtPaLRtIbXdpUUwKcyVzq/eay7nFmq+PLiBJWcW4wa1SPw0HEZ7pwyp9OgI/ctt2UAsHgKfOE7VRXs4oYEYQ1WRxLD94Ae7LTQwFrTpz+pMQ4JnkGIQv5VeR3vPZ1aqViqOCK0kD+8PhQEc6dTuB+wuX1sPOYKoYfv2kwHpFi1WF02BFsGKtdzJVRkL8+z2hUtJCrYQn/7HUhDUPikwly2kYrDC0XQonEOGrZGKMp+wpbXW5ES0sAUWj/cjrHRWDLYNkHCySYhZOyaty5BZ7oZ9UfR/Lz1zbf5aFZOFWv3z3vAyBj2DMJLua4sI6kw9rHOL0r8e61oKT+Y6UTs6ef2ODmQpzAr88cjtZcXsTZR85AeiPqe6aiyhrHCGGTxwjkOJqvPKyBbKOJTgMA/yVt/E4vl4RvReZWrlu6S/KM377E7Zsx4idNaC2GPARcZq/ogzfR0NN2aj68Ia0eCi7cUHiZSb1V5B9U4l0m/EOETsyJ6dxRt8JCEwi7AUiVGx+xhm9+F/2Xj29TlTk6dRLBVMBnMyrSLIe1Z64xftzGieyPMKo4b+a+dNTe6TPBxejTwqkRabq2Up7EAKYwfAsq4bZdzZU1ROo6OaV0Fzs1hUIbb/Z98s7JUIsRJ5CVIlAAdwPFDvJd1SHLMnkqMOIlgi6lzhrp1N7XLE3VohK8LNsjNgetZPAZOxx/9a1bmmTQySypJ5N9WYn7YMjIIM+i2RAjzMpIKo37+AqP7h1IBF3yEde1lhEpgQesO1r1RvUt630dwxASGkw8xeNnbRT9EtS+vqFfkodkDggjy0K95/cThVGO1dGEWxee+ozXSs9QUFyiENNBajAAu2pwg9ygePEb3nO0pqnNKT3y7PSRuDXuse7+2ms72VF2a5X4t+lIK4sePpNwGzoOvM6MKy0j13zEvY7KYs4FtqD2UWUArlXNj0WorTTyV2UtrUZOB6m8doodiyP0M3vneBjdPvtQoR4IZ1peinrvitTHX55YFS4jdGgiLX2wrGCDddmxyj1nlPkv+9LWRGt22LtBDHdWv0djw/NCKKhGJjOrdl9siSMbRiw7zobmZHteywlTg1LeDQP2/qvZMc1h2n4Xcq84Ks4UlEhI/6McPVCD98C+RNNg243PhmPOVeeEvaileHmjGC2mYWcB+Y/v8C3LoANQ9zASN2kNEPfskNt5ZUuj9ojDrw4+Ja9y6TS0mvAFc54i+rKSkwRiqoc63i3IJZX+O685E3rR4xxNulpvYzBEukxtM5swm4BYSItHk9AEylum07X6z5zbBkFE11I59ToMEgWIjynNTo2VZVRanf7D6vnyFKYplFSiL/O2hyrwDXTB3+PDmloeSvzW6MP0NQ5j/snfEx4/llesf74KAvktqxU2NzZgqnF90WFv6TXSrjM24ncNxG5jdyLLMvqSMiAQ7echaJv7ADDIPkkwtvQ2Wr7Jm+N36VnVnyX+LPdA4A18pGu4GKmdzL8eTanBWfwd+YPBbr6nvp6LRHeU9PXOenOUMuk66HgisDJuKP5EtSCMGWWVsW4OCTq7wnLPm3Szo5wngdwhQ/NY99AlE7Gx0Lq1fsRhUsias8W+j15lKQT5qNmuUqhPoqNJCKRKPkxPzN82nFOkw26t1+6h/oIS8ujAyQAlOzhB9pwbfzYGJAX7uKufb7flUQb4eMcF5XgmnJ7hwtbxX25XBvKosMmToqMVvCaZHbo1J8ap1SeUma5shRv1mCJ3fEHPsl2TyRCsz/vNUd12wFF/98vmjS1sO8+zmwKSo5Exj9i+WXnsXnp51NlMd+nqRCecuKWaeZNugCNrV1mUh/oaIrhlijc22RxiSZychTibY8CAMfITZXWosa0d7g6vCP7fha/3ZWouqU5dTQAKXlfndq+/Qy8N6I3kyxWE8GyruCqJoj0CdrsnTCsg8sbojOCtXUBtMrVgdQaADNEWElPiiRXb034MsLDzOJ2cY/FW0QSKTf+Oj9C9MA6uc/K+smwRI4XlmmQ7Vr7F2QZi2DtWSTI+VXkoHILrMkf80QkX7n4qCwg1Y20Llfs4dLyj4xFErJTqC9s0bKs8USJbnxhV8xsE8AtSEFZCEO1gPoTkndermEz7AnaGj9t296AjhsOP8dfEz0Mz0iL6VqxQxKgvPQrDdHxbiTjsS66qz86bncvl5dcQMbmSkK0oWfdk+gUwSj+vbegq+oG5P8zUCpGJi4acOXL8jVLHN9hJSQpL+VPjJGssN8itWhSwpN3a6jQazhaJjhLvamgvT7LQXjP6+GOl1tPGIKsxfiQV86DujNaws59Y59r8md+eDEgwYKdEZtCBMvRbFeLDERZPOvAKUUR8G6oeX0U2g857PjOLNHst4a0qgVN/iVbKsf+1fn5Z0aWDT7HtdKr8112WZqDJslJCuR82JlpCWKIXGv3oJqSuj93j/xGs/wKI6DoZtwc/PjsbedRoiooLiJ/HquvJxK8+p7Pvw/TW3XOK4C8ezmF5Jaw8HB6bRB1uxBTW4qdq/NwUITTemNy4xI6otQBBvPGqgon+Ud5ns7fESUwSqJqj+O/IUjFckdEFc6B7TApHB2ntrPdnA4wq3vKlUo8g7JX70Aar/yOUJP1aGKQQhXCjYNpS8HSM/N8gI/HgyEH68Zugo4tl92vq3Zydh9wyM1zAu89gtueIeOJcENaMZivHHoC8E7I4z9rc9Bl1dKd3m6lsO2mZAt8jYqvLl8o94r25fULSgScPOkMvURnxJ1b4kndZhk706AbT5q/BRnthdrIHjRaQSwsHqYYuVuIVi12uGemBSGxYZghcc0pZAJ9XfpT7ORGSFShI2DbbN6lRwjLKqptfsNZOPyfebXFDAN/QIOd7cTklBA7jSVtAO+fnk3youZ6nWtDaZs/1n5uavpwGQP801LQtjLdc1dzUO5UI459CdDbJY6fqYUS0wCjDtJ+i/RYJrf4kSxbH0nBntM73mDyMU/W/QAReYDoUNgjwd7X2QiERKsUb7Nue/AcGdA53Iy3+ayx/5gP+xHmTVKc8pOTOgF0ZkoffwI6F9FUFAt3CxNjnL4o1XcjeNXQz610jOZb/90Q05KUDQVB35PgGnSHnb5RcFse3G8iLaGGNBzrXU2O8CcWE4hPFnqIw5R0tisgh68gH6LWsBU5Rixtqo+h5rMi3oP2vyV7/1UcoD2kho3pgXMZ2dIf3deiPWWtD5rZp0ewjWgLFHjhGJ3tWvbd6tFBJCvrg407ypSgg92M2jQ0R6r05aLtQImecrZQd9hRo7RZyKMY+PDu7donnnRY37kbUpecF2IWy+MBUkY0bb7fAJA/w0+AVp3Anj3EL0qgdv21dNe3PSGbVaOZUUAig9ybPQo4EIAErFckNCMIayqaMYQNHcg/9At/tsUvryRjQMaAPySaGsF0Jfx7TAmER9ZHtYZ/jWvXjPhA4n9VQhcOUOiRsiBv7WfMw2Ll0J0IcaES84RQbcIPOZEPVlxaStoE+PXBzwImB/DKcKPxFFNotXx2lQAKVTcL14/MnBjENbzxSwVyUTqILft7XUMbKwT3N3GjxPjLozvxVxSsH8Co9K19XxXIndJIyiJfNqA5eIN6kO73BNvg6PFvARo2Lx2/9ZLiYJNBbCGZ/orRw2NIC3lPkvswg4txxdu+KPfzni8m3wRr9Q/00E+AWac35cB+bQpHS7SMs2FbQu0XvUECqFXbezDuz9chwugwtlcWNzO2/NwlEDkgrSpWCDUiBnzacqMY7r0UCt+hai6LzbPayk7uW2LtT/zz5RpCHayxs7sM0y7hbhCtaMXFvaiivOPMYuK/qnbLj8QmtDyFoQktxgbyG6a0viz8WcgesDHR/9cqxWSJyqI7weK73qmuNTHKmHNrdji0Kqy4CiUND8PUy0y9R6xWtjhQlUOmkgud/cNf8yIYy7GTIp/kgCUmDyp8dobUppoJdOlAw/HcrD0bawxRDj5rq5CH6x9dE2Z8zuv+MPZAld9ztBm+IlCAC1bUS/msCIXwT01v5bwkNHx4R42KLHjACRQAdYDrdaj3gxsSFb2Uye3oIgIvCG82FrJ2sfVkA9+6JFZXUPXep7uILDW2Fz9XSNjamUhsgRH7dlLHYJrV55M8VjLPBlWJeIl/s0+Z3cjbjC2RQjThWKArl8hSttVuVQx00HLf6CkRWyOnXpM9kbelPHkbnmyUkSQDE16i+m5+HBETZjbrBywmkMs7oyPyL/ofvP86/GzUFPK22WIJUGPMmKEninqSNO22egyIdrwn117XbZhPlswLqx/be6hiAhak8lMY/I4YH/alGbtiTmp1JpVl+drcu7QvN72zQJJ6B3BHM7dmxw0sIvMX+XgKPLmBwBk8OyI10T0eKVqBaqw2vUMXn4Tv9wRrqVkCM8AePlhLSbejnF+SJo8hALQp1nypMxqdpxPsuX2DdjZmXsHm+slViX6kp1ppuBH5CKJgQCrOmELyor0KL6eGqWLLv7p8o3oUxLVFQXO59EjVRclC9ARoQmIh+g20O0hribvAbjO5o94KBGCwvJtQva2WxW/eKjnDwVjGuxKcE9j62hSBKhJZoOMYQO63MLZmpmmbT4EhpgC4LtBszb+7eetLpzsoklqz6mF1oPQBJkqLlng+o18+Ae54wIXuVa44CqVIMSY18dr0y2WEh8CHaZOA2+53j4lG2ielBWb45cTpYYeo3Y+XQvzv5Msm/wR/S9W1kKcWkg9pKtNQfil0pd9qhm6dhnl2uH0Yf+F/CY6WuLLMYkNQijRPl/cLhJt8l5hUbFu7kr9B/lFHJGh38q3lqg0DDQYGf6n8njKo0zXQlMUE4naaBHcNABulRxzN+jFB8rFX1AVOZMzAy1SRp2mjKmKDDmWd9cpXGcee6AYwO+itpahVMWJ22hETZ93Ab9RwIP/q8e1TfZ+0/RRsiyysJ0CtefSHSQudMQKSEO3hKB6SGK+3L5fuq34yseeMdhfbp6sn9oVgczMVu72L6x5RWpwjZEqnjfmSp0zsSVnQ9eFLiJ8uWbHwbl7r7WNwk2HAEM45xVVpWFaTvueOnNiQLukU1FxkzJrcBRu4JLfttH15ELSZKbmhbQl7u60RRHD6D7j4vY2Z8a6M/I663dweT2TcTn9GsEWBbg/xSUg+KJGq3hGC91SqzbMzqhgnHuH1F4QviYvMXlnQFIpPtdNL3kiKGzPFc3AAUL/iaJIedLh9lhmjl+1OsrIrY34x3x1f2PwNFZjLqDVAvRBpGO0lYQddYAYjs/FCFctf/J9M/BshCMLp0Wt21Av4KYKrCncTeHfKEag/KQ8wOCLT8U7H2nOdQJVuo8ZCSpFKqZS7HTrlqKoy31T4NQ180ujNcB/qLY7WiE3UL9dF/Zp+VxheeRchfhKrv4ERc+P5EFSP1yM/FxBCeUcgXRJP7KQ34Twae0hlMgH7DWUJucxh0fGC7B5v+FE2egQIhfIsr2Vnob1TdvVjthkLPs62DGUQOPRkH/MolvjuQ9vXed2uvuBckbnylt4UKfMd4Gv038UBbZv51oCWdBexH/gS6VRlqdDjavOYhclUvTACElVGY1lJ+Ge27jX4dJ1Y3Inv3rjm9QmojQrO4oJ6AA/SWhwx91Idw6kCYsNNtom3Ti4AYh8i3OGBPaKzb2jbutvDhP8TSJgnqHg/2SBlut8C6zzAX5IqnyzJLVRHm8/Wo6rO37NuNmZ+4lSdWQWFaVmceNN9kAQVphQMfldyixckcQcchaNgOU6paY9l6rXPFetLY+pr3dHW4OXwX0qwZyHeDe7DF/GeqAEA4b7OEVgWjOGVF17vDxTQMhwudZ/thUgPxcFL9JVK5Ywu2ioWBdv+0NdtpXiBCMsHXHVac8rK3KZVF/8wm8TrHQSjd77CyOzPkEsOOpmEVW8E3pdfcjWxWJHHEdCiO7oYQaMtZ/a1zIcuqXuN1UmoSR5ogci7r+47qHoPfPHLsDuFUFnrgRQU4dI4cin9duZ2ow5OcS5eZXlFdgdkpCvxyTKE7EPNXN1/dMdbwXLAR//2/Cc9P7icFMve85agOUUsnilNeNBbN/WK/pqTPifaE4aGmK1UVuafiCR6FomFerT6v8EmRnf/yDpKzDcGSvl+uKHTLap6qlKCOP4ioHe+QA8TICTSwaUKuwhiPYJnfQCu2jcYhFwzVO+jdlo3kAQUZkx+oaIHKZP8ArJS07LwFH2ULJsY9pISp2d31FxEEZ7gNK0PHbIzbo3kg9fTzUa6wIm8o6F70IbpombxBXAzRyXqVUFMhCzvnxswzIKOfN14cSQmkg+p3BLi3rKqzwNN13KePSKhDZren6ocnDPV3358hUw7Z/kcgGhGfJ2/nWJYn6iBb4dBE7utWpCtvhRtHmIeotgGCttwmvt9lDXG00uG8iph1gajdkomoHq7jwoL7ee44XVhNNmozu846QyDCGZpEPrAvEFVsWbPNL9dxNM+fQIA9ssYAaDwZQE6nH4PqSGa/fb2LQ7+FJUHB2QmKLXqdffXcyR0gOPA+4vHisdgoIsv+ZFfkuPD4cnycyb2AdmSx21TXCV65d5/4tuB32WFfKrfOhFRJIUVRBjpqtXDw4G0Lq/OBlSfADq7NO/GX3CxwzEvsr7/bjftWZXgVNELrzOmNppIe2EjZStb9j0oT7xzzh95PJ15wO/vNgG8cQ17kHCtLPYhu9RAA04inVcHRkuatRVa3tvCb7ctDeGXJ2G8eZkuObVoMBE7s+GsMqJpNE5Cilk5IwTQA6a2d3vz3qLmXnOje661NsZk4n5XDHY6vhNUyP+rGePomk4+9Q+w1zza3dwvnhDo4v72HBA0lCQRJtm8RkA0kGFTam4+LyWzGT5mSU3zOgZt57307lqKZiqXspwGUgYgBNiMbYpQmGY41aEfJQ2n8i2ZrWWRmApzSqJH6rr5/Fbmjd6FO3+PJtbTc7tptiBp+hugBzofCBftvmnwsg7oT6Wo/Mru8hbcb21tiQzRXdgBu8/Jeoy3ikyUy8OcuxLd+MKLzR60GnPCsOI0nt65KhsfS9pODPUoSQycZBYvMLLVe78mbqnSQLF8S1m5xz71nBGRQv9KMLlzPbgnqiFDpfjlu+VBmHxjVPT13ZPMlUi2w0XUEDehkfDHceiaTP1T334Ea6up52U0wnmVWmR9R4WZvNk5SoHyvQ+GWJWChKLnDRP48UOWjFsmp0yPQV4XIVDyvuBSjznMzv1iQedGAc/7XupXZLOdzlb/oNfsL2th33XVT3jHwKZLOBu8JtCHXKEftfUd/Q48eRfz7emVZnR2SrZfvPU8NV0lC/vLTzZBpiqX39fvVhH+0EibfVlB3FzteSiqyA5b/xQVGxp/SKxsxTgBZMSgtxsOdFanKVluSuWLibw2el1UZrt6tbLxQmahpOJCU+OflErMV6DmhiwL2ZvNtJeZZpGM69oIbscY16ofIN+CU4j7DHgFW9havMSuD25QF2tlxJy5LsTjmOhUzUwl0zKgeqw07vtRABeuk1T+rwfTscchyAITcasGem6Eny0aqKdf/oqo/SSRCE/agoE26oBm29xAIR8qjOVwxC+ITIWO4Y4iNtvZLXMGTrujlm/z4QV85GKoViiDiBGmBzyZr0fmKMfMJXjEDpn3lIyhaQz7UvnVj3iLTEDrYgWEHc+gQuk+3NOlnpOtpYLUB9f9LOcxb4u8W4aqL8icS0dsnbZ8rKTfGW5HfO00+DMHhxJ6EapRxUdSRHcx1Lw6CQKstH9nk920pKLD27LE6e8dDrvQaV9JJPtcqm+uKU76EWCCJLMu7OIJbEkGoeDU/l+105eZtNrwbTxMdwQ8mYyLVfN7u51yn74f9lenGsyy4uCPpRyx3Hgi7U56pwnfVGEKiHUnqgu0CQegMhOrIWGpRFzbrXcHQ54Egmz0Ahq3/PPe5H7S3XWcIiiOKsLYPnmvc88xP4Pq8VR+u0jQe6L1nOgahDUJ/yC4yr9TFGzkv2+H7EAAAuLETVBFqKxe+g/sBITrDZrWaPjHQdFtXTGelafuJ6oZ1bbEv16OCqNO8OTE9pzKjW2RtCGBu1xRyxDk3q7Wea4eSLyHvj+mGsxPyK5lKqfXN4lMcT60JMqoM1gq+jzhPhPpZBjcNCpl4IxBEXFHgnAWnMtcNbvO9pdiEljp6lN+gVYn0A9P7mhsrVhpVQIio1e8B96lt9vqgtFHf8QnRYQeewvk1gmRWHk0H+R4RCUVPUyNuhN5WRaUtNkj+Pp7zpEGZcCri0iuUh5ds/oFQg9MjP7xpzG4WAcNZtVspWeM97KwqFG0lfEsH0Eo5INJYg9wWT1V48gavdEa6m73+sD+Wc9uATZQNqvVsq2DKrKo9vYr1Wae2xPtXhdhBUHY/lDkWDsX65MtAjPoKmnUBBnEyDb8GuqcnSjIby1SZ9QJKl3/WTP1verImzsw+lCnY9OzyMUklmItNJbi0a5wEcj8RLsh3t7ba3Qz1pQ8kTzV1sCINobPCDGYIAJI3m11Rub5XoLcNerArwlB+guzYpBE8epfsxzGiEF/u5+K2TjaNJmJExNHKaxr5+X39txBExVg1+C0/BqOb7FTWxpeT9GbL57kf8N16Ej+UR+jSj/edW8nmNB5z1szcHH8SME3GJi4GPPq8DemaeJRIjhTIYqmKUoNDfqLQm7h+uF58r0y2y+8/3pk9gustvO4+PF7JAnf0uISZ/Z8mc5ZkiqDuKiK/HqJ/0sVsQE+ilsgjKjtSZ5EcnCyEXnkaNB/i7HnAu3Q4sl8qpfJ1O3n4Rw5MdKvnLCm3zHxPmPf/q0qDNB/HQayOZ8vdGXb++8j3x1arcD5GvcusWFadExnESyhtK4uo3FfEynLQNNwqr500p9AMUIqk9NtTpS46cf+86XzAz9twvW5Kaex9/L1b33knDCnnVz4OUDpLeY+AV34BzWSNa+Zk1hWf0EqPSmopRT3z3d7kr6tw4DB8hUMWjuEMS6jV6ClnTy9wWME5caVRVYdKgSeQK9zxVwQ6KK2GiXB2W6+A+mG/wgqXAWoBPevDfhTKAfiDOv8N6otWXgJshrm/i/xNohvjIGj7UTFE2BbnKI+w1i8e8dSjwkalcs4lhkfY8jRTg8XxYGJOj7k+alqZw8U9Q7c/Qwij3zwC1+OuHJcxuM6IpmFz+1oMgi0OvwKRmHRKIzCmil7YdQiGT+R0RJ3cOP3dia/CHxmYcvsUaUgRYwDvQJTr5T9CjB+GKQhxsTCjG0HCDvVi7SHnzJfWpUkdFzhQR2adc+0X9jfymFjUasbG+yu/V1vSRXfptA9jRaYoV2yuvpBc1SyMUEDHhrXohszzN0/U2MwunP9uW9JbNTS+FmNtv52W044V7NH5PDCg38UvbgiLf4SblpsDfh1UIexMLgCAxdVRYchFeIqFgCjkPHvxctbH2l0y++KYn3g6jMZks7cDAMklPyYzr5k/TyYKA7Wk1bYa01T7Zrns7AbKqencGDtP8g8/N9+zfbW6CB+FcMi/cyGEVcwxGPOF7rCyUWGeNkin1BffGa7iECCChMyckclc5LQsDr59hpblA6qONBLrxom3nbcHjWZ1C8yFTZghvMaVS8v8oae9n0/w6pmyJL9WOq4BeRinNvwoFRKwqWNnX2IW2oy5SWBuoPaOeL9EXA7VU/zzl3TluRZqyHYvtoa4k2QD1odnbdNxj/Wv3WcGQEqfu81V6dnDJuz4XJsI7KcXS2A3Fgt8RdZc9yJ+lkPFcjCF8P8NaYRT5fauCOXxqoK6H6Uaov7W8IUFg+RAyc/eQ5OWL6rmV3AyR94fsnulJQuDhoODsYq5hfYN37ABSoHnREJ6eY2UujPC9IFI6yUYMcZ3INCRk9a1CHBfbleJUIejkNZdacMFvN86ZCHgrg0HdmmaB7ejeRzNTFZMyt7wYEHH5zw5lSyJ9PvrEHm6IMZkq5BbK3TGpw23NmEb3LPPkYzIJYsLyP/dXhi1r7Uf8Ft2ogDXHTIemngs43dWiEUFP6wz/9VRdvxnFXX3JWRQIlZBYSrCv8DCbjdBlQ33dI4MQRAeOkk3uPxn24E5VUVvGPXOzL9J1ymTuMvxRkwHgr/xQxdLKXtwRktACGmQxvwXkhzyUkcUZopPV5PkHPVjzuF9QV6/Tq4+xWFiaGedKor6v7Z6u+2Zhbxo0e8x4Dp30I8ucKLswyuzzF0KiBnD3vrd5l21oPrIikkahcBXfvYVpPqUJSrf3JSp5gboFLJUkQnt9Re8sshsrQXo8U5beyWpPTAx8LzLOhHyoqpXYhb4H9vJnVfc7WSuMlR5zCBIjTtl1a3oCp0byBfZNOQ7zJmb8VNEUPloYo0wZ9GpXH7euFG39pmiH5KG+XGOtxlLEKlipu7qq++hQwqTXeKyqvRc1SYGPZ4YNey9niCnXcQhnOjozlPUQsYti8JdCrlDWmnFCW+JaWkNgNYOuejf8AlpufKe9+jXxUNDbUQ93XSyLCCWrbHAhhO6t+d47OsoZZeK/QF3DV2KWvaGc98IG4J8jpiDTIJsGMG/3nARxcCiQgQW+edi7PI3B5wEZzkxXDowpXb+u/21d8o4XXfBDYOVWu6TkdHfDWFyjEpwVEOUPgyeHr91XJPFTM5nZKvl+6WKls0uoVx3M3ORfpCnuzAWk5aunQ6yDR0vlupx9GjNjWnazcpJ1ifSfy3KX3q8sWA5c7PBgslBR4o8UVGpw9NcSdkYchetEPhWotU84k3Rf8KjVBza2HZietrFn4gvyFkgHYxYMUmtr/6KIo/Y/6o1O0bkMyO9DKUuklAcIDXjzi+T1srZixRM/86VhOu3BQsC7yMfxvtklsyCxMiH6G5SQPCgJLYm1ViCDm1ryEsxwXSUEOknOP6q1KJLP8wcQ1hom3/d71/gIzw6YDn8UXbjhm99C+CvXQZ0icrKqSORMGlr7nyji+ZdEvXye5nCfi0PPqmntBDcpDFx0Qu+UBZmT7cbVHlYOij26PNb2IfxlyhV7PfaUkVxhx/yiT16rtzUCDb8E7FE8YM0rym1K02qyNsSNniSHrya3SjlHaeGf4GfdX9O7v+UF8pmvqoo9qiY9qtoIOu8wMAFdsHDqOVdeKOQ2La4nNd/KIWTuWrVq1T76dXSXK1o6o9xyZIOCwzTz/XEXwDtMEJAUrjnK06ajJP/Ho+l5b5dTNSS6ogT5KaWXHtgjE5XbRycFHZSgQpvF/lW9lILDvxLTCnD4FYeIr4DMCu84d1MutUElVo7F8wm2BiqYzpDCu/j932ZNEAazbR7BL8C6JFlsQJQkqzrK6lux24N/+IPyh0VJB4pnO3A4XEyLggzS11WfxhBNdKySitJ3919ShUMO2hHd0O+AIoqH0rwKVT0YGAJcAVdsusMAedPTc4D38JhW2gg2ITege3m/KeTdHb3HwZb4etMpH66l3j6uUbC6s68csg7KvFqCNe4QO/fwHDtFNPeu6SNFD6CvkyFNKPitw95CduX/HFnPI+lCvwQ7LFreRONhHsx0kZJkFLmGBnImhQ0sDbFvpRvc+WAm5HRpKQ6leEiI/UcsBE9+PW1v8T4iwqovvAUZqYDT+Eo/AtR8p+9Xeu2hZYlZhGXwXtzA7X13MTtd17xVeichTkNcElvvlAJ74eveHG/KA+Cho6OYRQoY+bM2fx/VzfOpLtKVLDt6lnDoldzSS8z3vorDEdrEtrlJa6TtvZBkSvTP8zBS7o70T19uzAcB81W9blpZP0Ptk2cvhlZFoxVS9gvikDfINY0ECJ47aqYnwclVrsbCqihn6xVJ3/44gh+b3xaxSQhXJND0kundVqCM1mhNiKBm3c6SnzgWYVfUTCeEOwgjRXXaKiulw+TR4yke+9r9cuj3QsEyzrAz+mbnCzdTbj1cLOTXYe+gnokiz1W8Sez1H9NSHGIReTaGmCwpP+231Eemf5bE/5zkkox41R61qH1zfG7rl/xpvr+35vYUCJaQ/Aep462bpQGL25GnlTqo66NhTGSz6nIPR+WS8NS8DJx2xmF3PNc4+z2tzbUHfggujvYXq6+n/CCUsWfywZlbjRW92a87jJ9329vvMCMicqVOvpefZkKyAxO60+hzEz2sKQcS0M3fl+Dh7CWhyatBxXIoYcCKQ4ikzq2YBer2rELEPcrW0hhG12L8PMklU4XmN6f1+teZNBylMhTMMAm9VWhJbQ800zRSdfPddjOvkIo9Zri8TpuCRDE7pXSv/FkVG6ZqQJxbPSDGl0qcawCejbZGVCCh5QQzqn0eqE/mFEf/kwqikkMztWhGNCBtYE7+fJtjAEdLGD8ZXQjiH0mCpFAL35MPExYj+/n3nrTTF2qOBHCfprcU7xVNXU+551fMn9e4u0fNBBtt9+jhwFGCYbb6Wyq3i5GK4wk72tt0lPBQSkg+ePbQKPjYFBgsCMrRMcS2oiu0y/HRkQbOR+fCiCVvzrXxd2lRtMfgGiNKEpkwYjXT6w8zZE1bTB/9uNstVaoqHMezL6cW/g6tGkcQp5X35s01NW/QKmmeSHhGwGEvuQVTGU04yUSL42vZ0wdilxH15VO/5+u7VNduuRDNnqpolTaePcaNyoatSL2uDr2qVMPd6JMRZgyV11LXocY5cOVm7B5xqamzmsFYg+HIzYN2hQwcZeyySbwYNXwGerE5O1rGgDHKgwTCefgbnFXseC8IetTYv2zkeWmLaZtXe2zGy9Ab0fWRsez3q8Yf9puuSZrHpYvUl9Aw8qv+yGsQvJA9Qc9bzrDfKdgTsTIDxucLPuwP4RBCA2+/K1TUV74XvuN3GxNxg579zLfWZiIOop47LvR1/kybrKOJzVP+OnDpHSWwgwsPmBBls3s7YWkjgMjOzTMkSvQsQ/y9bew1gEVdCOmOseVJjJGiMsDgdO9auxRk/Tk+RiHVLqasaLdymnJn4OGxEDIm2yCrefEl2dk7qYw+/brbAhxSDpt2A2l6mUsIumb+t/rEmapQO9QXvxC5QLMe4jv7fxXcCvlhm7EWOqh4/ZATCJ6lq7BmEGyYG1+7ZjXdVBMiR6OjnyVNLLvbUu4gYP9/NuC0AE6Ksdgxn18b89kqJP4iBy8+KraPwoQ0ckMYdezvoJe1VAUZaFPDLQyzc71lWQrgKp0MJ+qp7rVb/YAobsv4OG9eHJh3oNkE9995xYLaljmeG9/0TuTgcnUNvJkfRz5PkzbmUpZS5dmxfLMGlRnicQ+C3Vdw8gntxNWRQnMXkSEKBAPJCq4nwSi8aqn6UrUVJPzpPk53ur64JF1RbNrtWajevjpuEBLeat77PicSBFr4nGtLaA7rtLCn8Rm+jJyPGWH6uETZD9vovt3aBkzzjnoz2+KWRQadV49Be8UniPJCqbQ+24UjrpcnhAMsvHctDB7KPVcMewddsrVRShzrPvgofWst4BIBInfl+vBklV9gCsETpeADoacUQ/Y2xuSfjRdKmR8oxAu2aVWIBeFm6lCLPfxi0h+06OJIC4d7OfqxZPnhttlrCb1RHkC84oHj7DFc+QhxJBHFtfE1WpsWI4D3+7ax39sWM9W43SnTlLpYhNLEOs2SlAs6KTj4NtUFQe4OiMmsRYJULcGUNJA9Ov2YCjWICXQrxM45FqnadMd0sB4pxQr+KTjIx1qibJQp4+AOKUoALTBxAYxbX7Dq75HcQfkPx8ddWupTpV1jtKXKoXs1tITPqSGmG46AEK8y2JlwDxVKqv8b1Wppmqa3Lmu2uHwiSJ6LhcgfAbVMsG0mtJLqs7TSi0pqjSou4EYJ87JUSweFveEmunQAR0Nd84GMYYhvDD11JmX0BbRK+DzdIrlVK3MLQxkGoIvdMy3ohkfXug+3IFEj8RFFnNP8n1dSOLi2d9qIhONOHkHB0ZWrGtMCBKlkse8+ZZe79QCLNAC77tDXMQP4trvpbSs8CbVNw2kHC1QUGCnISfZGCMaJ4oHCCXcX/LOfscqp4htGTlWpxJRnyWxSe6k1vfwD3ajtASd7CU62vQsTjzvsVQZsJh2ndN7iIaVK9qVMzkwpWS3/HdiPBxXmQNs3vnK7803Wank7u1Hu9Mph3uGgamWu3CU4J3YreWVsv9PiG/h8BA2unPAg8zOuzGAR6eDgD/DBZ9MrSHbCqt+IHGXCa/Mzoiw288qJUxPY08TP0p/EXollAA9G9PaQ83R7X9X2XBeJeLujob+BYJHrEAALMZuufLGTHwgHXyceb5rP8dIoUi7OXOYHotOGGnqQSqcEbB9Cye8Vqv/46OR2m1kYVXZzpedWrhYw4C89peIVCKIXDSnbw72PG4Q9vr4oCFDG/y3MjGQkF/HCc+AAY3KEYTkB1Q1cyNWusjtnRAsSybQD4Z52WlIZg2rVk65UTQl8YpnKCOAseFCURG78LxTNkVydA5urU2ClQ9D84zSKpXp6McACG0nNdt8NvKglwHn7tmomdBijkzjpRqPzazIG1zi6qCOIILR4UiWOtbPqDiI4GXFcVROoLKDNVdAgwxr8yP6qBEc+lkqnwatfKtHnBsQKkN37dwDqBAx6f1RbuxYOZByvch5c6bJ93jGEu2k9KRF+KKEzs4AVZBEw7I3fFSJ7AEB6AUnTQPI7n9gAqoAZWH0xpeJJ83ck2RJNzMgwbnPhcqwU3Lm/VWvX77mThjl9aRXksFppE7/e3YErURS9+m1Z/SdWnhvpgi3OGlTZlFCX2So6p+weUsWWXlAWiFOiNPxRfrXc4IJyLRiwn06yF9G/GKBKgLvjfVkBYWJI7MRwvJ04r26Gv3/VmBRfd/rsKJ8Irzq6Nabk4QyEiUPBhBvXq7x7pD9EY3ZtpdSizYnhNfVSmffWqKr6ZTtc7swUmjE+1zWNVkZ9BRMlOncllWhuXyX/9zlfOnteHGcflYJRgoslc/gIgfDsUFKR9EqCCalAa+6/b1PO/9j3QZWzDUlDeYOKuBoSk8vIqxIk8lR/11E7ZTIJJ0bFizHdWNabFXhDeRe4044XobNT3MgKjnW+gIJbF8lkDVPLcqRL+u/Lhy1hovsI3TpuPMaiPQDQeQy8obemuW/LXxs2qB/cY0VkIdcNDa6XSyBVUOO3qW2Ai0+3EO397FFNOnpTXx0n3ypf7lU7LBB/gq+cWfIMis7mp2SuNet4mXxAu7nb2IOpp3ZV7xXehtOrACLvca1B1GLOMvUam+2TGKIvMYRrETTEwo+uzXqbqiGz0C89RE+FG9N2iWcdZzOMlkoaV58UnORUrk/q5b5wVeFzOxiqqlU2KlXd/mNHZGhjpurQjDr8kVfi0l5FRVZ2oCZAwLjbIctXj+YJXtsaAEsTByJxIsxTPlJfUhRcuMKyEsU5I39TuJzimk1biMidwS4alWYb6n+AYrJroWEZFEuD8y3Y3nZCowFhlB7hAhL5SkwM2Usuqp+kunkqLULP13zE8LIod13cLiTEd8mzMu0C8cKBVQ4SzW1NY3UgwNGdDeT8iGEzcQ7D8dA7HKW48MO84AV2F1uK9Jm2NJlpE0umOlObufUQ2nxU/KOEllB19GD0CaQHeAeQmNBuWeyR1UT3T/TFmvk8TQ/JgoOmo0UWdQkbP7ToL2ek7jH/LBRBZCwZw5n3YwTSDvLUgU39MDhzU0ICNu2+W05f5gHCeeXYszpH/XT1X+0C2Nib2zdOHaWiuoMiywj9xVUUWj0bt5KfqPnrCdrx6WQeNq/Hqkk0yhxtIRSWsaf/JnscDIT4AZzxyeTLfr98yVslCpRm6toHAAcSmDS1ezOm8BDxBxnLLTxfuNovyIvLb82NiwFHAcK9q0a1z723erD261GuSpyF23ipDhlJow8EfJqWyR4LNltQBZy+66i+EOCUJ0Z2FvJhucQmrLDmubNVfo/vf+xl0XJ6CETDHjgv3kP33tUlh/nAaTOMXdL5z7uO9bxBf8SO1Tp+yjrBnOMl41WecBmoXwsd0Pa12pPqW0Uia4PlwvCANW/nPa+AtBQx3NLrCmwnMW8q7BU6IvqBTtPl8bg8KZebpXYqynoPK6yqDmCb7RaW75ddj54cdTWuHIlifUlyOJvbasMRRmb8RXnXuJ79xNzaQJcUhS2+CEajnBuPhoA2dEjlAOBtIXBr5jkPUw0FCpk8AHf32XkdBaP5qBOB9b4e5fSoe/7Pxkip78Sk+7goAIzmwIF8A5W3DAK0cCZC2PcnWoIm2hHtl0tvnQ3Q4vMw+Y/qnzCRxj9d4Ji87nYf8Q+dGYW1o1jNrup0WChMNymS52L0CHadBHWXmEygrqtZr6u39DB21WisV5YhmsCRyMvQmn7IrOLWQzgWR55k9mIJl4UCEC4qV5RrMEryYb46tyClJNhlfInnlpFezq9g48gooDkWP3eNLXYnJeMsQkGvOZAa6l88zezdVLa5/DqwKBFye8VQ7dHgJxgML261ecxuNQMkBaUZwrjn9mQcTR0KVWItUSh4Bzi/iojLXqaubI8X4Q2WQi0X9XKPTaQTmS9MZb1iaBmWdZj2RKPMihPGl8LCmRaQGCR4YMWXocK4kGbLxULxGLx7OlMqobXpoCsRngzxTMmjCFoB8YRQXhZuASjPUAFQHKQqq9Ncs60zVFgeuZ3QksxRXq6DdwPpdYPkH9g47xeoPGawgaoIZuUj619QvOWh8sT/MibyI9kE9Z0zoOA528vSY/zFT8Q6ug5IVrTxguNFuAIc1TW1PW8ZgKb4sWdzzdA4KHyeocXCzLCg9FRi7X1FZmiFyj2qh/q7b0exylaV9dakpWg1TlAILGkN2RLtoyl4iSaF/77cDNcaHqwLKa9jdhzfUrPFw4dBNcz4+OctNrUn+khz0TyTwW1tuyle+tC9KG3NjZJkGFVlhIEmYTO48Up+tjAYi6XXnAgkm4xPkHNS3MPXJvJIKDwagf0uBSyd4W5yO7cBDAgA";
