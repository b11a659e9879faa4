/** What *Cut an image* and its worker say to each other besides the messages of `matprop/worker`. */
import type { Photo } from "../data/photo.ts";
import type { Strokes } from "../data/scribbles.ts";

/** Of a run: it goes on from the weights that there are. */
export interface CutSettings {
  readonly steps: number;
}

/** The image that is open, cut by the features as they are now. */
export interface Cut {
  /** That of the question `open` with which the image came. */
  readonly image: number;
  /** The number of the wish that it fulfils. */
  readonly wish: number;
  readonly width: number;
  readonly height: number;
  /** Segments in their colours with opaque borders, RGBA, width × height. */
  readonly overlay: Uint8ClampedArray<ArrayBuffer>;
  /** The leading eigenvectors as heat maps, RGBA, width × height. */
  readonly eigenvectors: readonly Uint8ClampedArray<ArrayBuffer>[];
  readonly eigenvalues: readonly number[];
  /** Share of the painted pixels whose segment has their colour; NaN if there are none. */
  readonly agreement: number;
  /** The weights as a safetensors file, once there has been a step of training. */
  readonly weights: Uint8Array<ArrayBuffer> | null;
}

/** What is painted, and how many segments are wanted: 0 for as many as colours, 2 at least. */
export interface Wish {
  /** Later wishes have larger ones. */
  readonly number: number;
  readonly strokes: Strokes;
  readonly segments: number;
}

/** Questions by their name: what goes with them and what comes back. */
export interface CutQuestions {
  /** A scene of the library's own generator; equal seeds give equal scenes. */
  sample: { readonly ask: { readonly seed: number }; readonly answer: Photo };
  /** Another image, with the weights of an earlier visit or new ones. */
  open: {
    readonly ask: { readonly image: number; readonly photo: Photo; readonly weights: Uint8Array<ArrayBuffer> | null };
    readonly answer: null;
  };
  cut: { readonly ask: Wish; readonly answer: Cut };
  /** The number of the colour of each pixel of the photo, from 0. */
  labels: { readonly ask: null; readonly answer: Uint8Array<ArrayBuffer> };
}
