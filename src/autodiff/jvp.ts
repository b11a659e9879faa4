import { ArgumentError, DtypeError, ShapeError } from "../errors.js";
import { filled } from "../tensor/create.js";
import { type DType, isFloat } from "../tensor/dtype.js";
import { inScope } from "../tensor/scoped.js";
import { sameShape, showShape } from "../tensor/shape.js";
import { Tensor, viewOf } from "../tensor/tensor.js";
import { backward } from "./backward.js";
import { aliasOfFloat, grad, withTape } from "./grad.js";

type Outputs = Tensor<DType> | readonly Tensor<DType>[];

/** What {@link jvp} returns: both in the structure that `f` returned. */
export interface JvpResult<O extends Outputs> {
  readonly value: O;
  /** The derivative of `f` along the tangents; zeros where an output does not depend on the arguments. */
  readonly tangent: O;
}

/**
 * The value of `f` at `xs` and its directional derivative J·v along the tangents `vs` (Jacobian–vector product).
 *
 * The pullback u ↦ Jᵀu is linear, so J·v is the gradient of u ↦ ⟨Jᵀu, v⟩: the tape runs backwards once and that pass once
 * more. Every op with a second-order rule therefore has a forward mode, at about four times the cost of `f`.
 * @param f float tensors → a tensor or an array of tensors.
 * @param vs one tangent per argument, of its shape and dtype; `null` stands for zero and for integer arguments.
 * @throws {ShapeError}, {@link DtypeError} if a tangent does not fit; {@link ArgumentError} if their number does not;
 * {@link NotDifferentiableError} if an op has no second-order rule.
 * @example
 * import { init, jvp, tensor } from "matprop";
 * await init();
 * jvp((x) => x.mul(x), [tensor([1, 2])], [tensor([1, 10])]).tangent.toArray(); // [ 2, 40 ]
 */
export function jvp<A extends Tensor<DType>[], O extends Outputs>(
  f: (...xs: A) => O,
  xs: readonly [...A],
  vs: readonly (Tensor<DType> | null)[],
): JvpResult<O> {
  checkTangents("jvp", xs, vs);
  return inScope(() =>
    withTape((tape) => {
      const args = xs.map(aliasOfFloat) as unknown as A;
      const followed = args.filter((_, i) => vs[i] !== null);
      const leaves = followed.map((x) => tape.watch(x));
      const value = tape.recordWhile(() => f(...args));
      const outputs = (Array.isArray(value) ? value : [value]) as readonly Tensor<DType>[];
      const tangents = withTape((outer) => {
        // Ones, not zeros: a rule may treat a cotangent of zeros as none at all.
        const seeds = outputs.map((y) => filled(y.shape, y.dtype, 1));
        const seedLeaves = seeds.map((u) => outer.watch(u));
        const pulled = outer.recordWhile(() => {
          backward(tape, outputs, seeds);
          return leaves.map((leaf) => tape.cotangentOf(leaf));
        });
        const directions = vs.filter((v) => v !== null);
        const reached = pulled.flatMap((g, i) => (g === null ? [] : [[g, directions[i]!] as const]));
        backward(
          outer,
          reached.map(([g]) => g),
          reached.map(([, v]) => v),
        );
        return seedLeaves.map((leaf, i) => outer.cotangentOf(leaf) ?? filled(seeds[i]!.shape, seeds[i]!.dtype, 0));
      });
      const plain = outputs.map((y) => viewOf(y, y.shape));
      return (Array.isArray(value)
        ? { value: plain, tangent: tangents }
        : { value: plain[0], tangent: tangents[0] }) as unknown as JvpResult<O>;
    }),
  );
}

/**
 * The Hessian of a scalar-valued `f` at `x` times `v`, without the Hessian: the gradient of x ↦ ⟨∇f(x), v⟩.
 *
 * @throws {ShapeError} if `f` does not return a scalar or v has another shape than x; {@link DtypeError} for another
 * dtype; {@link NotDifferentiableError} if an op has no second-order rule.
 * @example
 * import { hvp, init, tensor } from "matprop";
 * await init();
 * hvp((x) => x.mul(x).mul(x).sum(), tensor([1, 2]), tensor([1, 1])).toArray(); // [ 6, 12 ]
 */
export function hvp(f: (x: Tensor) => Tensor<DType>, x: Tensor, v: Tensor): Tensor {
  checkTangents("hvp", [x], [v]);
  return grad((y: Tensor) => grad(f)(y).mul(v).sum())(x) as Tensor;
}

function checkTangents(op: string, xs: readonly Tensor<DType>[], vs: readonly (Tensor<DType> | null)[]): void {
  if (xs.length !== vs.length) throw new ArgumentError(op, `${xs.length} arguments but ${vs.length} tangents`);
  xs.forEach((x, i) => {
    const v = vs[i];
    if (v === null || v === undefined) return;
    if (!isFloat(x.dtype)) throw new DtypeError(op, `argument ${i} is ${x.dtype} and has no tangent: pass null`);
    if (v.dtype !== x.dtype) throw new DtypeError(op, `tangent ${i} is ${v.dtype}, its argument ${x.dtype}`);
    if (!sameShape(v.shape, x.shape)) {
      throw new ShapeError(op, `tangent ${i} has shape ${showShape(v.shape)}, its argument ${showShape(x.shape)}`);
    }
  });
}
