import { ArgumentError, ShapeError } from "../errors.js";
import type { FloatDType } from "../tensor/dtype.js";
import { showShape, sizeOf } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { permute } from "./permute.js";
import { reshape } from "./reshape.js";
import { sum } from "./sum.js";
import { checkFloat, checkSameDtype } from "./support/check.js";
import { gemm } from "./support/gemm.js";

type Float = Tensor<FloatDType>;

/** A tensor and the label of each of its axes. */
interface Labelled {
  readonly x: Float;
  readonly labels: readonly string[];
}

/**
 * Sums of products in Einstein's notation, of one or two operands: `einsum("bij,bjk->bik", A, B)`. A label in both
 * operands and in the result is a batch axis, one missing from the result is summed over. Without `->` the result has the
 * labels that occur once, in alphabetical order. `...` stands for any leading axes, which broadcast. A label may not
 * repeat within one operand (no diagonals).
 *
 * Two operands become one batched matrix product over (batch, free A, summed)·(batch, summed, free B); axes are moved in
 * memory only where no transposition flag can say it. Adjoint: that of the product, also of this form.
 * @throws {ArgumentError} if the equation cannot be read or does not fit the number of operands; {@link ShapeError} if
 * axes of one label differ in size; {@link DtypeError} if the dtypes differ.
 * @example
 * import { einsum, init, tensor } from "matprop";
 * await init();
 * const A = tensor([[1, 2], [3, 4]]);
 * einsum("ij,jk->ik", A, A).toArray(); // [ [ 7, 10 ], [ 15, 22 ] ]
 * einsum("i,j", tensor([1, 2]), tensor([3, 4])).toArray(); // [ [ 3, 4 ], [ 6, 8 ] ]
 */
export function einsum<D extends FloatDType>(equation: string, a: Tensor<D>, b?: Tensor<D>): Tensor<D> {
  checkFloat("einsum", a);
  if (b !== undefined) {
    checkFloat("einsum", b);
    checkSameDtype("einsum", a, b);
  }
  const { operands, result } = read(equation, b === undefined ? [a] : [a, b]);
  const [left, right] = operands;
  const product = right === undefined ? left! : contract(left!, right, result);
  const total = sumAway(product, new Set(result));
  return permute(
    total.x,
    result.map((label) => total.labels.indexOf(label)),
  ) as Tensor<D>;
}

/** Labels of the operands and of the result; the axes behind `...` get the labels "1", "2", … from the right. */
function read(equation: string, tensors: readonly Float[]): { operands: Labelled[]; result: string[] } {
  const [inputs, output, ...rest] = equation.replaceAll(" ", "").split("->");
  const terms = inputs!.split(",");
  if (rest.length > 0) throw new ArgumentError("einsum", `"${equation}" has more than one "->"`);
  if (terms.length !== tensors.length) {
    throw new ArgumentError("einsum", `"${equation}" names ${terms.length} operands, ${tensors.length} were given`);
  }
  const operands = broadcast(
    terms.map((term, i) => ({ x: tensors[i]!, labels: labelsOf(equation, term, tensors[i]!) })),
  );
  const seen = operands.flatMap(({ labels }) => labels);
  const dots = [...new Set(seen.filter(isDot))].sort((p, q) => Number(q) - Number(p));
  const letters = [...new Set(seen.filter((label) => !isDot(label)))];
  if (output === undefined) {
    const once = letters.filter((label) => seen.indexOf(label) === seen.lastIndexOf(label)).sort();
    return { operands, result: [...dots, ...once] };
  }
  const [head, tail] = splitDots(equation, output);
  const result = tail === null ? head : [...head, ...dots, ...tail];
  for (const label of result) {
    if (!seen.includes(label)) throw new ArgumentError("einsum", `"${equation}": no operand has the label ${label}`);
  }
  requireDistinct(equation, result, "the result");
  return { operands, result };
}

function labelsOf(equation: string, term: string, x: Float): string[] {
  const [head, tail] = splitDots(equation, term);
  const named = head.length + (tail?.length ?? 0);
  const hidden = x.rank - named;
  if (tail === null ? hidden !== 0 : hidden < 0) {
    throw new ShapeError("einsum", `"${term}" does not fit an operand of shape ${showShape(x.shape)}`);
  }
  const dots = Array.from({ length: hidden }, (_, i) => String(hidden - i));
  const labels = [...head, ...dots, ...(tail ?? [])];
  requireDistinct(equation, labels, `"${term}"`);
  return labels;
}

/** The letters before and after `...`; null for the latter when there is none. */
function splitDots(equation: string, term: string): [string[], string[] | null] {
  const parts = term.split("...");
  if (parts.length > 2 || !parts.every((part) => /^[A-Za-z]*$/.test(part))) {
    throw new ArgumentError("einsum", `cannot read "${term}" in "${equation}": letters and one "..." only`);
  }
  return [[...parts[0]!], parts.length === 2 ? [...parts[1]!] : null];
}

function requireDistinct(equation: string, labels: readonly string[], where: string): void {
  const twice = labels.find((label, i) => labels.indexOf(label) !== i);
  if (twice !== undefined) {
    throw new ArgumentError(
      "einsum",
      `"${equation}": label ${twice} is twice in ${where} (diagonals are not supported)`,
    );
  }
}

function isDot(label: string): boolean {
  return label <= "9";
}

/** Drops axes of `...` that have size 1 against a larger one, and throws where sizes of one label differ. */
function broadcast(operands: readonly Labelled[]): Labelled[] {
  const sizes = new Map<string, number>();
  for (const { x, labels } of operands) {
    labels.forEach((label, axis) => {
      const size = x.shape[axis]!;
      const known = sizes.get(label) ?? size;
      if (known !== size && !(isDot(label) && (known === 1 || size === 1))) {
        throw new ShapeError("einsum", `label ${label} has size ${known} in one operand and ${size} in the other`);
      }
      sizes.set(label, known === 1 ? size : known);
    });
  }
  return operands.map(({ x, labels }) => {
    const kept = labels.map((label, axis) => x.shape[axis] === sizes.get(label));
    if (kept.every(Boolean)) return { x, labels };
    return {
      x: reshape(
        x,
        x.shape.filter((_, i) => kept[i]),
      ),
      labels: labels.filter((_, i) => kept[i]),
    };
  });
}

/** x summed over the axes whose labels are not wanted. */
function sumAway({ x, labels }: Labelled, wanted: ReadonlySet<string>): Labelled {
  const axes = labels.map((_, axis) => axis).filter((axis) => !wanted.has(labels[axis]!));
  if (axes.length === 0) return { x, labels };
  return { x: sum(x, axes), labels: labels.filter((label) => wanted.has(label)) };
}

/** The product of both, summed over the labels they share that the result lacks. */
function contract(a: Labelled, b: Labelled, result: readonly string[]): Labelled {
  const left = sumAway(a, new Set([...b.labels, ...result]));
  const right = sumAway(b, new Set([...a.labels, ...result]));
  const shared = left.labels.filter((label) => right.labels.includes(label));
  const batch = shared.filter((label) => result.includes(label));
  const summed = shared.filter((label) => !result.includes(label));
  const freeA = left.labels.filter((label) => !shared.includes(label));
  const freeB = right.labels.filter((label) => !shared.includes(label));
  const [A, transA] = asMatrices(left, batch, freeA, summed);
  const [B, transB] = asMatrices(right, batch, summed, freeB);
  const sizes = (from: Labelled, labels: readonly string[]): number[] =>
    labels.map((label) => from.x.shape[from.labels.indexOf(label)]!);
  const shape = [...sizes(left, batch), ...sizes(left, freeA), ...sizes(right, freeB)];
  return { x: reshape(gemm(A, B, transA, transB), shape), labels: [...batch, ...freeA, ...freeB] };
}

/** x as [batch, rows, columns], or as its transpose when that needs no copy; and whether it is transposed. */
function asMatrices(
  { x, labels }: Labelled,
  batch: readonly string[],
  rows: readonly string[],
  columns: readonly string[],
): [Float, boolean] {
  const flipped = [...batch, ...columns, ...rows].every((label, axis) => label === labels[axis]);
  const straight = [...batch, ...rows, ...columns].every((label, axis) => label === labels[axis]);
  const trans = flipped && !straight;
  const order = trans ? labels : [...batch, ...rows, ...columns];
  const moved = permute(
    x,
    order.map((label) => labels.indexOf(label)),
  );
  const size = (group: readonly string[]): number => sizeOf(group.map((label) => x.shape[labels.indexOf(label)]!));
  const [m, n] = [size(rows), size(columns)];
  const matrix = trans ? [n, m] : [m, n];
  return [reshape(moved, batch.length === 0 ? matrix : [size(batch), ...matrix]), trans];
}
