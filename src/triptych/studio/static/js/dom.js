// Small helpers for elements.
import { icon } from './icons.js';
import { T } from './texts.js';

export const $ = (id) => document.getElementById(id);

// element('button', { class: 'small', text: 'Go', onclick: f }, ...children)
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'text') made.textContent = value;
    else if (name === 'icon') made.append(icon(value));
    else if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else if (name === 'value') made.value = value;
    else made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children.filter(Boolean));
  return made;
}

// Put the texts of the table where the page names them.
export function label(root = document) {
  for (const each of root.querySelectorAll('[data-icon]')) each.prepend(icon(each.dataset.icon));
  for (const each of root.querySelectorAll('[data-t]')) {
    each.append(each.matches('option') ? T[each.dataset.t] : element('span', { text: T[each.dataset.t] }));
  }
  for (const each of root.querySelectorAll('[data-label]')) {
    each.setAttribute('aria-label', T[each.dataset.label]);
    if (each.matches('button, input')) each.title = T[each.dataset.label];
  }
  for (const each of root.querySelectorAll('[data-placeholder]')) each.placeholder = T[each.dataset.placeholder];
}

// A menu below a button: [[text, what it does], ...].
export function menu(button, entries) {
  const list = $('menu');
  const close = (event) => {
    if (event?.type === 'pointerdown' && list.contains(event.target)) return;
    list.hidden = true;
    removeEventListener('pointerdown', close, true);
    if (event?.type !== 'pointerdown') button.focus();
  };
  list.replaceChildren(...entries.filter(Boolean).map(([text, action]) =>
    element('button', { role: 'menuitem', text, onclick: () => { close(); action(); } })));
  list.hidden = false;
  const place = button.getBoundingClientRect();
  list.style.top = `${place.bottom + 4}px`;
  list.style.left = `${Math.max(8, Math.min(place.left, innerWidth - list.offsetWidth - 8))}px`;
  list.onkeydown = (event) => {
    const all = [...list.children];
    const at = all.indexOf(document.activeElement);
    if (event.key === 'Escape') close(event);
    else if (event.key === 'ArrowDown') all[(at + 1) % all.length].focus();
    else if (event.key === 'ArrowUp') all[(at + all.length - 1) % all.length].focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  list.firstChild?.focus();
  addEventListener('pointerdown', close, true);
}

export function dialog(title, ...content) {
  $('dialog-title').textContent = title;
  $('dialog-body').replaceChildren(...content.filter(Boolean));
  if (!$('dialog').open) $('dialog').showModal();
  return $('dialog');
}

export function download(blob, name) {
  const link = element('a', { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export const stem = (name) => name.replace(/\.[^.]*$/, '');
