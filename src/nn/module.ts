import { ArgumentError, DtypeError, ShapeError } from "../errors.js";
import { assign } from "../tensor/assign.js";
import { disposal } from "../tensor/disposal.js";
import type { DType } from "../tensor/dtype.js";
import { sameShape, showShape } from "../tensor/shape.js";
import { resident, Tensor } from "../tensor/tensor.js";
import { bindTo, type Manifold } from "./manifold.js";

/** Tensors by dotted path, for example `{ "conv1.weight": …, "conv1.bias": … }`. */
export type TensorRecord = Record<string, Tensor<DType>>;

/** Resident tensors that are state but not trained: running statistics, generator counters. */
const buffers = new WeakSet<Tensor<DType>>();

export interface ParameterOptions {
  /** Where the parameter must stay (default: anywhere). */
  readonly manifold?: Manifold | null | undefined;
}

/**
 * A trainable resident copy of `initial`, for a field of a {@link Module}. With `manifold`, optimizers that know it keep the
 * parameter there: `"stiefel"`, [.., m, n] with orthonormal rows (columns, if there are fewer), or `"spd"`, [.., n, n]
 * symmetric positive definite.
 *
 * @throws {ShapeError} if the shape does not fit the manifold; {@link ArgumentError}, {@link NotPositiveDefiniteError} if
 * `initial` does not lie on it up to √ulp.
 * @example
 * import { eye, init, nn, zeros } from "matprop";
 * await init();
 * const bias = nn.parameter(zeros([3])); // a tensor that optimizers may change
 * const frame = nn.parameter(eye(3).slice(":2"), { manifold: "stiefel" }); // its rows remain orthonormal
 */
export function parameter<D extends DType>(initial: Tensor<D>, { manifold }: ParameterOptions = {}): Tensor<D> {
  const copy = resident(initial.data(), initial.shape, initial.dtype);
  if (manifold) bindTo(copy, manifold);
  return copy;
}

/**
 * A resident copy of `initial` that is saved with the model but not trained.
 *
 * @example
 * import { init, nn, zeros } from "matprop";
 * await init();
 * const runningMean = nn.buffer(zeros([3]));
 */
export function buffer<D extends DType>(initial: Tensor<D>): Tensor<D> {
  const copy = resident(initial.data(), initial.shape, initial.dtype);
  buffers.add(copy);
  return copy;
}

/**
 * Base of all layers and models. Parameters, buffers and inner modules are ordinary fields (also in arrays); their
 * dotted paths follow the field names. What `forward` returns is one tensor unless the type says otherwise.
 *
 * @example
 * import { init, nn, ones } from "matprop";
 * await init();
 * class Twice extends nn.Module {
 *   inner = new nn.Linear(4, 4, { seed: 1 });
 *   forward(x) { return this.inner.forward(this.inner.forward(x)); }
 * }
 * const model = new Twice();
 * Object.keys(model.parameters()); // [ "inner.weight", "inner.bias" ]
 */
export abstract class Module<Output = Tensor> {
  /** Whether layers such as dropout and batch normalization behave as in training (true at first). */
  training = true;

  /** The layer's output. Most layers take one tensor and return one. */
  abstract forward(...inputs: any[]): Output;

  /** Everything that is trained, by dotted path. */
  parameters(): Record<string, Tensor> {
    return this.collect((tensor) => !buffers.has(tensor)) as Record<string, Tensor>;
  }

  /** Everything that is saved: parameters and buffers, by dotted path. */
  state(): TensorRecord {
    return this.collect(() => true);
  }

  /**
   * Overwrites parameters and buffers with the values of `record`.
   *
   * @throws {ArgumentError} if names are missing or unknown; {@link ShapeError}, {@link DtypeError} if a value does not
   * fit; {@link ScopeEndedError} if its memory is gone. Then nothing has changed.
   */
  loadState(record: Readonly<TensorRecord>): void {
    const own = this.state();
    const missing = Object.keys(own).filter((name) => !Object.hasOwn(record, name));
    const unknown = Object.keys(record).filter((name) => !Object.hasOwn(own, name));
    if (missing.length + unknown.length > 0) {
      throw new ArgumentError("loadState", `missing: [${missing.join(", ")}]; unknown: [${unknown.join(", ")}]`);
    }
    for (const [name, tensor] of Object.entries(own)) {
      const value = record[name]!;
      value._storage.check("loadState");
      if (value.dtype !== tensor.dtype) {
        throw new DtypeError("loadState", `"${name}" is ${tensor.dtype}, the given value ${value.dtype}`);
      }
      if (!sameShape(value.shape, tensor.shape)) {
        const [want, got] = [showShape(tensor.shape), showShape(value.shape)];
        throw new ShapeError("loadState", `"${name}" has shape ${want}, the given value ${got}`);
      }
    }
    for (const [name, tensor] of Object.entries(own)) assign(tensor, record[name]!);
  }

  /** Puts this module and all inner ones into training mode. */
  train(): this {
    return this.setTraining(true);
  }

  /** Puts this module and all inner ones into evaluation mode. */
  eval(): this {
    return this.setTraining(false);
  }

  /** Frees the memory of all parameters and buffers at once; the module cannot be used afterwards. Never required. */
  dispose(): void {
    for (const tensor of Object.values(this.state())) tensor._storage.dispose();
  }

  /** What `using` calls. */
  [disposal](): void {
    this.dispose();
  }

  private setTraining(training: boolean): this {
    this.training = training;
    for (const [, child] of fieldsOf(this)) if (child instanceof Module) child.setTraining(training);
    return this;
  }

  private collect(wanted: (tensor: Tensor<DType>) => boolean): TensorRecord {
    const found: TensorRecord = {};
    for (const [name, field] of fieldsOf(this)) {
      if (field instanceof Module) {
        for (const [path, tensor] of Object.entries(field.collect(wanted))) found[`${name}.${path}`] = tensor;
      } else if (field._storage.resident && wanted(field)) {
        found[name] = field;
      }
    }
    return found;
  }
}

/** The tensors and modules among the fields of a module, arrays of them with their indices, in order of definition. */
function fieldsOf(module: Module<unknown>): [string, Tensor<DType> | Module<unknown>][] {
  const found: [string, Tensor<DType> | Module<unknown>][] = [];
  const visit = (name: string, field: unknown): void => {
    if (field instanceof Tensor || field instanceof Module) found.push([name, field]);
    else if (Array.isArray(field)) field.forEach((item, i) => visit(`${name}.${i}`, item));
  };
  for (const [name, field] of Object.entries(module)) visit(name, field);
  return found;
}
