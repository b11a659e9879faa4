import { ArgumentError, NonFiniteError } from "../errors.js";
import type { TensorRecord } from "../nn/module.js";
import { astype } from "../ops/astype.js";
import { asPartOf } from "../ops/support/frame.js";
import { touch } from "../tensor/assign.js";
import { disposal } from "../tensor/disposal.js";
import { newArray, type FloatDType, type TypedArray } from "../tensor/dtype.js";
import { inScope, scope } from "../tensor/scoped.js";
import { sizeOf } from "../tensor/shape.js";
import { address, overwrite, resident, type Tensor } from "../tensor/tensor.js";
import { wasm } from "../wasm/runtime.js";
import { checkCount, checkNames, checkRange, checkRecord } from "./check.js";
import { collect, type Slot, type Trainable, type Trained } from "./parameters.js";
import { GEOMETRIES } from "./geometry.js";
import type { CommonOptions, StepInfo, UpdateRule } from "./rule.js";

type Float = Tensor<FloatDType>;

/**
 * Changes parameters by their gradients. Made by `optim.sgd`, `adam`, `adamw`, `rmsprop` and `adagrad`. Equal gradients
 * in equal order give equal bits on every engine.
 *
 * @example
 * import { init, nn, ones, optim, scope, valueAndGrad } from "matprop";
 * await init();
 * const model = new nn.Linear(3, 1, { seed: 1 });
 * const opt = optim.sgd(model.parameters(), { lr: 0.1, momentum: 0.9 });
 * const gradient = valueAndGrad((x) => model.forward(x).square().mean(), { wrt: model.parameters() });
 * const loss = scope(() => {
 *   const { value, grads } = gradient(ones([4, 3]));
 *   opt.step(grads);
 *   return value.item();
 * });
 */
export abstract class Optimizer {
  /** Steps done. */
  abstract readonly steps: number;
  /**
   * The learning rate of the next step; set it to follow a schedule. A group with a rate of its own follows in
   * proportion. Setting throws {@link ArgumentError} unless the rate is finite and not negative.
   */
  abstract lr: number;

  /** The tensors this optimizer changes, by path: what to differentiate with respect to. */
  abstract parameters(): TensorRecord;

  /**
   * Changes every parameter by its gradient. Everything is checked first: a step that throws has changed nothing.
   *
   * @param grads a gradient for every path of {@link parameters}, of the parameter's shape and dtype.
   * @throws {ArgumentError} if paths are missing or unknown; {@link ShapeError}, {@link DtypeError} if a gradient does
   * not fit; {@link ScopeEndedError} if a tensor is gone; {@link OutOfMemoryError}; for a parameter on a manifold
   * {@link NonFiniteError}, {@link NotPositiveDefiniteError} if there is no step from where it is along its gradient.
   */
  abstract step(grads: Readonly<TensorRecord>): void;

  /**
   * Everything the next steps depend on besides parameters and options: the resident tensors themselves, by name
   * (`"momentum/conv1.weight"`), with `"step"` and `"lr"` as float64 scalars.
   */
  abstract state(): TensorRecord;

  /**
   * Goes on from a saved {@link state}, bit for bit.
   *
   * @throws {ArgumentError} if names are missing or unknown, or the step or learning rate is none; {@link ShapeError},
   * {@link DtypeError} if a value does not fit. Then nothing has changed.
   */
  abstract loadState(record: Readonly<TensorRecord>): void;

  /** @internal Throws what {@link loadState} would throw, and changes nothing. */
  abstract _checkState(op: string, record: Readonly<TensorRecord>): void;

  /** Frees the state at once; the optimizer cannot be used afterwards. Never required. */
  abstract dispose(): void;

  /** What `using` calls. */
  [disposal](): void {
    this.dispose();
  }
}

/** The optimizer of an update rule. */
export class RuleOptimizer<O extends CommonOptions> extends Optimizer {
  private readonly trained: Trained<O>;
  private readonly initialLr: number;
  private readonly count: Tensor<"float64">;
  private readonly rate: Tensor<"float64">;
  /** The buffers of each slot, in the order of the rule's names. */
  private readonly buffers: readonly (readonly Float[])[];
  private readonly named: TensorRecord = {};

  constructor(
    private readonly rule: UpdateRule<O>,
    trainable: Trainable<O>,
    options: Partial<O> = {},
  ) {
    super();
    const op = rule.name;
    wasm.require(op);
    if (Number.isNaN(options.lr ?? rule.defaults.lr)) throw new ArgumentError(op, "the option lr is required");
    checkNames(op, options, Object.keys(rule.defaults));
    const base = { ...rule.defaults };
    for (const [name, value] of Object.entries(options))
      if (value !== undefined) base[name as keyof O] = value as never;
    const check = (all: O): void => {
      checkRange(op, "lr", all.lr, 0);
      checkRange(op, "weightDecay", all.weightDecay, 0);
      rule.check(op, all);
    };
    check(base);
    this.initialLr = base.lr;
    this.trained = collect(op, trainable, base, check);
    if (base.lr === 0 && this.trained.slots.some(({ ownLr }) => ownLr !== null)) {
      throw new ArgumentError(
        op,
        "lr must be positive when a group has a rate of its own, which follows in proportion",
      );
    }
    this.refuseManifolds();
    this.buffers = this.trained.slots.map((slot) => this.allocateBuffers(slot));
    this.count = this.named.step = resident(Float64Array.of(0), [], "float64");
    this.rate = this.named.lr = resident(Float64Array.of(base.lr), [], "float64");
  }

  get steps(): number {
    return this.count.item();
  }

  get lr(): number {
    return this.rate.item();
  }

  set lr(value: number) {
    checkRange(this.rule.name, "lr", value, 0);
    overwrite(this.rule.name, this.rate, Float64Array.of(value));
  }

  parameters(): TensorRecord {
    return { ...this.trained.byPath };
  }

  step(grads: Readonly<TensorRecord>): void {
    const op = `${this.rule.name}.step`;
    const { byPath, slots } = this.trained;
    checkRecord(op, "gradient", grads, byPath);
    for (const { param } of slots) param._storage.check(op);
    const count = this.steps + 1;
    const { lr } = this;
    inScope(() => {
      // What may fail comes before the first change: memory for gradients, decompositions on manifolds.
      const at = slots.map(({ name }) => address(op, grads[name]!));
      const stepOf = ({ ownLr }: Slot<O>): StepInfo => ({
        count,
        lr: ownLr === null ? lr : ownLr * (lr / this.initialLr),
      });
      const moved = slots.map((slot, i) =>
        slot.manifold === null ? null : this.move(op, slot, stepOf(slot), grads[slot.name] as Float, this.buffers[i]!),
      );
      slots.forEach((slot, i) => {
        const { param, options } = slot;
        const own = this.buffers[i]!;
        const values = moved[i]!;
        if (values !== null) {
          [param, ...own].forEach((target, k) => overwrite(op, target, values[k]!));
          return;
        }
        const pointers = own.map((buffer) => address(op, buffer));
        this.rule.update(wasm[param.dtype], param.size, stepOf(slot), options, address(op, param), at[i]!, pointers);
        touch(param);
        own.forEach(touch);
      });
      overwrite(op, this.count, Float64Array.of(count));
    });
  }

  /** The values of a parameter on a manifold and of its buffers after a step; nothing has changed yet. */
  private move(op: string, slot: Slot<O>, step: StepInfo, grad: Float, buffers: readonly Tensor[]): TypedArray[] {
    const { name, param, options, manifold } = slot;
    const what = `"${name}"`;
    return scope(() => {
      const [point, g, ...own] = [param, grad, ...buffers].map((x) => astype(x, "float64"));
      const geometry = GEOMETRIES[manifold!];
      const { onManifold } = this.rule;
      const moved = asPartOf(op, what, () => onManifold!.move(geometry, step, options, point!, g!, own));
      return [moved.point, ...moved.buffers].map((x) => {
        const values = astype(x, param.dtype).data();
        if (values.every(Number.isFinite)) return values;
        throw new NonFiniteError(op, 0, `the step would take ${what} to NaN or infinity`);
      });
    });
  }

  private refuseManifolds(): void {
    const { name, onManifold } = this.rule;
    const bound = this.trained.slots.find(({ manifold }) => manifold !== null);
    if (bound === undefined || onManifold !== undefined) return;
    const advice = "use optim.sgd, adam or adamw";
    throw new ArgumentError(name, `"${bound.name}" must stay on the ${bound.manifold} manifold; ${advice}`);
  }

  state(): TensorRecord {
    return { ...this.named };
  }

  loadState(record: Readonly<TensorRecord>): void {
    const op = `${this.rule.name}.loadState`;
    this._checkState(op, record);
    for (const [name, tensor] of Object.entries(this.named)) overwrite(op, tensor, record[name]!.data());
  }

  override _checkState(op: string, record: Readonly<TensorRecord>): void {
    checkRecord(op, "state tensor", record, this.named);
    for (const tensor of Object.values(this.named)) tensor._storage.check(op);
    checkCount(op, "step", record.step!.item(), 0);
    checkRange(op, "lr", record.lr!.item(), 0);
  }

  dispose(): void {
    for (const tensor of Object.values(this.named)) tensor._storage.dispose();
  }

  private allocateBuffers({ name, param, options, manifold }: Slot<O>): Float[] {
    const { shape, dtype } = param;
    const numbers = [...shape.slice(0, -2), 1, 1];
    const kinds =
      manifold === null
        ? Object.entries(this.rule.buffers(options)).map(([kind, value]) => ({ kind, value, shape }))
        : Object.entries(this.rule.onManifold!.buffers(options)).map(([kind, form]) => ({
            kind,
            value: 0,
            shape: form === "number" ? numbers : shape,
          }));
    return kinds.map(({ kind, value, shape: own }) => {
      const buffer = resident(newArray(dtype, sizeOf(own)).fill(value), own, dtype);
      this.named[`${kind}/${name}`] = buffer;
      return buffer;
    });
  }
}
