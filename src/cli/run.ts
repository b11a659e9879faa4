import { describeSource, limited, sha256Of, unitOf, type Source } from "./dataset.js";
import { data, type train } from "./library.js";
import type { EpochRow, StepRow } from "./metrics.js";
import { saveModel } from "./modelfile.js";
import { worstMistakes } from "./report/parts.js";
import { runReport } from "./report/runReport.js";
import type { Settings } from "./settings.js";
import { duration, grouped, percent, type Terminal } from "./terminal.js";
import { evaluateOn, Training } from "./training.js";
import { performTraining, type Job, type Outcome, type RunOptions } from "./trainingRun.js";

/** One step of training a classifier. */
export interface ClassifierStep extends StepRow {
  /** Share of the batch that was classified right. */
  readonly accuracy: number;
}

/** The test set after an epoch. */
export interface ClassifierEpoch extends EpochRow {
  readonly testLoss: number;
  readonly testAccuracy: number;
}

/** Mistakes shown in the report. */
const MISTAKES = 48;

/** Does what `matprop train` has decided to do; returns the exit code. */
export function performRun(options: RunOptions<Source, Settings>, terminal: Terminal): Promise<number> {
  return performTraining(new ClassifierJob(options), options, terminal);
}

class ClassifierJob implements Job<train.StepReport, ClassifierStep, ClassifierEpoch> {
  readonly command = "train";
  readonly batchNote = "";
  readonly title: string;
  readonly about: string;
  readonly samples: "images" | "matrices";
  readonly unit: string;
  readonly samplesSha256: string;
  readonly training: Training;
  private readonly source: Source;
  private evaluation: train.Evaluation | undefined;

  constructor({ source, settings }: RunOptions<Source, Settings>) {
    const set = limited(source.train, settings.limit ?? undefined);
    this.source = source;
    this.title = `${settings.model}${settings.frozen ? " (features frozen)" : ""} on ${source.name}`;
    this.about = describeSource({ ...source, train: set });
    this.samples = this.unit = unitOf(set);
    this.samplesSha256 = sha256Of(set);
    this.training = new Training(settings, set);
  }

  stepRow({ step, epoch, loss, accuracy, lr }: train.StepReport): ClassifierStep {
    return { kind: "step", step, epoch, loss, accuracy: accuracy!, lr };
  }

  async look({ step, epoch }: train.StepReport): Promise<{ row: ClassifierEpoch; text: string }> {
    const { loss, accuracy } = (this.evaluation = await this.test());
    return {
      row: { kind: "epoch", step, epoch: epoch + 1, testLoss: loss, testAccuracy: accuracy },
      text: `test accuracy ${percent(accuracy)} (loss ${loss.toFixed(4)})`,
    };
  }

  private test(): Promise<train.Evaluation> {
    return evaluateOn(this.training.model, this.source.test, this.training.normalization);
  }

  async finish(modelPath: string, imagesPerSecond: number): Promise<Outcome<ClassifierStep, ClassifierEpoch>> {
    const { model, settings, normalization } = this.training;
    const { shape, classes } = this.source.train;
    const evaluation = this.evaluation ?? (await this.test());
    const { accuracy: testAccuracy, loss: testLoss } = evaluation;
    await saveModel(modelPath, model, { settings, shape, classes, ...normalization });
    const { model: name, frozen, precision } = settings;
    const speed = `${grouped(Math.round(imagesPerSecond))} ${this.unit}/s`;
    return {
      figures: { testAccuracy, testLoss, imagesPerSecond, model: name, frozen, precision },
      line: `test accuracy ${percent(testAccuracy)} after ${duration(process.uptime())}, ${speed}`,
      report: (facts) => {
        const { test } = this.source;
        const all = worstMistakes(test.labels, evaluation.probabilities!, test.classes.length, Infinity);
        return runReport({
          ...facts,
          title: `${name}${frozen ? ", features frozen," : ""} on ${this.source.name}`,
          testAccuracy,
          testLoss,
          imagesPerSecond,
          classes: test.classes,
          confusion: evaluation.confusion,
          mistakes: all.slice(0, MISTAKES),
          mistakeCount: all.length,
          unit: this.unit,
          images: data.isMatrices(test) ? null : test,
        });
      },
    };
  }
}
