import { createHash } from "node:crypto";
import { join } from "node:path";
import { UsageError } from "../args.js";
import { writeCheckpoint, type Checkpoint } from "../checkpoint.js";
import { hash, train, writeFileAtomic } from "../library.js";
import { manifestOf } from "../manifest.js";
import { Metrics } from "../metrics.js";
import { openProgress, Pace, type Progress } from "../progress.js";
import { FILES } from "../rundir.js";
import { INTERRUPTED, onInterrupt } from "../signals.js";
import { duration, grouped, percent, type Terminal } from "../terminal.js";
import { SegmentModel } from "./model.js";
import { saveSegmentModel } from "./modelfile.js";
import { modelFeatures, VECTORS } from "./pipeline.js";
import { segmentReport } from "./report.js";
import { readSamples, type Sample } from "./samples.js";
import type { SegmentSettings } from "./settings.js";
import type { SegmentSource } from "./source.js";
import { SegmentTraining } from "./training.js";
import { chosen, ruleFor, scalesOf, type Scale } from "./validate.js";

/** What `matprop segment train` has decided to do. */
export interface SegmentRunOptions {
  readonly source: SegmentSource;
  readonly settings: SegmentSettings;
  /** Folder of the results. */
  readonly out: string;
  /** Where to go on; absent for a new run. */
  readonly checkpoint?: Checkpoint<SegmentSettings>;
  readonly checkpointEvery: number;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** One training step. */
export interface SegmentStepRow {
  readonly kind: "step";
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  readonly lr: number;
}

/** Some validation images after an epoch, at the threshold that is best for them. */
export interface SegmentEpochRow {
  readonly kind: "epoch";
  readonly step: number;
  readonly epoch: number;
  readonly coveringBest: number;
  readonly coveringAverage: number;
}

type Row = SegmentStepRow | SegmentEpochRow;

/** How often a run looks at validation images, and at how many, before the end, when it looks at all. */
const LOOKS = 8;
const LOOKED_AT = 24;

/** Trains, saves and reports; returns the exit code. */
export async function performSegmentRun(options: SegmentRunOptions, terminal: Terminal): Promise<number> {
  const run = await SegmentRun.begin(options, terminal);
  return (await run.trainToEnd()) ? run.finish() : run.interrupted();
}

class SegmentRun {
  private readonly pace = new Pace();
  private done: number;

  private constructor(
    private readonly options: SegmentRunOptions,
    private readonly terminal: Terminal,
    private readonly training: SegmentTraining,
    private readonly val: readonly Sample[],
    private readonly metrics: Metrics<Row>,
    private readonly imagesSha256: string,
    private readonly startStep: number,
  ) {
    this.done = startStep;
  }

  static async begin(options: SegmentRunOptions, terminal: Terminal): Promise<SegmentRun> {
    const { source, settings, out, checkpoint } = options;
    terminal.note(`Reading ${source.spec} …`);
    const samples = await readSamples(await source.open("train"), settings.side, settings.limit ?? undefined);
    const val = await readSamples(await source.open("val"), settings.side);
    if (val.length === 0) throw new UsageError(`${source.spec} has no segmentations of its val images to choose by`);
    const imagesSha256 = sha256Of(samples);
    if (checkpoint && checkpoint.imagesSha256 !== imagesSha256) {
      throw new UsageError(`the images of ${source.spec} are not the ones the run in ${out} was started with`);
    }
    const training = new SegmentTraining(settings, samples);
    const startStep = checkpoint ? train.restore(checkpoint.bytes, training).step : 0;
    const metrics = await Metrics.open<Row>(join(out, FILES.metrics), startStep);
    const run = new SegmentRun(options, terminal, training, val, metrics, imagesSha256, startStep);
    run.announce(samples);
    return run;
  }

  private announce(samples: readonly Sample[]): void {
    const { source, settings, out } = this.options;
    const { model, steps, stepsPerEpoch } = this.training;
    const { note, style } = this.terminal;
    const { height, width } = samples[0]!.image;
    const counts = `${samples.length} training and ${this.val.length} validation images, at ${height} × ${width} or so`;
    note(`${style.bold(`${settings.loss} on ${source.name}`)}: ${counts}`);
    note(
      `${grouped(model.parameterCount)} parameters, ${settings.epochs} epochs of ${stepsPerEpoch} steps of ` +
        `${settings.batch} crops, seed ${settings.seed}, results in ${out}`,
    );
    if (this.startStep > 0) note(`Going on after step ${this.startStep} of ${steps}.`);
  }

  /** Returns false if the user stopped it. */
  async trainToEnd(): Promise<boolean> {
    const { quiet, checkpointEvery, settings } = this.options;
    const interruption = onInterrupt(this.terminal, "Finishing this step, then saving …");
    const progress = openProgress(this.terminal, quiet, this.startStep, "crops");
    const every = Math.max(1, Math.ceil(settings.epochs / LOOKS));
    try {
      for await (const report of this.training.run({ startStep: this.startStep, signal: interruption.signal })) {
        this.record(report, progress);
        if (report.epochEnd && (report.epoch + 1) % every === 0) await this.look(report, progress);
        if (report.step % checkpointEvery === 0) await this.save();
      }
    } catch (error) {
      // Model and optimizer are as before the step that failed: the best there is to go on from.
      if (error instanceof train.NonFiniteLossError) await this.save();
      throw error;
    } finally {
      progress.stop();
      interruption.release();
    }
    return this.done === this.training.steps;
  }

  private record({ step, steps, epoch, loss, lr, batchSize }: train.StepReport, progress: Progress): void {
    this.done = step;
    this.metrics.add({ kind: "step", step, epoch, loss, lr });
    this.pace.add(loss, 0, batchSize);
    progress.step({
      epoch: epoch + 1,
      epochs: this.options.settings.epochs,
      step,
      steps,
      imagesPerSecond: this.pace.imagesPerSecond,
      secondsLeft: (this.pace.seconds / (step - this.startStep)) * (steps - step),
      loss: this.pace.recent.loss,
      accuracy: null,
    });
  }

  private async look({ step, epoch }: train.StepReport, progress: Progress): Promise<void> {
    const { best, average } = await this.pace.outside(() => chosen(this.scales(this.val.slice(0, LOOKED_AT))));
    this.metrics.add({
      kind: "epoch",
      step,
      epoch: epoch + 1,
      coveringBest: best,
      coveringAverage: average,
    });
    progress.line(
      `epoch ${epoch + 1}/${this.options.settings.epochs}: training loss ${this.pace.recent.loss.toFixed(4)}, ` +
        `validation covering ${percent(best)} best, ${percent(average)} average, ${duration(process.uptime())}`,
    );
  }

  private scales(samples: readonly Sample[], model: SegmentModel = this.training.model): Scale[] {
    model.eval();
    const scales = scalesOf(samples, modelFeatures(model), VECTORS);
    model.train();
    return scales;
  }

  private save(): Promise<void> {
    return this.pace.outside(async () => {
      this.metrics.flush();
      await writeCheckpoint(this.path("checkpoint"), this.training, this.done, this.imagesSha256);
    });
  }

  private path(file: keyof typeof FILES): string {
    return join(this.options.out, FILES[file]);
  }

  async interrupted(): Promise<number> {
    await this.save();
    const { out, json } = this.options;
    const { steps } = this.training;
    this.terminal.warn(
      `Stopped after step ${this.done} of ${steps}. To go on: matprop segment train --resume --out ${out}`,
    );
    if (json) this.terminal.out(JSON.stringify({ interrupted: true, step: this.done, steps, out }));
    return INTERRUPTED;
  }

  async finish(): Promise<number> {
    const { settings, out, json } = this.options;
    const { model } = this.training;
    await this.save();
    this.terminal.note("Choosing the rule on the validation images …");
    const scales = this.scales(this.val);
    const rule = ruleFor(scales, VECTORS);
    await saveSegmentModel(this.path("model"), model, { settings, rule });
    const { best, average, segments } = chosen(scales);
    const summary = {
      coveringBest: best,
      coveringAverage: average,
      segments,
      threshold: rule.threshold,
      seconds: process.uptime(),
      cropsPerSecond: this.pace.imagesPerSecond,
      weightsSha256: hash(model.state()),
      data: settings.data,
      loss: settings.loss,
      parameters: model.parameterCount,
      epochs: settings.epochs,
      steps: this.training.steps,
      resumedAt: this.startStep,
      seed: settings.seed,
      out,
    };
    await this.writeReport(scales, summary.weightsSha256);
    if (json) this.terminal.out(JSON.stringify(summary));
    else {
      const covering = `${percent(best)} best, ${percent(average)} average`;
      this.terminal.out(`validation covering ${covering}, ${segments.toFixed(1)} segments an image`);
      this.terminal.out(`weights ${summary.weightsSha256}`);
      this.terminal.out(`report  ${this.path("report")}`);
    }
    return 0;
  }

  private async writeReport(scales: readonly Scale[], weightsSha256: string): Promise<void> {
    const { settings, source } = this.options;
    const untrained = new SegmentModel(settings);
    const html = segmentReport({
      title: `Segmentation of ${source.name}${settings.loss === "pixel" ? ", pixel loss" : ""}`,
      steps: this.metrics.steps,
      epochs: this.metrics.epochs,
      before: this.scales(this.val, untrained),
      after: scales,
      untrained,
      trained: this.training.model,
      samples: this.val,
      parameters: this.training.model.parameterCount,
      seconds: process.uptime(),
      manifest: manifestOf(settings, {
        "training images SHA-256": this.imagesSha256,
        "weights SHA-256": weightsSha256,
        ...(this.startStep > 0 ? { resumed: `after step ${this.startStep}` } : {}),
      }),
    });
    await writeFileAtomic(this.path("report"), new TextEncoder().encode(html));
  }
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
