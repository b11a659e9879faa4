/**
 * Every differentiable op of the public API, with points to check it at: what the gradient checks of first and second
 * order run over. A new op gets an entry in one of the lists.
 */
import { ELEMENTWISE } from "./opTable/elementwise.js";
import type { Entry } from "./opTable/entry.js";
import { LAYERS } from "./opTable/layers.js";
import { LINALG } from "./opTable/linalg.js";

export { covers, type Entry } from "./opTable/entry.js";
export { CLASSES, type Float, type Inputs, type ShapeClass } from "./opTable/inputs.js";

export const TABLE: Readonly<Record<"ops" | "linalg" | "nn.functional", readonly Entry[]>> = {
  ops: ELEMENTWISE,
  linalg: LINALG,
  "nn.functional": LAYERS,
};

/** What returns integers, booleans, numbers or reports. */
export const NOT_DIFFERENTIABLE = new Set(
  "allclose argmax argmin eq ge gt le lt ne logicalAnd logicalNot logicalOr logicalXor oneHot matrixRank gaugecheck".split(
    " ",
  ),
);
