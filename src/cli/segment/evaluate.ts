import { parseOptions, UsageError, type OptionTable } from "../args.js";
import type { Command } from "../command.js";
import { init, segmentation, type data } from "../library.js";
import { OUTPUT_OPTIONS } from "../options.js";
import { openProgress, type Progress } from "../progress.js";
import { mean } from "../stats.js";
import { openTerminal, duration, percent } from "../terminal.js";
import { RAW, segmenterOf, untrained } from "./segmenters.js";
import { segmentImage, type Segmenter } from "./segmentImage.js";
import { sourceOf, SPLITS } from "./source.js";

const OPTIONS = {
  data: { kind: "text", value: "DIR", help: "As for segment train.", fallback: "built-in textured scenes" },
  split: { kind: "choice", choices: SPLITS, help: "Which images are segmented.", fallback: "val" },
  model: { kind: "text", value: "FILE", help: "The model.safetensors of a training run." },
  untrained: { kind: "flag", help: "Instead of a model: its network with random weights, as before training." },
  raw: { kind: "flag", help: "Instead of a model: colour and position, without a network." },
  boundaries: { kind: "flag", help: "Measure precision and recall of the borders, too, at 0.0075 of the diagonal." },
  ...OUTPUT_OPTIONS,
} as const satisfies OptionTable;

/** Numbers of segments among which ODS and OIS choose. */
const SCALES = [2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25] as const;

/** What one image contributes. */
interface ImageScores extends segmentation.Agreement {
  /** Mean covering over annotators at each of {@link SCALES}. */
  readonly scales: readonly number[];
  readonly segments: number;
  readonly boundaries: segmentation.BoundaryCounts | null;
}

/** `matprop segment evaluate`. */
export const segmentEvaluateCommand: Command = {
  spec: {
    name: "segment evaluate",
    summary: "measure how well images are segmented",
    about: [
      "Segments the images of one split at full size and compares with their human segmentations: covering by the best " +
        "annotator and on average over annotators, probabilistic Rand index and variation of information (in bits), means " +
        "over images. The segmentation never sees the truth: how fine it is was chosen on val images and stored in the " +
        "model. coveringOds is the average covering at the number of segments that is best for the whole set.",
    ],
    options: OPTIONS,
    examples: [
      ["matprop segment evaluate --data bsds500 --split val --model runs/bsds/model.safetensors", "A trained model."],
      ["matprop segment evaluate --data bsds500 --raw --json", "Normalized cuts of colour and position, to compare."],
    ],
  },

  async run(argv) {
    const { values } = parseOptions(OPTIONS, argv);
    const terminal = openTerminal({ quiet: values.quiet });
    const given = [values.model !== undefined, values.untrained, values.raw].filter(Boolean).length;
    if (given !== 1) throw new UsageError("needs one of --model FILE, --untrained and --raw");
    await init();
    const segmenter = values.raw ? RAW : values.untrained ? untrained() : await segmenterOf(values.model!);
    const source = sourceOf(values.data);
    const split = values.split ?? "val";
    const set = await source.open(split);
    const progress = openProgress(terminal, values.quiet, 0, "images");
    const scores: ImageScores[] = [];
    try {
      for (let i = 0; i < set.ids.length; i++) {
        const image = await set.read(i);
        if (image.truths.length > 0) scores.push(scoresOf(image, segmenter, values.boundaries));
        report(progress, i + 1, set.ids.length);
      }
    } finally {
      progress.stop();
    }
    if (scores.length === 0) throw new UsageError(`${source.spec} has no segmentations of its ${split} images`);
    const result = summaryOf(scores);
    if (values.json) terminal.out(JSON.stringify(result));
    else printSummary(result, scores, terminal.out);
    return 0;
  },
};

function report(progress: Progress, done: number, all: number): void {
  const seconds = process.uptime();
  progress.step({
    epoch: 1,
    epochs: 1,
    step: done,
    steps: all,
    loss: null,
    accuracy: null,
    imagesPerSecond: done / seconds,
    secondsLeft: (seconds / done) * (all - done),
  });
}

function scoresOf(image: data.SegmentedImage, segmenter: Segmenter, withBoundaries: boolean): ImageScores {
  const found = segmentImage(image, segmenter);
  const map = found.cut({ threshold: segmenter.rule.threshold });
  const scales = SCALES.map((k) => {
    const other = found.cut({ k });
    return mean(image.truths.map((truth) => segmentation.covering(truth, other)));
  });
  return {
    ...segmentation.agreement(image.truths, map),
    scales,
    segments: map.count,
    boundaries: withBoundaries ? segmentation.boundaryAgreement(image.truths, map) : null,
  };
}

interface Summary extends segmentation.Agreement {
  readonly coveringOds: number;
  readonly images: number;
  readonly boundaries?: segmentation.BoundaryScore;
}

function summaryOf(scores: readonly ImageScores[]): Summary {
  const over = (of: (one: ImageScores) => number): number => mean(scores.map(of));
  return {
    coveringBest: over(({ coveringBest }) => coveringBest),
    coveringAverage: over(({ coveringAverage }) => coveringAverage),
    coveringOds: segmentation.optimalScale(scores.map(({ scales }) => scales)).ods,
    pri: over(({ pri }) => pri),
    vi: over(({ vi }) => vi),
    images: scores.length,
    ...(scores[0]!.boundaries === null ? {} : { boundaries: boundariesOf(scores) }),
  };
}

/** Precision, recall and F of the whole set, from the counts of all images together. */
function boundariesOf(scores: readonly ImageScores[]): segmentation.BoundaryScore {
  const total = { ours: 0, oursMatched: 0, truth: 0, truthMatched: 0 };
  for (const { boundaries } of scores) {
    for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += boundaries![key];
  }
  return segmentation.boundaryScore(total);
}

function printSummary(result: Summary, scores: readonly ImageScores[], out: (line: string) => void): void {
  const { coveringBest, coveringAverage, pri, vi, images, boundaries } = result;
  const { ods, index, ois } = segmentation.optimalScale(scores.map(({ scales }) => scales));
  const segments = mean(scores.map((score) => score.segments));
  out(`covering   ${percent(coveringBest)} best, ${percent(coveringAverage)} average over annotators`);
  out(
    `           ${percent(ods)} average at ${SCALES[index]} segments (ODS), ${percent(ois)} at each image's best (OIS)`,
  );
  out(`Rand index ${pri.toFixed(4)} (PRI), variation of information ${vi.toFixed(4)} bits`);
  if (boundaries) {
    const { precision, recall, f } = boundaries;
    out(`borders    ${percent(precision)} precision, ${percent(recall)} recall, F ${f.toFixed(4)}`);
  }
  out(`${images} images, ${segments.toFixed(1)} segments each, ${duration(process.uptime())}`);
}
