// What the tools lay over the picture: lines, joints, and what is marked, as Konva shapes.
import { info, layer } from './core.js';
import { size, zoom } from './view.js';

const Konva = window.Konva;
export const limbs = [
  ['neck', 'nose'], ['neck', 'right_shoulder'], ['right_shoulder', 'right_elbow'], ['right_elbow', 'right_wrist'], ['neck', 'left_shoulder'],
  ['left_shoulder', 'left_elbow'], ['left_elbow', 'left_wrist'], ['neck', 'right_hip'], ['right_hip', 'right_knee'], ['right_knee', 'right_ankle'],
  ['neck', 'left_hip'], ['left_hip', 'left_knee'], ['left_knee', 'left_ankle'], ['nose', 'right_eye'], ['nose', 'left_eye'],
  ['right_eye', 'right_ear'], ['left_eye', 'left_ear'],
];
const hue = (i, n) => `hsl(${Math.round((i * 330) / n)}, 85%, 55%)`;

// The joints of the people in pixels: [{ joint: { x, y } }].
export function body([w, h] = size()) {
  return (layer('pose')?.people ?? []).map((person) => Object.fromEntries(Object.entries(person).map(
    ([joint, [x, y]]) => [joint, { x: ((x + 0.5) * w) / 256, y: ((y + 0.5) * h) / 256 }])));
}

export function shapes(state, actions) {
  const thin = 1.5 / zoom();
  if (state.tool === 'people') return people(state, actions);
  if (['draw', 'erase', 'stroke'].includes(state.tool)) {
    return (info().lines ?? []).map((line, index) => {
      const chosen = state.tool === 'stroke' && state.stroke === index;
      const points = line.length > 1 ? line.flat() : [...line[0], line[0][0] + 0.1, line[0][1]];
      return new Konva.Line({ points, stroke: chosen ? '#2f8cff' : '#e5484d', strokeWidth: chosen ? 3 * thin : thin, lineCap: 'round', lineJoin: 'round', listening: false, opacity: 0.9 });
    });
  }
  if (state.tool === 'paint') return [grid(thin)];
  if (state.tool === 'select' && state.region) {
    return ['#fff', '#2f8cff'].map((stroke, i) => new Konva.Line({
      points: state.points.flatMap(({ x, y }) => [x, y]), closed: true, stroke, strokeWidth: (i ? 1.5 : 3) / zoom(),
      dash: i ? [6 / zoom(), 4 / zoom()] : [], fill: i ? 'rgba(47,140,255,.14)' : undefined, listening: false,
    }));
  }
  return [];
}

function grid(thin) {
  const [w, h] = size();
  const [rows, columns] = layer('texture')?.grid ?? [1, 1];
  return new Konva.Shape({
    listening: false, stroke: 'rgba(255,255,255,.45)', strokeWidth: thin / 2,
    sceneFunc(context, shape) {
      context.beginPath();
      for (let c = 0; c <= columns; c += 1) { context.moveTo((c * w) / columns, 0); context.lineTo((c * w) / columns, h); }
      for (let r = 0; r <= rows; r += 1) { context.moveTo(0, (r * h) / rows); context.lineTo(w, (r * h) / rows); }
      context.strokeShape(shape);
    },
  });
}

function people(state, actions) {
  const made = [];
  body().forEach((joints, index) => {
    const person = index + 1;
    const group = new Konva.Group({ draggable: true, opacity: !state.person || state.person === String(person) ? 1 : 0.6 });
    limbs.forEach(([a, b], i) => {
      if (joints[a] && joints[b]) {
        group.add(new Konva.Line({
          points: [joints[a].x, joints[a].y, joints[b].x, joints[b].y], stroke: hue(i, limbs.length), strokeWidth: 4 / zoom(),
          hitStrokeWidth: 14 / zoom(), lineCap: 'round', handle: true, shadowColor: '#000', shadowBlur: 2, shadowOpacity: 0.5,
        }));
      }
    });
    group.on('dragend', (event) => { if (event.target === group) actions.movePerson(person, group.position()); });
    Object.entries(joints).forEach(([name, at]) => {
      const dot = new Konva.Circle({ ...at, radius: 6 / zoom(), fill: '#fff', stroke: '#111', strokeWidth: 1.5 / zoom(), draggable: true, handle: true, name, hitStrokeWidth: 12 / zoom() });
      dot.on('dragstart dragmove', (event) => { event.cancelBubble = true; });
      dot.on('dragend', (event) => { event.cancelBubble = true; actions.moveJoint(person, name, dot.position()); });
      group.add(dot);
    });
    group.on('click tap', () => actions.choosePerson(person));
    group.on('dragstart', () => { state.person = String(person); });
    made.push(group);
  });
  return made;
}
