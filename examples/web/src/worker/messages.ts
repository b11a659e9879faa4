/** What *Teach a texture* and its workers say to each other besides the messages of `matprop/worker`. */
import type { Picture, TextureClass } from "../data/picture.ts";

/** Log-Gram pooling against the mean of the features. */
export type Pooling = "second" | "first";

/** Of a run. */
export interface Settings {
  readonly pooling: Pooling;
  readonly classes: readonly TextureClass[];
  readonly epochs: number;
}

/** What the network is like after an epoch, by patches that it was not trained on. */
export interface Summary {
  readonly epoch: number;
  readonly accuracy: number;
  readonly classes: readonly string[];
  /** Entry label · classes + prediction. */
  readonly confusion: Int32Array;
  /** Of each class the mean of log(FᵀF/m + εI), row-major. */
  readonly logGrams: readonly Float64Array[];
  /** Their eigenvalues, ascending. */
  readonly spectra: readonly Float64Array[];
}

/** A prediction: probabilities by class. */
export interface Prediction {
  readonly classes: readonly string[];
  readonly probabilities: readonly number[];
}

/** What a file of weights says about the network. */
export interface Description {
  readonly pooling: Pooling;
  readonly classes: readonly string[];
}

/** Questions by their name: what goes with them and what comes back. */
export interface Questions {
  /** Textures to begin with, from the library's own generator; equal seeds give equal pictures. */
  samples: { readonly ask: { readonly seed: number; readonly perClass: number }; readonly answer: TextureClass[] };
  predict: { readonly ask: Picture; readonly answer: Prediction };
  export: { readonly ask: null; readonly answer: Uint8Array<ArrayBuffer> };
  describe: { readonly ask: Uint8Array<ArrayBuffer>; readonly answer: Description };
  import: { readonly ask: Uint8Array<ArrayBuffer>; readonly answer: null };
}
