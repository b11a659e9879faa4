import { ArgumentError } from "../errors.js";
import { manifoldOf, type Manifold } from "../nn/manifold.js";
import type { TensorRecord } from "../nn/module.js";
import type { DType, FloatDType } from "../tensor/dtype.js";
import type { Storage } from "../tensor/storage.js";
import { Tensor } from "../tensor/tensor.js";
import { checkNames, checkParameter } from "./check.js";

/** Parameters that share options of their own; what is absent comes from the optimizer's options. */
export type ParameterGroup<O> = Readonly<Partial<O>> & {
  /** Tensors by path, as a module's `parameters()` or a part of it. */
  readonly params: Readonly<TensorRecord>;
};

/** What an optimizer trains: `model.parameters()`, or groups of parameters with options of their own. */
export type Trainable<O> = Readonly<TensorRecord> | readonly ParameterGroup<O>[];

/** One parameter and what an optimizer needs to change it. */
export interface Slot<O> {
  /** The path it is updated under; a tied parameter has further paths, whose gradients are the same tensor. */
  readonly name: string;
  readonly param: Tensor<FloatDType>;
  readonly options: O;
  /** The group's own learning rate, or null when it follows the optimizer's. */
  readonly ownLr: number | null;
  /** Where the parameter must stay, or null. */
  readonly manifold: Manifold | null;
}

/** Every path, and one slot for each distinct parameter. */
export interface Trained<O> {
  readonly byPath: TensorRecord;
  readonly slots: readonly Slot<O>[];
}

/**
 * The slots of `trainable`. A parameter under several paths (tied weights) gets one, so that it moves once a step: the
 * gradient under each of its paths is the whole one.
 *
 * @throws {ArgumentError} if there is no parameter, if one is not resident, or if a path or a parameter is in two groups.
 */
export function collect<O extends object>(
  op: string,
  trainable: Trainable<O>,
  base: O,
  check: (options: O) => void,
): Trained<O> {
  const byPath: TensorRecord = {};
  const slots: Slot<O>[] = [];
  const owners = new Map<Storage, { readonly param: Tensor<DType>; readonly group: number }>();
  groupsOf(op, trainable).forEach(({ params, ...own }, group) => {
    checkNames(op, own, Object.keys(base));
    const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
    const options = { ...base, ...given };
    check(options);
    const ownLr = (given.lr as number | undefined) ?? null;
    for (const [name, param] of Object.entries(params)) {
      checkParameter(op, name, param);
      if (Object.hasOwn(byPath, name)) throw new ArgumentError(op, `"${name}" is in two groups`);
      byPath[name] = param;
      const owner = owners.get(param._storage);
      if (owner === undefined) {
        owners.set(param._storage, { param, group });
        slots.push({ name, param, options, ownLr, manifold: manifoldOf(param) });
      } else if (owner.param !== param || owner.group !== group) {
        throw new ArgumentError(op, `"${name}" shares its memory with a parameter of another group or shape`);
      }
    }
  });
  if (slots.length === 0) throw new ArgumentError(op, "there is no parameter to train");
  return { byPath, slots };
}

function groupsOf<O>(op: string, trainable: Trainable<O>): readonly ParameterGroup<O>[] {
  const list = Array.isArray(trainable) ? (trainable as readonly ParameterGroup<O>[]) : [{ params: trainable }];
  for (const group of list as readonly { params?: unknown }[]) {
    const params = group?.params;
    if (params === null || typeof params !== "object" || params instanceof Tensor || Array.isArray(params)) {
      throw new ArgumentError(op, "expected model.parameters(), or groups [{ params: record, … }, …]");
    }
  }
  return list as readonly ParameterGroup<O>[];
}
