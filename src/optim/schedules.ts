/**
 * Learning-rate schedules: pure functions from the number of steps done (0 before the first) to the rate of the next, so
 * that a resumed run needs nothing but its step. No engine's `Math` enters: the cosine is the kernels'.
 */
import { ArgumentError } from "../errors.js";
import { scalar } from "../wasm/scalar.js";
import { checkCount, checkRange } from "./check.js";
import { power } from "./power.js";

/** The learning rate of the step that follows `step` finished ones. */
export type Schedule = (step: number) => number;

const PI = 3.141592653589793;

/**
 * Always the same rate.
 *
 * @throws {ArgumentError} if `lr` is negative or not finite.
 * @example
 * import { optim } from "matprop";
 * optim.schedules.constant(0.1)(1000); // 0.1
 */
export function constant(lr: number): Schedule {
  checkRange("optim.schedules.constant", "lr", lr, 0);
  return () => lr;
}

/** Options of {@link step}. */
export interface StepScheduleOptions {
  /** The first rate. */
  readonly lr: number;
  /** Steps between two changes. */
  readonly every: number;
  /** What the rate is multiplied by at a change (default 0.1). */
  readonly gamma?: number;
}

/**
 * Drops by steps: lr · gammaᵏ, k = ⌊step / every⌋.
 *
 * @throws {ArgumentError} if an option is out of range.
 * @example
 * import { optim } from "matprop";
 * const rate = optim.schedules.step({ lr: 1, every: 100, gamma: 0.5 });
 * console.log(rate(99), rate(100), rate(250)); // 1 0.5 0.25
 */
export function step({ lr, every, gamma = 0.1 }: StepScheduleOptions): Schedule {
  const op = "optim.schedules.step";
  checkRange(op, "lr", lr, 0);
  checkCount(op, "every", every, 1);
  checkRange(op, "gamma", gamma, 0);
  return (done) => lr * power(gamma, Math.floor(checked(op, done) / every));
}

/** Options of {@link cosine}. */
export interface CosineOptions {
  /** The first rate. */
  readonly lr: number;
  /** Steps until the last rate is reached. */
  readonly steps: number;
  /** The last rate, kept from then on (default 0). */
  readonly min?: number;
}

/**
 * Half a cosine wave from lr down to min (Loshchilov, Hutter 2017):
 * min + (lr − min) · (1 + cos(π · step / steps)) / 2, and min afterwards.
 *
 * @throws {ArgumentError} if an option is out of range; {@link NotInitializedError} when called before `init()`.
 * @example
 * import { init, optim } from "matprop";
 * await init();
 * const rate = optim.schedules.cosine({ lr: 0.1, steps: 1000 });
 * console.log(rate(0), rate(500), rate(1000)); // 0.1, 0.05 and 0
 */
export function cosine({ lr, steps, min = 0 }: CosineOptions): Schedule {
  const op = "optim.schedules.cosine";
  checkRange(op, "lr", lr, 0);
  checkCount(op, "steps", steps, 1);
  checkRange(op, "min", min, 0, lr);
  return (done) => anneal(lr, min, checked(op, done), steps);
}

/** Options of {@link warmup}. */
export interface WarmupOptions {
  /** Steps of the warm-up. */
  readonly steps: number;
  /** What follows; its own count starts with 0 when the warm-up is over. */
  readonly after: Schedule;
}

/**
 * A linear rise to the first rate of another schedule, then that schedule: after(0) · (step + 1) / (steps + 1) during
 * the warm-up, after(step − steps) after it.
 *
 * @throws {ArgumentError} if `steps` is no integer ≥ 0.
 * @example
 * import { optim } from "matprop";
 * const { constant, warmup } = optim.schedules;
 * const rate = warmup({ steps: 3, after: constant(0.8) });
 * console.log(rate(0), rate(1), rate(3)); // 0.2 0.4 0.8
 */
export function warmup({ steps, after }: WarmupOptions): Schedule {
  const op = "optim.schedules.warmup";
  checkCount(op, "steps", steps, 0);
  if (typeof after !== "function") throw new ArgumentError(op, `after must be a schedule, got ${typeof after}`);
  return (done) => {
    checked(op, done);
    return done < steps ? (after(0) * (done + 1)) / (steps + 1) : after(done - steps);
  };
}

/** Options of {@link oneCycle}. */
export interface OneCycleOptions {
  /** The highest rate. */
  readonly lr: number;
  /** Steps of the whole cycle, at least 2. */
  readonly steps: number;
  /** Share of the steps in which the rate rises (default 0.3). */
  readonly rise?: number;
  /** The cycle starts with lr / startFactor (default 25) … */
  readonly startFactor?: number;
  /** … and ends with lr / startFactor / endFactor (default 10 000). */
  readonly endFactor?: number;
}

/**
 * One rise and one longer fall, each half a cosine wave (Smith, Topin 2019), as torch's OneCycleLR: lr / startFactor at
 * step 0, lr at step rise · steps − 1, lr / (startFactor · endFactor) at step steps − 1 and afterwards.
 *
 * @throws {ArgumentError} if an option is out of range; {@link NotInitializedError} when called before `init()`.
 * @example
 * import { init, optim } from "matprop";
 * await init();
 * const rate = optim.schedules.oneCycle({ lr: 0.1, steps: 100 });
 * console.log(rate(0), rate(29), rate(99)); // 0.004, 0.1 and 4e-7
 */
export function oneCycle({ lr, steps, rise = 0.3, startFactor = 25, endFactor = 1e4 }: OneCycleOptions): Schedule {
  const op = "optim.schedules.oneCycle";
  checkRange(op, "lr", lr, 0);
  checkCount(op, "steps", steps, 2);
  checkRange(op, "rise", rise, 0, 1, true);
  checkRange(op, "startFactor", startFactor, 1);
  checkRange(op, "endFactor", endFactor, 1);
  const start = lr / startFactor;
  const end = start / endFactor;
  const top = Math.max(0, rise * steps - 1);
  return (done) => {
    const at = Math.min(checked(op, done), steps - 1);
    return at < top ? anneal(start, lr, at, top) : anneal(lr, end, at - top, steps - 1 - top);
  };
}

/** From `from` (at 0) to `to` (at `length` and beyond) along half a cosine wave. */
function anneal(from: number, to: number, at: number, length: number): number {
  if (at <= 0) return from;
  if (at >= length) return to;
  return to + ((from - to) * (1 + scalar("cos", PI * (at / length)))) / 2;
}

function checked(op: string, done: number): number {
  checkCount(op, "the step", done, 0);
  return done;
}
