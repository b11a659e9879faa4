import type { OptionSpec, OptionTable } from "./args.js";
import { DEFAULT_EPS } from "./models.js";

/** Of a run where nothing else is asked for. */
export const DEFAULT_SEED = 1;

/** Options that mean the same in every command that trains classifiers. */
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

/** The highest rate of a schedule. */
export const learningRateOption = <F extends string>(fallback: F) =>
  ({ kind: "number", min: 0, max: 1000, help: "Highest learning rate.", fallback }) as const satisfies OptionSpec;

/** @param decides what hangs on it. */
export const seedOption = <D extends string>(decides: D) =>
  ({
    kind: "integer",
    min: 0,
    max: 0xffffffff,
    help: `Decides ${decides}: one seed, one result.`,
    fallback: String(DEFAULT_SEED),
  }) as const satisfies OptionSpec;

/** What a training run has saved. */
export const MODEL_OPTION = {
  kind: "text",
  value: "FILE",
  help: "The model.safetensors of a training run. Required.",
} as const satisfies OptionSpec;

/** How a command tells its result. */
export const OUTPUT_OPTIONS = {
  quiet: { kind: "flag", short: "q", help: "No progress, only the result." },
  json: { kind: "flag", help: "Print the result as one line of JSON, the last line of stdout." },
} as const satisfies OptionTable;

/** On which data a command trains and where the results go. */
export function folderOptions<F extends string>(out: F) {
  return {
    limit: { kind: "integer", min: 1, help: "Use the first N training samples only, to try things out." },
    out: { kind: "text", value: "DIR", help: "Folder for the results.", fallback: out },
  } as const satisfies OptionTable;
}

/** The options of a single run, which can be stopped and resumed; the folder is `out` unless one is given. */
export function runOptions(out: string, checkpointEvery: number) {
  return {
    ...folderOptions(out),
    resume: { kind: "flag", help: "Go on from the last checkpoint in the folder, bit for bit as if never stopped." },
    "checkpoint-every": {
      kind: "integer",
      min: 1,
      help: "Most steps between two checkpoints; there is one after every look at held-out data, too.",
      fallback: String(checkpointEvery),
    },
    ...OUTPUT_OPTIONS,
  } as const satisfies OptionTable;
}
