import { mean } from "../stats.js";
import type { Outcome } from "./runs.js";

/** A learning rate with what it came to on the validation part, one outcome a seed. */
export interface Trial {
  readonly lr: number;
  readonly outcomes: readonly Outcome[];
}

/** The rate with the highest mean accuracy; among equals the lowest mean loss, then the smallest rate. */
export function bestRate(trials: readonly Trial[]): number {
  const scored = trials.map(({ lr, outcomes }) => ({
    lr,
    correct: outcomes.reduce((sum, outcome) => sum + outcome.correct, 0),
    loss: mean(outcomes.map(({ loss }) => loss)),
  }));
  scored.sort((a, b) => b.correct - a.correct || a.loss - b.loss || a.lr - b.lr);
  return scored[0]!.lr;
}
