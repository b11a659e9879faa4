import { DEFAULT_SEED } from "../options.js";
import type { NetworkSpec } from "./network.js";
import { PLANES } from "./planes.js";

/** Everything the outcome of a training run depends on besides the images. Saved with the run; plain JSON. */
export interface SegmentSettings {
  readonly data: string;
  /** Training images used, the first ones; null: all. */
  readonly limit: number | null;
  /** `ncuts`: through the normalized cuts layer; `pixel`: pairs of pixels alone. */
  readonly loss: "ncuts" | "pixel";
  readonly width: number;
  readonly features: number;
  /** Eigenvectors that the loss compares with the human segments. */
  readonly rank: number;
  /** Longer side of the images the network works on, in pixels. */
  readonly side: number;
  readonly epochs: number;
  readonly batch: number;
  readonly lr: number;
  readonly weightDecay: number;
  readonly seed: number;
}

/** The network that these settings train. */
export function networkSpec({ width, features, seed }: SegmentSettings): NetworkSpec {
  return { planes: PLANES, width, features, seed };
}

/** What nobody has asked to be otherwise. */
export const DEFAULTS = {
  limit: null,
  loss: "ncuts",
  width: 16,
  features: 32,
  rank: 8,
  side: 120,
  batch: 8,
  lr: 3e-3,
  weightDecay: 1e-3,
  seed: DEFAULT_SEED,
} as const satisfies Partial<SegmentSettings>;

/** How long a set is trained on: the built-in scenes for a minute of one core, BSDS500 for about ten. */
export const EPOCHS = { synthetic: 20, other: 40 } as const;
