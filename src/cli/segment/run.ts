import { createHash } from "node:crypto";
import { UsageError } from "../args.js";
import type { EpochRow, StepRow } from "../metrics.js";
import { percent, type Terminal } from "../terminal.js";
import { performTraining, type Job, type Outcome, type RunOptions } from "../trainingRun.js";
import { SegmentModel } from "./model.js";
import { saveSegmentModel } from "./modelfile.js";
import { modelFeatures, VECTORS, type Regions } from "./pipeline.js";
import { segmentReport, shownOf } from "./report.js";
import { readSamples, type Sample } from "./samples.js";
import type { SegmentSettings } from "./settings.js";
import type { SegmentSource } from "./source.js";
import { SegmentTraining, type SegmentStepReport } from "./training.js";
import { chosen, ruleFor, scalesOf, type Scale } from "./validate.js";

/** One training step. */
export interface SegmentStep extends StepRow {
  /** Crops without as many leading eigenvectors as the loss compares, if there were any. */
  readonly unranked?: number;
}

/** Some validation images after an epoch, at the threshold that is best for them. */
export interface SegmentEpoch extends EpochRow {
  readonly coveringBest: number;
  readonly coveringAverage: number;
}

type Options = RunOptions<SegmentSource, SegmentSettings>;

/** How often a run looks at validation images, and at how many, before the end, when it looks at all. */
const LOOKS = 8;
const LOOKED_AT = 24;

/** Does what `matprop segment train` has decided to do; returns the exit code. */
export async function performSegmentRun(options: Options, terminal: Terminal): Promise<number> {
  const { source, settings } = options;
  terminal.note(`Reading ${source.spec} …`);
  const samples = await readSamples(await source.open("train"), settings.side, settings.limit ?? undefined);
  const val = await readSamples(await source.open("val"), settings.side);
  if (val.length === 0) throw new UsageError(`${source.spec} has no segmentations of its val images to choose by`);
  return performTraining(new SegmentJob(options, samples, val, terminal.note), options, terminal);
}

class SegmentJob implements Job<SegmentStepReport, SegmentStep, SegmentEpoch> {
  readonly command = "segment train";
  readonly samples = "images";
  readonly unit = "crops";
  readonly title: string;
  readonly about: string;
  readonly batchNote: string;
  readonly samplesSha256: string;
  readonly training: SegmentTraining;
  private readonly sourceName: string;
  /** Epochs between two looks. */
  private readonly every: number;

  constructor(
    { source, settings }: Options,
    samples: readonly Sample[],
    private readonly val: readonly Sample[],
    private readonly note: (line: string) => void,
  ) {
    this.training = new SegmentTraining(settings, samples);
    this.samplesSha256 = sha256Of(samples);
    const { height, width } = samples[0]!.image;
    this.sourceName = source.name;
    this.title = `${settings.loss} on ${source.name}`;
    this.about = `${samples.length} training and ${val.length} validation images, at ${height} × ${width} or so`;
    this.batchNote = ` of ${settings.batch} crops`;
    this.every = Math.max(1, Math.ceil(settings.epochs / LOOKS));
  }

  stepRow({ step, epoch, loss, lr, unranked }: SegmentStepReport): SegmentStep {
    return { kind: "step", step, epoch, loss, lr, ...(unranked > 0 ? { unranked } : {}) };
  }

  look({ step, epoch }: SegmentStepReport): Promise<{ row: SegmentEpoch; text: string }> | null {
    if ((epoch + 1) % this.every !== 0) return null;
    const { best, average } = chosen(this.scales(this.val.slice(0, LOOKED_AT)));
    return Promise.resolve({
      row: { kind: "epoch", step, epoch: epoch + 1, coveringBest: best, coveringAverage: average },
      text: `validation covering ${coverings({ best, average })}`,
    });
  }

  private scales(
    samples: readonly Sample[],
    model: SegmentModel = this.training.model,
    visit?: (sample: Sample, regions: Regions) => void,
  ): Scale[] {
    model.eval();
    const scales = scalesOf(samples, modelFeatures(model), VECTORS, visit);
    model.train();
    return scales;
  }

  async finish(modelPath: string, cropsPerSecond: number): Promise<Outcome<SegmentStep, SegmentEpoch>> {
    const { settings, model } = this.training;
    this.note("Choosing the rule on the validation images …");
    const shown = new Map(shownOf(this.val).map((sample) => [sample, [] as Regions[]]));
    const keep = (sample: Sample, regions: Regions): void => void shown.get(sample)?.push(regions);
    const before = this.scales(this.val, new SegmentModel(settings), keep);
    const after = this.scales(this.val, model, keep);
    const rule = ruleFor(after, VECTORS);
    await saveSegmentModel(modelPath, model, { settings, rule });
    const { best, average, segments, threshold } = chosen(after);
    const { loss, rank } = settings;
    return {
      figures: { coveringBest: best, coveringAverage: average, segments, threshold, cropsPerSecond, loss },
      line: `validation covering ${coverings({ best, average })}, ${segments.toFixed(1)} segments an image`,
      report: (facts) =>
        segmentReport({
          ...facts,
          title: `Segmentation of ${this.sourceName}${loss === "pixel" ? ", pixel loss" : ""}`,
          rank,
          before,
          after,
          images: this.val.length,
          shown: Array.from(shown, ([sample, [first, last]]) => ({ sample, before: first!, after: last! })),
        }),
    };
  }
}

function coverings({ best, average }: Pick<Scale, "best" | "average">): string {
  return `${percent(best)} best, ${percent(average)} average`;
}

/** Of the images and label maps at the size the network works on. */
function sha256Of(samples: readonly Sample[]): string {
  const sum = createHash("sha256");
  for (const { image } of samples) {
    sum.update(image.pixels);
    for (const { labels } of image.truths) sum.update(Int32Array.from(labels));
  }
  return sum.digest("hex");
}
