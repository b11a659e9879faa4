import { join } from "node:path";
import { UsageError } from "./args.js";
import { writeCheckpoint, type Checkpoint, type Checkpointed } from "./checkpoint.js";
import { hash, train, writeFileAtomic } from "./library.js";
import { manifestOf } from "./manifest.js";
import { Metrics, type EpochRow, type StepRow } from "./metrics.js";
import { countParameters } from "./models.js";
import { openProgress, Pace, type Progress } from "./progress.js";
import { FILES, makeRoom } from "./rundir.js";
import { INTERRUPTED, onInterrupt } from "./signals.js";
import { duration, grouped, type Terminal } from "./terminal.js";

/** What a command that trains has decided to do. */
export interface RunOptions<Source, Settings> {
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

/** The settings that every run has. */
export interface RunSettings {
  readonly data: string;
  readonly epochs: number;
  readonly seed: number;
}

/** A training run that is set up and has not begun. */
export interface Trainable<R extends train.StepReport> extends Checkpointed {
  readonly settings: RunSettings;
  /** Steps of the whole run. */
  readonly steps: number;
  run(options: { readonly startStep: number; readonly signal: AbortSignal }): AsyncGenerator<R, void, void>;
}

/** What the page of every run shows. */
export interface RunFacts<S extends StepRow, E extends EpochRow> {
  readonly steps: readonly S[];
  readonly epochs: readonly E[];
  readonly parameters: number;
  readonly seconds: number;
  /** Names and values of the run manifest. */
  readonly manifest: readonly (readonly [name: string, value: string])[];
}

/** What a finished run comes to. */
export interface Outcome<S extends StepRow, E extends EpochRow> {
  /** For programs, beside what every run tells them. */
  readonly figures: Readonly<Record<string, unknown>>;
  /** For people, in one line. */
  readonly line: string;
  /** The page `report.html`. */
  report(facts: RunFacts<S, E>): string;
}

/** A training and what is particular about it; {@link performTraining} does the rest. */
export interface Job<R extends train.StepReport, S extends StepRow, E extends EpochRow> {
  /** As it stands on the command line. */
  readonly command: string;
  readonly title: string;
  /** The data, in a few words. */
  readonly about: string;
  /** What is learned from. */
  readonly samples: string;
  /** SHA-256 of them: a run goes on only with the same ones. */
  readonly samplesSha256: string;
  /** What a step takes. */
  readonly unit: string;
  /** What follows "step" where a run is announced. */
  readonly batchNote: string;
  readonly training: Trainable<R>;
  stepRow(report: R): S;
  /** Looks at held-out data when an epoch has ended, or does not (null). */
  look(report: R): Promise<{ readonly row: E; readonly text: string }> | null;
  /** Measures the trained model and writes it to a file. */
  finish(modelPath: string, unitsPerSecond: number): Promise<Outcome<S, E>>;
}

/** Trains, saves and reports; returns the exit code. */
export async function performTraining<R extends train.StepReport, S extends StepRow, E extends EpochRow>(
  job: Job<R, S, E>,
  options: RunOptions<{ readonly spec: string }, RunSettings>,
  terminal: Terminal,
): Promise<number> {
  const { training, samples, samplesSha256 } = job;
  const { source, out, checkpoint } = options;
  if (checkpoint && checkpoint.imagesSha256 !== samplesSha256) {
    throw new UsageError(`the ${samples} of ${source.spec} are not the ones the run in ${out} was started with`);
  }
  // Only now, when nothing can be wrong with the options or the data any more, does an older run move out of the way.
  const moved = checkpoint ? undefined : makeRoom(out);
  if (moved) terminal.note(moved);
  const startStep = checkpoint ? train.restore(checkpoint.bytes, training).step : 0;
  const metrics = await Metrics.open<S, E>(join(out, FILES.metrics), startStep);
  const run = new TrainingRun(job, options, terminal, metrics, startStep);
  run.announce();
  return (await run.toEnd()) ? run.finish() : run.interrupted();
}

class TrainingRun<R extends train.StepReport, S extends StepRow, E extends EpochRow> {
  private readonly pace = new Pace();
  private done: number;

  constructor(
    private readonly job: Job<R, S, E>,
    private readonly options: RunOptions<unknown, RunSettings>,
    private readonly terminal: Terminal,
    private readonly metrics: Metrics<S, E>,
    private readonly startStep: number,
  ) {
    this.done = startStep;
  }

  announce(): void {
    const { title, about, batchNote, training } = this.job;
    const { settings, out } = this.options;
    const { note, style } = this.terminal;
    note(`${style.bold(title)}: ${about}`);
    note(
      `${grouped(countParameters(training.model))} parameters, ${counted(settings.epochs, "epoch")} of ` +
        `${counted(training.stepsPerEpoch, "step")}${batchNote}, seed ${settings.seed}, results in ${out}`,
    );
    if (this.startStep > 0) note(`Going on after step ${this.startStep} of ${training.steps}.`);
  }

  /** Returns false if the user stopped it. */
  async toEnd(): Promise<boolean> {
    const { quiet, checkpointEvery } = this.options;
    const { training, unit } = this.job;
    const interruption = onInterrupt(this.terminal, "Finishing this step, then saving …");
    const progress = openProgress(this.terminal, quiet, this.startStep, unit);
    try {
      for await (const report of training.run({ startStep: this.startStep, signal: interruption.signal })) {
        this.record(report, progress);
        const looked = report.epochEnd && (await this.look(report, progress));
        if (looked || report.step % checkpointEvery === 0) await this.save();
      }
    } catch (error) {
      // Model and optimizer are as before the step that failed: the best there is to go on from.
      if (error instanceof train.NonFiniteLossError) await this.save();
      throw error;
    } finally {
      progress.stop();
      interruption.release();
    }
    return this.done === training.steps;
  }

  private record(report: R, progress: Progress): void {
    const { step, steps, epoch, loss, accuracy, batchSize } = report;
    this.done = step;
    this.metrics.add(this.job.stepRow(report));
    this.pace.add(loss, accuracy, batchSize);
    const { imagesPerSecond, recent, seconds } = this.pace;
    progress.step({
      epoch: epoch + 1,
      epochs: this.options.settings.epochs,
      step,
      steps,
      imagesPerSecond,
      secondsLeft: (seconds / (step - this.startStep)) * (steps - step),
      ...recent,
    });
  }

  private async look(report: R, progress: Progress): Promise<boolean> {
    const looked = await this.pace.outside(() => this.job.look(report));
    if (looked === null) return false;
    this.metrics.add(looked.row);
    progress.line(
      `epoch ${report.epoch + 1}/${this.options.settings.epochs}: ` +
        `training loss ${this.pace.recent.loss.toFixed(4)}, ${looked.text}, ${duration(process.uptime())}`,
    );
    return true;
  }

  private save(): Promise<void> {
    return this.pace.outside(async () => {
      this.metrics.flush();
      await writeCheckpoint(this.path("checkpoint"), this.job.training, this.done, this.job.samplesSha256);
    });
  }

  private path(file: keyof typeof FILES): string {
    return join(this.options.out, FILES[file]);
  }

  async interrupted(): Promise<number> {
    await this.save();
    const { out, json } = this.options;
    const { command, training } = this.job;
    const { steps } = training;
    this.terminal.warn(
      `Stopped after step ${this.done} of ${steps}. To go on: matprop ${command} --resume --out ${quoted(out)}`,
    );
    if (json) this.terminal.out(JSON.stringify({ interrupted: true, step: this.done, steps, out }));
    return INTERRUPTED;
  }

  async finish(): Promise<number> {
    await this.save();
    const { settings, out, json } = this.options;
    const { model, steps } = this.job.training;
    const { figures, line, report } = await this.job.finish(this.path("model"), this.pace.imagesPerSecond);
    const summary = {
      ...figures,
      seconds: process.uptime(),
      weightsSha256: hash(model.state()),
      data: settings.data,
      parameters: countParameters(model),
      epochs: settings.epochs,
      steps,
      resumedAt: this.startStep,
      seed: settings.seed,
      out,
    };
    const { parameters, seconds, weightsSha256 } = summary;
    const manifest = this.manifest(weightsSha256);
    const html = report({ steps: this.metrics.steps, epochs: this.metrics.epochs, parameters, seconds, manifest });
    await writeFileAtomic(this.path("report"), new TextEncoder().encode(html));
    if (json) this.terminal.out(JSON.stringify(summary));
    else {
      this.terminal.out(line);
      this.terminal.out(`weights ${weightsSha256}`);
      this.terminal.out(`report  ${this.path("report")}`);
    }
    return 0;
  }

  private manifest(weightsSha256: string): RunFacts<S, E>["manifest"] {
    const { samples, samplesSha256 } = this.job;
    return manifestOf(this.options.settings, {
      [`training ${samples} SHA-256`]: samplesSha256,
      "weights SHA-256": weightsSha256,
      ...(this.startStep > 0 ? { resumed: `after step ${this.startStep}` } : {}),
    });
  }
}

function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}

/** A path as a shell takes it. */
function quoted(path: string): string {
  return /^[\w./@:+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
