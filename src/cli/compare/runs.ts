import { median } from "../stats.js";
import { hash, type LabelledSamples, type train } from "../library.js";
import { buildModel, countParameters } from "../models.js";
import { modelSpec, type Settings } from "../settings.js";
import { evaluateOn, Training } from "../training.js";

/** What one training run of a comparison came to. */
export interface Outcome {
  readonly accuracy: number;
  readonly loss: number;
  /** Samples classified right, so that differences between runs are exact. */
  readonly correct: number;
  readonly images: number;
  /** Time of the training steps alone. */
  readonly seconds: number;
  readonly weightsSha256: string;
}

/** The user asked to stop. */
export class Stopped extends Error {}

/** Trains on one set and measures on the other. */
export async function outcomeOf(
  settings: Settings,
  trainSet: LabelledSamples,
  testSet: LabelledSamples,
  signal: AbortSignal,
): Promise<Outcome> {
  const training = new Training(settings, trainSet);
  let seconds = 0;
  try {
    for await (const report of training.run({ signal })) seconds += report.seconds;
    if (signal.aborted) throw new Stopped();
    const { accuracy, loss } = await evaluateOn(training.model, testSet, training.normalization);
    const images = testSet.labels.length;
    return {
      accuracy,
      loss,
      correct: Math.round(accuracy * images),
      images,
      seconds,
      weightsSha256: hash(training.model.state()),
    };
  } finally {
    training.optimizer.dispose();
    training.model.dispose();
  }
}

/** How many numbers a network learns. */
export function parameterCount(settings: Settings, set: LabelledSamples): number {
  const model = buildModel(modelSpec(settings, set));
  try {
    return countParameters(model);
  } finally {
    model.dispose();
  }
}

/** Time that each network gets at least, once to warm up and once to be timed: short steps need many for the compiler. */
const MIN_SECONDS = 0.3;

/**
 * Seconds an epoch: the median of `timed` steps or more, after as many that are not timed, times the steps of an epoch. The
 * steps of all networks take turns, so that a slow moment hits all alike.
 */
export async function secondsPerEpoch(
  all: readonly Settings[],
  set: LabelledSamples,
  timed: number,
): Promise<number[]> {
  const trainings = all.map((settings) => new Training({ ...settings, epochs: 100_000 }, set));
  const runs = trainings.map((training) => training.run());
  const takeTurns = async (): Promise<number[][]> => {
    const times = all.map(() => [] as number[]);
    const end = performance.now() + 1000 * MIN_SECONDS * all.length;
    for (let round = 0; round < timed || performance.now() < end; round++) {
      for (const [i, run] of runs.entries()) {
        const { value } = await run.next();
        times[i]!.push((value as train.StepReport).seconds);
      }
    }
    return times;
  };
  try {
    await takeTurns();
    const times = await takeTurns();
    return times.map((list, i) => median(list) * trainings[i]!.stepsPerEpoch);
  } finally {
    for (const run of runs) await run.return(undefined);
    for (const { model, optimizer } of trainings) {
      optimizer.dispose();
      model.dispose();
    }
  }
}
