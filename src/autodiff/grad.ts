import { ArgumentError, ShapeError } from "../errors.js";
import { isFloat, type DType } from "../tensor/dtype.js";
import { filled } from "../tensor/create.js";
import { inScope } from "../tensor/scoped.js";
import { showShape } from "../tensor/shape.js";
import { Tensor, viewOf } from "../tensor/tensor.js";
import { backward } from "./backward.js";
import { Tape, type Node } from "./tape.js";
import { Transients } from "./transients.js";

/** Tensors in arrays and plain records, nested as one likes. */
export type TensorTree = Tensor<DType> | readonly TensorTree[] | { readonly [name: string]: TensorTree };

/** The same structure with a gradient in each tensor's place. */
export type GradsOf<W> = W extends Tensor<infer D> ? Tensor<D> : { [K in keyof W]: GradsOf<W[K]> };

/** Gradients by argument: null for what is no float tensor. */
export type ArgumentGrads<A extends readonly unknown[]> = {
  [K in keyof A]: A[K] extends Tensor<infer D> ? (D extends "float32" | "float64" ? Tensor<D> : null) : null;
};

/** What a function made by {@link valueAndGrad} returns. */
export interface ValueAndGrad<G> {
  /** The scalar that `f` returned. */
  readonly value: Tensor<DType>;
  /** Gradients by argument, or in the structure of `wrt`. */
  readonly grads: G;
}

/** What it returns with `hasAux`. */
export interface ValueAndGradAux<G, X> extends ValueAndGrad<G> {
  /** The second element of the pair that `f` returned. */
  readonly aux: X;
}

/**
 * A function that computes `f` and its gradient by matrix backpropagation. Tensors made inside `f` end with the call,
 * except those it returns: hand out others through `hasAux`.
 *
 * @param f returns a scalar tensor (shape `[]`), or `[scalar, aux]` with `hasAux`.
 * @param options `wrt`: differentiate with respect to these tensors (for example `model.parameters()`) instead of the
 * arguments. `hasAux`: `f` also returns something to hand through.
 * @returns `(...xs) → { value, grads, aux? }`. Without `wrt`, `grads` has one entry per argument: zeros for an unused
 * float tensor, null for anything that is no float tensor. With `wrt` it has the structure of `wrt`.
 * @throws {ShapeError} if `f` does not return a scalar.
 * @example
 * import { init, tensor, valueAndGrad } from "matprop";
 * await init();
 * const { value, grads } = valueAndGrad((x) => x.mul(x).sum())(tensor([1, 2, 3]));
 * console.log(value.item(), grads[0].toArray()); // 14 [ 2, 4, 6 ]
 */
export function valueAndGrad<A extends Tensor<DType>[], W extends TensorTree, X>(
  f: (...xs: A) => readonly [Tensor<DType>, X],
  options: { readonly wrt: W; readonly hasAux: true },
): (...xs: A) => ValueAndGradAux<GradsOf<W>, X>;
export function valueAndGrad<A extends Tensor<DType>[], X>(
  f: (...xs: A) => readonly [Tensor<DType>, X],
  options: { readonly hasAux: true },
): (...xs: A) => ValueAndGradAux<ArgumentGrads<A>, X>;
export function valueAndGrad<A extends readonly unknown[], W extends TensorTree, X>(
  f: (...xs: A) => readonly [Tensor<DType>, X],
  options: { readonly wrt: W; readonly hasAux: true },
): (...xs: A) => ValueAndGradAux<GradsOf<W>, X>;
export function valueAndGrad<A extends readonly unknown[], W extends TensorTree>(
  f: (...xs: A) => Tensor<DType>,
  options: { readonly wrt: W; readonly hasAux?: false },
): (...xs: A) => ValueAndGrad<GradsOf<W>>;
export function valueAndGrad<A extends Tensor<DType>[]>(
  f: (...xs: A) => Tensor<DType>,
): (...xs: A) => ValueAndGrad<ArgumentGrads<A>>;
export function valueAndGrad<A extends readonly unknown[]>(
  f: (...xs: A) => Tensor<DType>,
  options?: { readonly hasAux?: false },
): (...xs: A) => ValueAndGrad<ArgumentGrads<A>>;
export function valueAndGrad(
  f: (...xs: any[]) => any,
  options: { wrt?: TensorTree; hasAux?: boolean } = {},
): (...xs: any[]) => any {
  const { wrt, hasAux = false } = options;
  return (...xs) =>
    inScope(() =>
      withTape((tape) => {
        const leaves = new Map<Tensor<DType>, Node>();
        const follow = (x: Tensor<DType>): void => {
          if (!leaves.has(x)) leaves.set(x, tape.watch(x));
        };
        let args = xs;
        if (wrt === undefined) {
          args = xs.map(aliasOfFloat);
          args.forEach((x, i) => x !== xs[i] && follow(x));
        } else {
          forEachTensor(wrt, (x) => {
            requireFloat("valueAndGrad", x);
            follow(x);
          });
        }
        const transients = new Transients();
        const returned = transients.noteWhile(() => tape.recordWhile(() => f(...args)));
        const value = scalarOf("valueAndGrad", hasAux ? returned?.[0] : returned);
        transients.release(returned, tape);
        backward(tape, [value], [filled(value.shape, value.dtype, 1)]);
        const gradOf = (x: Tensor<DType>): Tensor<DType> => {
          const leaf = leaves.get(x)!;
          return tape.cotangentOf(leaf) ?? filled(x.shape, x.dtype, 0);
        };
        const grads =
          wrt === undefined ? args.map((x, i) => (x === xs[i] ? null : gradOf(x))) : mapTensors(wrt, gradOf);
        transients.release([returned, grads], null);
        return hasAux ? { value, grads, aux: returned[1] } : { value, grads };
      }),
    );
}

/**
 * The gradient of a scalar-valued function with respect to one of its arguments. Nest it for second derivatives:
 * `grad((x) => grad(f)(x).mul(v).sum())` is a Hessian–vector product.
 *
 * @param options `argnum`: which argument (default 0).
 * @throws {ShapeError} if `f` does not return a scalar.
 * @throws {NotDifferentiableError} under a nested `grad`, if an op has no second-order rule.
 * @example
 * import { grad, init, tensor } from "matprop";
 * await init();
 * console.log(grad((x) => x.mul(x).mul(x).sum())(tensor([1, 2])).toArray()); // [ 3, 12 ]
 */
export function grad<A extends Tensor<DType>[]>(
  f: (...xs: A) => Tensor<DType>,
  options: { readonly argnum?: number } = {},
): (...xs: A) => Tensor<DType> {
  const { argnum = 0 } = options;
  const both = valueAndGrad(f as (...xs: Tensor<DType>[]) => Tensor<DType>);
  return (...xs) =>
    inScope(() => {
      const x = xs[argnum];
      if (!(x instanceof Tensor)) throw new ArgumentError("grad", `argument ${argnum} is not a tensor`);
      requireFloat("grad", x);
      return both(...xs).grads[argnum] as Tensor<DType>;
    });
}

/**
 * The outputs of `f` at `xs`, and the cotangents of the inputs (null where an input is no float tensor) for the
 * cotangents of the outputs that `seedsOf` makes from them.
 */
export function withPullback(
  f: (...xs: Tensor<DType>[]) => readonly Tensor<DType>[],
  xs: readonly Tensor<DType>[],
  seedsOf: (outputs: readonly Tensor<DType>[]) => readonly Tensor<DType>[],
): { outputs: readonly Tensor<DType>[]; cotangents: (Tensor<DType> | null)[] } {
  return inScope(() =>
    withTape((tape) => {
      const args = xs.map(aliasOfFloat);
      const leaves = args.map((x, i) => (x === xs[i] ? null : tape.watch(x)));
      const outputs = tape.recordWhile(() => f(...args));
      backward(tape, outputs, seedsOf(outputs));
      const cotangents = leaves.map((leaf, i) =>
        leaf === null ? null : (tape.cotangentOf(leaf) ?? filled(args[i]!.shape, args[i]!.dtype, 0)),
      );
      return { outputs, cotangents };
    }),
  );
}

/** The same values, cut off from every tape: no gradient flows through. */
export function stopGradient<D extends DType>(x: Tensor<D>): Tensor<D> {
  return viewOf(x, x.shape);
}

export function withTape<T>(fn: (tape: Tape) => T): T {
  const tape = new Tape();
  try {
    return fn(tape);
  } finally {
    tape.end();
  }
}

/** A fresh handle for a float tensor, so that following it does not follow other uses of the same tensor. */
export function aliasOfFloat<T>(x: T): T {
  if (!(x instanceof Tensor) || !isFloat(x.dtype)) return x;
  const alias = viewOf(x, x.shape);
  alias._node = x._node;
  alias._slot = x._slot;
  return alias as T;
}

function requireFloat(op: string, x: Tensor<DType>): void {
  if (!isFloat(x.dtype)) throw new ArgumentError(op, `cannot differentiate with respect to a ${x.dtype} tensor`);
}

function scalarOf(op: string, value: unknown): Tensor<DType> {
  if (!(value instanceof Tensor)) throw new ArgumentError(op, "the function must return a tensor (see hasAux)");
  if (value.rank !== 0) {
    throw new ShapeError(op, `the function must return a scalar (shape []), got ${showShape(value.shape)}; .sum() it`);
  }
  if (!isFloat(value.dtype)) throw new ArgumentError(op, `the loss must be a float tensor, got ${value.dtype}`);
  return value;
}

function forEachTensor(tree: TensorTree, visit: (x: Tensor<DType>) => void): void {
  mapTensors(tree, (x) => (visit(x), x));
}

function mapTensors(tree: TensorTree, fn: (x: Tensor<DType>) => Tensor<DType>): unknown {
  if (tree instanceof Tensor) return fn(tree);
  if (Array.isArray(tree)) return tree.map((item) => mapTensors(item, fn));
  if (tree !== null && typeof tree === "object") {
    return Object.fromEntries(Object.entries(tree).map(([name, item]) => [name, mapTensors(item, fn)]));
  }
  throw new ArgumentError("valueAndGrad", `wrt holds ${String(tree)}, which is no tensor, array or record`);
}
