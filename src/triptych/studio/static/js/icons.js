// Icons as outlines on a grid of 24.
const PATHS = {
  open: 'M3 7v12h18V8h-9l-2-3H3v2', undo: 'M8 5 4 9l4 4M4 9h9a6 6 0 0 1 0 12h-3', redo: 'M16 5l4 4-4 4M20 9h-9a6 6 0 0 0 0 12h3',
  save: 'M12 4v11m-5-5 5 5 5-5M4 20h16', code: 'M8 7l-5 5 5 5M16 7l5 5-5 5M14 4l-4 16', help: 'M9 9a3 3 0 1 1 4 3c-1 .5-1 1-1 2m0 3v.5M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18',
  theme: 'M20 14A8 8 0 1 1 10 4a7 7 0 0 0 10 10', image: 'M4 5h16v14H4zM4 16l5-5 4 4 3-2 4 3M15 9h.1', plus: 'M12 5v14M5 12h14', minus: 'M5 12h14',
  left: 'M15 5l-7 7 7 7', right: 'M9 5l7 7-7 7', layers: 'M12 3l9 5-9 5-9-5zM3 13l9 5 9-5', eye: 'M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12m10-3a3 3 0 1 0 0 6 3 3 0 0 0 0-6',
  eyeOff: 'M4 4l16 16M9 5.500c7-2 13 6.500 13 6.500s-1 2-3 4M6 7c-3 2-4 5-4 5s4 7 10 7c1.500 0 3-.5 4-1', trash: 'M5 7h14M9 7V4h6v3m2 0-1 13H8L7 7', down: 'M12 5v10m-4-4 4 4 4-4M6 20h12',
  hand: 'M12 3v18M3 12h18M12 3 9.500 5.500M12 3l2.500 2.500M12 21l-2.500-2.500M12 21l2.500-2.500M3 12l2.500-2.500M3 12l2.500 2.500M21 12l-2.500-2.500M21 12l-2.500 2.500',
  select: 'M7 17c-4-1-5-5-3-8s7-5 11-4 7 4 5 8-6 5-10 4c-2 0-3 2-5 3', draw: 'M4 20l1-5L16 4l4 4L9 19zM13.500 6.500l4 4', erase: 'M8 20 3 15 14 4l7 7-9 9H7M9 9l7 7',
  stroke: 'M3 18C8 4 14 20 19 6M16 13l5 8-4-1-2 3z', people: 'M12 3a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5M6 11l6-1 6 1M12 10v5M12 15l-3 7M12 15l3 7',
  paint: 'M14 4l6 6-8 8H6v-6zM4 21h16', pick: 'M14 6l4 4M12 8l4 4-8 8H4v-4zM15 5a2.500 2.500 0 0 1 4 4',
};

export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', PATHS[name] ?? '');
  svg.append(path);
  return svg;
}
