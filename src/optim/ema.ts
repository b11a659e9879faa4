import { ArgumentError } from "../errors.js";
import type { TensorRecord } from "../nn/module.js";
import { assign, touch } from "../tensor/assign.js";
import { disposal } from "../tensor/disposal.js";
import type { DType, FloatDType } from "../tensor/dtype.js";
import { address, overwrite, resident, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { checkParameter, checkRange, checkRecord } from "./check.js";

/** Options of {@link ema}. */
export interface EmaOptions {
  /** How much of the average an update keeps (default 0.999): it looks back over about 1 / (1 − decay) steps. */
  readonly decay?: number;
}

interface Averaged {
  readonly param: Tensor<FloatDType>;
  readonly average: Tensor<FloatDType>;
}

/** An exponential moving average of parameters. Made by {@link ema}. */
export class Ema {
  /** How much of the average an update keeps. */
  readonly decay: number;
  private readonly entries: Record<string, Averaged> = {};
  private originals: Tensor<DType>[] | null = null;

  /** @internal */
  constructor(params: Readonly<TensorRecord>, { decay = 0.999 }: EmaOptions) {
    const op = "optim.ema";
    wasm.require(op);
    checkRange(op, "decay", decay, 0, 1);
    this.decay = decay;
    for (const [name, param] of Object.entries(params)) checkParameter(op, name, param);
    for (const [name, param] of Object.entries(params) as [string, Tensor<FloatDType>][]) {
      this.entries[name] = { param, average: resident(param.data(), param.shape, param.dtype) };
    }
  }

  /** Whether the model has the averages now: between {@link apply} and {@link restore}. */
  get applied(): boolean {
    return this.originals !== null;
  }

  /**
   * Takes the parameters of this moment into the average; call it after each optimizer step.
   *
   * @throws {ArgumentError} while the averages are applied.
   */
  update(): void {
    const op = "optim.ema.update";
    if (this.applied) throw new ArgumentError(op, "the averages are applied; restore() the parameters first");
    const entries = this.live(op);
    for (const { param, average } of entries) {
      wasm[param.dtype].ema(param.size, this.decay, address(op, param), address(op, average));
      touch(average);
    }
  }

  /** The averages by path: the resident tensors themselves, which the next {@link update} changes. */
  values(): TensorRecord {
    return Object.fromEntries(Object.entries(this.entries).map(([name, { average }]) => [name, average]));
  }

  /**
   * Puts the averages into the model, for evaluation; {@link restore} brings the trained parameters back.
   *
   * @throws {ArgumentError} if they are applied already.
   */
  apply(): void {
    const op = "optim.ema.apply";
    if (this.applied) throw new ArgumentError(op, "the averages are applied already");
    const entries = this.live(op);
    this.originals = entries.map(({ param }) => resident(param.data(), param.shape, param.dtype));
    for (const { param, average } of entries) assign(param, average);
  }

  /**
   * Undoes {@link apply}, bit for bit.
   *
   * @throws {ArgumentError} unless the averages are applied.
   */
  restore(): void {
    const op = "optim.ema.restore";
    const { originals } = this;
    if (originals === null) throw new ArgumentError(op, "the averages are not applied");
    this.live(op).forEach(({ param }, i) => assign(param, originals[i]!));
    this.originals = null;
    for (const original of originals) original._storage.dispose();
  }

  /** The averages, for a checkpoint: the same as {@link values}. */
  state(): TensorRecord {
    return this.values();
  }

  /**
   * Goes on from saved averages.
   *
   * @throws {ArgumentError} if paths are missing or unknown; {@link ShapeError}, {@link DtypeError} if a value does not
   * fit. Then nothing has changed.
   */
  loadState(record: Readonly<TensorRecord>): void {
    const op = "optim.ema.loadState";
    this._checkState(op, record);
    for (const [name, { average }] of Object.entries(this.entries)) overwrite(op, average, record[name]!.data());
  }

  /** @internal Throws what {@link loadState} would throw, and changes nothing. */
  _checkState(op: string, record: Readonly<TensorRecord>): void {
    const own = this.values();
    checkRecord(op, "average", record, own);
    for (const average of Object.values(own)) average._storage.check(op);
  }

  /** Frees the averages at once; they cannot be used afterwards. Never required. */
  dispose(): void {
    for (const { average } of Object.values(this.entries)) average._storage.dispose();
    for (const original of this.originals ?? []) original._storage.dispose();
  }

  /** What `using` calls. */
  [disposal](): void {
    this.dispose();
  }

  /** All entries, once every tensor among them is known to be alive. */
  private live(op: string): Averaged[] {
    const entries = Object.values(this.entries);
    for (const { param, average } of entries) {
      param._storage.check(op);
      average._storage.check(op);
    }
    return entries;
  }
}

/**
 * An exponential moving average of weights, which often generalizes better than the last ones:
 * average ← average + (1 − decay) · (p − average), starting with the parameters as they are. The average of a parameter on
 * the Stiefel manifold lies a little inside it: its rows are not quite orthonormal.
 *
 * @param params `model.parameters()`.
 * @throws {ArgumentError} if `decay` is not between 0 and 1, or `params` holds something that cannot be trained.
 * @example
 * import { init, nn, optim } from "matprop";
 * await init();
 * const model = new nn.Linear(4, 2, { seed: 1 });
 * const average = optim.ema(model.parameters(), { decay: 0.99 });
 * average.update(); // after each step
 * average.apply(); // the model now has the averaged weights …
 * average.restore(); // … and now the trained ones again
 */
export function ema(params: Readonly<TensorRecord>, options: EmaOptions = {}): Ema {
  return new Ema(params, options);
}
