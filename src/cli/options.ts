import type { OptionTable } from "./args.js";
import { DEFAULT_EPS } from "./models.js";

/** Options that mean the same in every command that trains. */
export const TRAINING_OPTIONS = {
  epochs: { kind: "integer", min: 1, max: 100000, help: "Passes over the data.", fallback: "by data set" },
  batch: { kind: "integer", min: 2, max: 65536, help: "Samples a step.", fallback: "by data set" },
  precision: {
    kind: "choice",
    choices: ["float64", "float32"],
    help: "Of the matrix decompositions inside the float32 network; of the whole network where matrices go in.",
    fallback: "float64",
  },
  eps: {
    kind: "number",
    min: 1e-9,
    max: 1e3,
    help: "What o2p adds to the diagonal of the mean Gram matrix before the logarithm.",
    fallback: String(DEFAULT_EPS),
  },
} as const satisfies OptionTable;
