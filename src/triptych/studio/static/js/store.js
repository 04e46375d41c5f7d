// What is open, kept in the browser (IndexedDB), so that a reload loses nothing.
const STEPS = 200; // of the history of a file

const opened = new Promise((resolve) => {
  const request = indexedDB.open('triptych-studio', 1);
  request.onupgradeneeded = () => request.result.createObjectStore('docs', { keyPath: 'id' });
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => resolve(null); // private windows of some browsers: everything works, nothing is kept
});
const transact = async (mode, work) => {
  const database = await opened;
  if (!database) return undefined;
  return new Promise((resolve, reject) => {
    const request = work(database.transaction('docs', mode).objectStore('docs'));
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
};

// A document: a file with its history. A step is {file, edits, label, made}: the bytes after it, and what was done.
export class Doc {
  constructor(name, original = null) {
    Object.assign(this, {
      id: crypto.getRandomValues(new Uint32Array(2)).join('-'), at: -1, steps: [], name, original, order: Date.now(),
      hidden: [], decoder: null, seed: null, paintSteps: null, budget: null, extra: {},
    });
  }

  get file() { return this.steps[this.at]?.file; }

  push(step) {
    this.steps.length = this.at + 1;
    this.steps.push(step);
    if (this.steps.length > STEPS) this.steps.splice(1, 1); // the first one stays: it is what was opened
    this.at = this.steps.length - 1;
  }

  // All edits since the picture was described (or the file opened), for the budget and the command line.
  get edits() { return this.since().flatMap((step) => step.edits ?? []); }

  since() {
    let first = this.at;
    while (first > 0 && !this.steps[first].made) first -= 1;
    return this.steps.slice(Math.max(first, 0), this.at + 1);
  }
}

export const store = { docs: [], current: null };
const waiting = new Map();

export function keep(doc) {
  clearTimeout(waiting.get(doc.id));
  waiting.set(doc.id, setTimeout(() => { waiting.delete(doc.id); transact('readwrite', (s) => s.put({ ...doc })).catch(() => {}); }, 60));
  localStorage.setItem('triptych-current', store.current?.id ?? '');
}

export function forget(doc) {
  store.docs = store.docs.filter((other) => other !== doc);
  clearTimeout(waiting.get(doc.id));
  transact('readwrite', (s) => s.delete(doc.id)).catch(() => {});
}

export async function recall() {
  const found = (await transact('readonly', (s) => s.getAll()).catch(() => [])) ?? [];
  store.docs = found.map((each) => Object.assign(Object.create(Doc.prototype), each)).sort((a, b) => a.order - b.order);
  store.current = store.docs.find((doc) => doc.id === localStorage.getItem('triptych-current')) ?? store.docs[0] ?? null;
}
