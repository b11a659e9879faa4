import { join } from "node:path";
import { UsageError } from "./args.js";
import { writeCheckpoint, type Checkpoint } from "./checkpoint.js";
import { describeSource, limited, sha256Of, unitOf, type Source } from "./dataset.js";
import { data, hash, train, writeFileAtomic, type LabelledSamples } from "./library.js";
import { manifestOf } from "./manifest.js";
import { Metrics } from "./metrics.js";
import { saveModel } from "./modelfile.js";
import { openProgress, Pace, type Progress } from "./progress.js";
import { worstMistakes } from "./report/parts.js";
import { runReport } from "./report/runReport.js";
import { FILES } from "./rundir.js";
import type { Settings } from "./settings.js";
import { INTERRUPTED, onInterrupt } from "./signals.js";
import { duration, grouped, percent, type Terminal } from "./terminal.js";
import { evaluateOn, Training } from "./training.js";

/** What `matprop train` has decided to do. */
export interface RunOptions {
  readonly source: Source;
  readonly settings: Settings;
  /** Folder of the results. */
  readonly out: string;
  /** Where to go on; absent for a new run. */
  readonly checkpoint?: Checkpoint<Settings>;
  readonly checkpointEvery: number;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** Mistakes shown in the report. */
const MISTAKES = 48;

/** Trains, saves and reports; returns the exit code. */
export async function performRun(options: RunOptions, terminal: Terminal): Promise<number> {
  const run = await Run.begin(options, terminal);
  return (await run.trainToEnd()) ? run.finish() : run.interrupted();
}

class Run {
  private readonly pace = new Pace();
  private evaluation: train.Evaluation | undefined;
  private done: number;

  private constructor(
    private readonly options: RunOptions,
    private readonly terminal: Terminal,
    private readonly training: Training,
    private readonly metrics: Metrics,
    private readonly imagesSha256: string,
    private readonly startStep: number,
  ) {
    this.done = startStep;
  }

  static async begin(options: RunOptions, terminal: Terminal): Promise<Run> {
    const { source, settings, out, checkpoint } = options;
    const images = limited(source.train, settings.limit ?? undefined);
    const imagesSha256 = sha256Of(images);
    if (checkpoint && checkpoint.imagesSha256 !== imagesSha256) {
      throw new UsageError(
        `the ${unitOf(images)} of ${source.spec} are not the ones the run in ${out} was started with`,
      );
    }
    const training = new Training(settings, images);
    const startStep = checkpoint ? train.restore(checkpoint.bytes, training).step : 0;
    const metrics = await Metrics.open(join(out, FILES.metrics), startStep);
    const run = new Run(options, terminal, training, metrics, imagesSha256, startStep);
    run.announce(images);
    return run;
  }

  private announce(images: LabelledSamples): void {
    const { source, settings, out } = this.options;
    const { model, steps, stepsPerEpoch } = this.training;
    const { note, style } = this.terminal;
    const frozen = settings.frozen ? " (features frozen)" : "";
    note(
      `${style.bold(`${settings.model}${frozen} on ${source.name}`)}: ${describeSource({ ...source, train: images })}`,
    );
    note(
      `${grouped(model.parameterCount)} parameters, ${counted(settings.epochs, "epoch")} of ${counted(stepsPerEpoch, "step")}, ` +
        `seed ${settings.seed}, results in ${out}`,
    );
    if (this.startStep > 0) note(`Going on after step ${this.startStep} of ${steps}.`);
  }

  /** Returns false if the user stopped it. */
  async trainToEnd(): Promise<boolean> {
    const { quiet, checkpointEvery } = this.options;
    const interruption = onInterrupt(this.terminal, "Finishing this step, then saving …");
    const progress = openProgress(this.terminal, quiet, this.startStep, unitOf(this.options.source.train));
    try {
      for await (const report of this.training.run({ startStep: this.startStep, signal: interruption.signal })) {
        this.record(report, progress);
        if (report.epochEnd) await this.testEpoch(report, progress);
        if (report.epochEnd || report.step % checkpointEvery === 0) await this.save();
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

  private record(report: train.StepReport, progress: Progress): void {
    const { step, steps, epoch, loss, lr, batchSize } = report;
    const accuracy = report.accuracy!;
    this.done = step;
    this.metrics.add({ kind: "step", step, epoch, loss, accuracy, lr });
    this.pace.add(loss, accuracy, batchSize);
    const secondsLeft = (this.pace.seconds / (step - this.startStep)) * (steps - step);
    const { imagesPerSecond, recent } = this.pace;
    progress.step({
      epoch: epoch + 1,
      epochs: this.options.settings.epochs,
      step,
      steps,
      imagesPerSecond,
      secondsLeft,
      ...recent,
    });
  }

  private async testEpoch({ step, epoch }: train.StepReport, progress: Progress): Promise<void> {
    this.evaluation = await this.pace.outside(() => this.test());
    const { loss, accuracy } = this.evaluation;
    this.metrics.add({ kind: "epoch", step, epoch: epoch + 1, testLoss: loss, testAccuracy: accuracy });
    const { recent } = this.pace;
    progress.line(
      `epoch ${epoch + 1}/${this.options.settings.epochs}: training loss ${recent.loss.toFixed(4)}, ` +
        `test accuracy ${percent(accuracy)} (loss ${loss.toFixed(4)}), ${duration(process.uptime())}`,
    );
  }

  private test(): Promise<train.Evaluation> {
    return evaluateOn(this.training.model, this.options.source.test, this.training.normalization);
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
      `Stopped after step ${this.done} of ${steps}. To go on: matprop train --resume --out ${quoted(out)}`,
    );
    if (json) this.terminal.out(JSON.stringify({ interrupted: true, step: this.done, steps, out }));
    return INTERRUPTED;
  }

  async finish(): Promise<number> {
    const { source, settings, out, json } = this.options;
    const { model, normalization } = this.training;
    const evaluation = (this.evaluation ??= await this.test());
    await this.save();
    const { mean, std } = normalization;
    const { shape, classes } = source.train;
    await saveModel(this.path("model"), model, { settings, shape, classes, mean, std });
    const summary = {
      testAccuracy: evaluation.accuracy,
      testLoss: evaluation.loss,
      seconds: process.uptime(),
      imagesPerSecond: this.pace.imagesPerSecond,
      weightsSha256: hash(model.state()),
      model: settings.model,
      frozen: settings.frozen,
      data: settings.data,
      parameters: model.parameterCount,
      epochs: settings.epochs,
      steps: this.training.steps,
      resumedAt: this.startStep,
      seed: settings.seed,
      precision: settings.precision,
      out,
    };
    await this.writeReport(evaluation, summary.weightsSha256);
    if (json) this.terminal.out(JSON.stringify(summary));
    else {
      const speed = `${grouped(Math.round(summary.imagesPerSecond))} ${unitOf(source.train)}/s`;
      this.terminal.out(`test accuracy ${percent(summary.testAccuracy)} after ${duration(summary.seconds)}, ${speed}`);
      this.terminal.out(`weights ${summary.weightsSha256}`);
      this.terminal.out(`report  ${this.path("report")}`);
    }
    return 0;
  }

  private async writeReport(evaluation: train.Evaluation, weightsSha256: string): Promise<void> {
    const { source, settings } = this.options;
    const { test } = source;
    const all = worstMistakes(test.labels, evaluation.probabilities!, test.classes.length, Infinity);
    const html = runReport({
      title: `${settings.model}${settings.frozen ? ", features frozen," : ""} on ${source.name}`,
      steps: this.metrics.steps,
      epochs: this.metrics.epochs,
      testAccuracy: evaluation.accuracy,
      testLoss: evaluation.loss,
      parameters: this.training.model.parameterCount,
      imagesPerSecond: this.pace.imagesPerSecond,
      seconds: process.uptime(),
      classes: test.classes,
      confusion: evaluation.confusion,
      mistakes: all.slice(0, MISTAKES),
      mistakeCount: all.length,
      unit: unitOf(test),
      images: data.isMatrices(test) ? null : test,
      manifest: manifestOf(settings, {
        [`training ${unitOf(test)} SHA-256`]: this.imagesSha256,
        "weights SHA-256": weightsSha256,
        ...(this.startStep > 0 ? { resumed: `after step ${this.startStep}` } : {}),
      }),
    });
    await writeFileAtomic(this.path("report"), new TextEncoder().encode(html));
  }
}

function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}

/** A path as a shell takes it. */
function quoted(path: string): string {
  return /^[\w./@:+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
