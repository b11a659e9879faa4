import type { Augment } from "./library.js";
import type { ModelName } from "./models.js";

/** How a data set is trained on unless the command line says otherwise. */
export interface Preset {
  readonly epochs: number;
  readonly batch: number;
  /** Highest learning rate of the schedule, for each network that wants another than the first. */
  readonly lr: { readonly default: number } & Partial<Record<ModelName, number>>;
  readonly weightDecay: number;
  readonly augment: Augment | null;
}

/** By the name of the data set; see `nameOf` in dataset.ts. */
const PRESETS: Readonly<Record<string, Preset>> = {
  mnist: { epochs: 3, batch: 64, lr: { default: 3e-3 }, weightDecay: 1e-2, augment: null },
  synthetic: { epochs: 4, batch: 50, lr: { default: 3e-3 }, weightDecay: 1e-2, augment: { flip: "both" } },
  "neu-steel": {
    epochs: 8,
    batch: 32,
    lr: { default: 3e-3 },
    weightDecay: 1e-2,
    augment: { flip: "both", shift: 4, border: "reflect" },
  },
  cifar10: {
    epochs: 10,
    batch: 50,
    lr: { default: 3e-3 },
    weightDecay: 1e-2,
    augment: { flip: true, shift: 3, border: "reflect" },
  },
  "eth80-cov": { epochs: 40, batch: 64, lr: { default: 1e-2 }, weightDecay: 1e-2, augment: null },
};

/** For data sets that nobody has tuned anything for. */
const OTHER: Preset = { epochs: 10, batch: 50, lr: { default: 3e-3 }, weightDecay: 1e-2, augment: null };

/** What `--augment` does where the preset has none. */
export const DEFAULT_AUGMENT: Augment = { flip: true, shift: 2, border: "reflect" };

export function presetOf(name: string): Preset {
  return PRESETS[name] ?? OTHER;
}

/** The learning rate of a preset for one network. */
export function learningRate({ lr }: Preset, model: ModelName): number {
  return lr[model] ?? lr.default;
}
