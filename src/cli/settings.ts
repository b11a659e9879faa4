import type { Augment, LabelledSamples } from "./library.js";
import type { ModelName, ModelSpec } from "./models.js";

/** Everything the outcome of a training run depends on besides the data. Saved with the run; plain JSON. */
export interface Settings {
  readonly data: string;
  /** Training images used, the first ones; null: all. */
  readonly limit: number | null;
  readonly model: ModelName;
  readonly frozen: boolean;
  readonly width: number;
  readonly precision: "float32" | "float64";
  /** What o2p adds to the diagonal of the mean Gram matrix. */
  readonly eps: number;
  readonly epochs: number;
  readonly batch: number;
  readonly lr: number;
  readonly weightDecay: number;
  readonly augment: Augment | null;
  readonly seed: number;
}

/** The network that these settings train on images like those of `set`. */
export function modelSpec(settings: Settings, set: Pick<LabelledSamples, "shape" | "classes">): ModelSpec {
  const { model, seed, width, precision, eps } = settings;
  return { model, seed, width, precision, eps, shape: set.shape, classes: set.classes.length };
}
