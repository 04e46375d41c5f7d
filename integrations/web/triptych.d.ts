/** What is wrong: SPEC §9. */
export type Condition = "damaged" | "truncated" | "unsupported";
export class TriptychError extends Error {
  condition: Condition;
}
export interface Layer {
  kind: number;
  /** "semantic", "texture", "pose", "edges", "recipe", "seed", "detail", "finer", or "kind N". */
  name: string;
  coding: number;
  ancillary: boolean;
  payload: Uint8Array;
  /** Of a file: where the payload starts. */
  offset?: number;
  error?: TriptychError;
}
export interface Picture {
  form: "file" | "bare";
  width: number;
  height: number;
  layers: Layer[];
  /** What is wrong with the whole, for example bytes behind the last layer. */
  error?: TriptychError;
  /** Averages of cells, sRGB, three bytes each, in rows. */
  colours?: { rows: number; columns: number; rgb: Uint8Array };
  /** One byte for each cell, 1 for an edge, in rows. */
  edges?: { rows: number; columns: number; bits: Uint8Array };
  /** Only of prompts in the raw coding. */
  prompt?: string;
}
export interface Painted {
  width: number;
  height: number;
  /** RGBA. */
  data: Uint8ClampedArray;
}
export interface Size {
  width?: number;
  height?: number;
}
/** The bytes of a file or a bare form, or the base64url text of a bare form. */
export type Source = Uint8Array | ArrayBuffer | string;
/** Throws a TriptychError if not even the list of layers can be read; a faulty layer has an `error`. */
export function read(source: Source): Picture;
export function paint(picture: Picture, size?: Size): Painted;
export function decode(source: Source, size?: Size): Painted;
export function show(element: HTMLImageElement | HTMLCanvasElement, source: Source | URL, size?: Size): Promise<Picture>;
export function showAll(root?: ParentNode): Promise<Picture[]>;
export function gridShape(width: number, height: number, cells: number): [number, number];
/** Tables of the format that are computed: SPEC §6.4 and §7.2.3. */
export const logistic: Uint16Array;
export function cosines(n: number): Float64Array;
