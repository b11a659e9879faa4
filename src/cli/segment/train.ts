import { join } from "node:path";
import { parseOptions, UsageError, type OptionTable, type Values } from "../args.js";
import type { Command } from "../command.js";
import { init } from "../library.js";
import { learningRateOption, runOptions, seedOption } from "../options.js";
import { prepareRun } from "../prepare.js";
import { FILES } from "../rundir.js";
import { openTerminal } from "../terminal.js";
import { performSegmentRun } from "./run.js";
import { DEFAULTS, EPOCHS, type SegmentSettings } from "./settings.js";
import { sourceOf, type SegmentSource } from "./source.js";

/** Steps between two checkpoints. */
const CHECKPOINT_EVERY = 100;

const OPTIONS = {
  data: {
    kind: "text",
    value: "DIR",
    help: "Images with label maps: images/SPLIT/ID.jpg and labels/SPLIT/ID.npy.gz as in BSDS500 (splits train and val).",
    fallback: "built-in textured scenes",
  },
  loss: {
    kind: "choice",
    value: "NAME",
    choices: ["ncuts", "pixel"],
    help: "ncuts: through the normalized cuts layer; pixel: the same network by pairs of pixels alone, to compare.",
    fallback: DEFAULTS.loss,
  },
  epochs: { kind: "integer", min: 1, max: 100000, help: "Passes over the images.", fallback: "by data set" },
  batch: { kind: "integer", min: 1, max: 1024, help: "Crops a step.", fallback: String(DEFAULTS.batch) },
  lr: learningRateOption(String(DEFAULTS.lr)),
  width: { kind: "integer", min: 4, max: 512, help: "Channels of the finest scale.", fallback: String(DEFAULTS.width) },
  features: { kind: "integer", min: 8, max: 512, help: "Features a pixel.", fallback: String(DEFAULTS.features) },
  rank: {
    kind: "integer",
    min: 2,
    max: 64,
    help: "Leading eigenvectors that the loss compares with the human segments.",
    fallback: String(DEFAULTS.rank),
  },
  side: {
    kind: "integer",
    min: 32,
    max: 4096,
    help: "Longer side, in pixels, to which larger images are brought.",
    fallback: String(DEFAULTS.side),
  },
  seed: seedOption("initial weights, order and crops"),
  ...runOptions("runs/segment-LOSS-DATA-seedN", CHECKPOINT_EVERY),
} as const satisfies OptionTable;

type Given = Values<typeof OPTIONS>;

/** `matprop segment train`. */
export const segmentTrainCommand: Command = {
  spec: {
    name: "segment train",
    summary: "learn the features that segment an image",
    about: [
      "Trains a small convolutional network so that the normalized cuts of its features agree with human segmentations: " +
        "the loss is the distance between two projectors, and gradients flow through the eigenproblem. Without any option " +
        "it learns built-in textured scenes in a minute or so.",
      `The folder --out then holds ${FILES.report} (images, human segmentations, ours before and after, eigenvectors, ` +
        `curves), ${FILES.model} (for predict and evaluate), ${FILES.metrics} and ${FILES.checkpoint} (for --resume). ` +
        "How finely the model segments is chosen on the val images and stored in it. Ctrl-C finishes the step and saves.",
    ],
    options: OPTIONS,
    examples: [
      ["matprop segment train", "Built-in textured scenes."],
      ["matprop segment train --data bsds500 --out runs/bsds", "BSDS500: images and labels of train and val."],
      ["matprop segment train --data bsds500 --loss pixel", "The same network without the layer, to compare."],
    ],
  },

  async run(argv) {
    const { values } = parseOptions(OPTIONS, argv);
    const terminal = openTerminal({ quiet: values.quiet });
    await init();
    const choices = {
      open: sourceOf,
      settings: (source: SegmentSource, base?: SegmentSettings) => settingsFor(values, source, base),
      folder: defaultOut,
      checkpointEvery: CHECKPOINT_EVERY,
    };
    return performSegmentRun(await prepareRun(values, choices, terminal), terminal);
  },
};

/** What was asked for, then what `base` says, then the defaults. */
function settingsFor(given: Given, source: SegmentSource, base?: SegmentSettings): SegmentSettings {
  const rest = { ...DEFAULTS, ...base };
  const [features, rank] = [given.features ?? rest.features, given.rank ?? rest.rank];
  if (rank > features) throw new UsageError(`--rank ${rank} needs as many features, there are ${features}`);
  const epochs = source.name === "synthetic" ? EPOCHS.synthetic : EPOCHS.other;
  return {
    data: source.spec,
    limit: given.limit ?? base?.limit ?? null,
    loss: given.loss ?? rest.loss,
    width: given.width ?? rest.width,
    features,
    rank,
    side: given.side ?? rest.side,
    epochs: given.epochs ?? base?.epochs ?? epochs,
    batch: given.batch ?? rest.batch,
    lr: given.lr ?? rest.lr,
    weightDecay: rest.weightDecay,
    seed: given.seed ?? rest.seed,
  };
}

function defaultOut({ loss, seed }: SegmentSettings, { name }: SegmentSource): string {
  return join("runs", `segment-${loss}-${name}-seed${seed}`);
}
