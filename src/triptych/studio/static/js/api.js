// The HTTP API, as functions.
import { T } from './texts.js';

const visitor = [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('');
const given = new URLSearchParams(location.hash.slice(1)).get('token');
if (given) {
  sessionStorage.setItem('triptych-token', given);
  history.replaceState(null, '', location.pathname); // so that the token is not in what people copy
}

export class ApiError extends Error {}

export const toBase64 = (bytes) => {
  let text = '';
  for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  return btoa(text);
};
export const fromBase64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

async function call(path, options = {}) {
  const headers = { 'Triptych-Visitor': visitor, ...options.headers };
  const token = sessionStorage.getItem('triptych-token');
  if (token) headers.Authorization = `Bearer ${token}`;
  let answer;
  try {
    answer = await fetch(`api/${path}`, { ...options, headers });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ApiError(T.offline);
  }
  if (answer.ok) return answer;
  const fault = await answer.json().catch(() => ({}));
  throw new ApiError(answer.status === 401 ? T.tokenWanted : fault.message ?? `HTTP ${answer.status}`);
}

const json = (body, signal) => ({
  method: 'POST', body: JSON.stringify(body), signal,
  headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
});
const files = (given) => Object.fromEntries(Object.entries(given ?? {}).map(([name, bytes]) => [name, toBase64(bytes)]));
const edited = async (answer) => {
  const found = await answer.json();
  return { ...found, file: fromBase64(found.file), preview: found.preview && new Blob([fromBase64(found.preview)], { type: 'image/jpeg' }) };
};

export const about = async () => (await call('about')).json();
export const folder = async () => (await call('folder')).json();
export const folderFile = async (number) => new Uint8Array(await (await call(`folder/${number}`)).arrayBuffer());
export const encode = async ({ picture, ...rest }, signal) =>
  edited(await call('encode', json({ picture: toBase64(picture), ...rest }, signal)));
export const edit = async ({ file, files: others, ...rest }, signal) =>
  edited(await call('edit', json({ file: toBase64(file), files: files(others), ...rest }, signal)));
export const preview = async ({ file, files: others, ...rest }, signal) =>
  (await call('preview', json({ file: toBase64(file), files: files(others), ...rest }, signal))).blob();
export const decode = async ({ file, ...rest }, signal) => (await call('decode', json({ file: toBase64(file), ...rest }, signal))).blob();
export const rival = async ({ picture, ...rest }, signal) => (await call('rival', json({ picture: toBase64(picture), ...rest }, signal))).blob();
export const extract = async (file) => (await call('extract', json({ file: toBase64(file) }))).blob();
export const zip = async (given) => (await call('zip', json({ files: files(given) }))).blob();
export const progress = async (job) => (await call(`jobs/${job}`)).json();
export const cancel = async (job) => (await call(`jobs/${job}`, { method: 'DELETE' })).json();
