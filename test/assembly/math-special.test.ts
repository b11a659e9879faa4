/** Special values of the elementary functions (C99 Annex F). */
import assert from "node:assert/strict";
import { double, same, single, unary } from "./math-support.js";

const [inf, nan] = [Infinity, NaN];

/** [x, f(x)] with results that hold in both types. */
const table: Record<string, [number, number][]> = {
  exp: [
    [0, 1],
    [-0, 1],
    [inf, inf],
    [-inf, 0],
    [nan, nan],
    [1e9, inf],
    [-1e9, 0],
  ],
  expm1: [
    [0, 0],
    [-0, -0],
    [inf, inf],
    [-inf, -1],
    [nan, nan],
    [1e9, inf],
    [-1e9, -1],
  ],
  tanh: [
    [0, 0],
    [-0, -0],
    [inf, 1],
    [-inf, -1],
    [nan, nan],
    [1e9, 1],
    [-1e9, -1],
  ],
  sigmoid: [
    [0, 0.5],
    [-0, 0.5],
    [inf, 1],
    [-inf, 0],
    [nan, nan],
    [1e9, 1],
    [-1e9, 0],
  ],
  log: [
    [0, -inf],
    [-0, -inf],
    [inf, inf],
    [-inf, nan],
    [-1, nan],
    [-1e-30, nan],
    [nan, nan],
    [1, 0],
  ],
  log1p: [
    [0, 0],
    [-0, -0],
    [inf, inf],
    [-inf, nan],
    [-1, -inf],
    [-1.5, nan],
    [nan, nan],
  ],
  sin: [
    [0, 0],
    [-0, -0],
    [inf, nan],
    [-inf, nan],
    [nan, nan],
  ],
  cos: [
    [0, 1],
    [-0, 1],
    [inf, nan],
    [-inf, nan],
    [nan, nan],
  ],
  erf: [
    [0, 0],
    [-0, -0],
    [inf, 1],
    [-inf, -1],
    [nan, nan],
    [1e9, 1],
    [-7, -1],
  ],
};

/** [x, y, x ^ y]. */
const powers: [number, number, number][] = [
  [0, -3, inf],
  [-0, -3, -inf],
  [0, -2, inf],
  [-0, -2, inf],
  [0, -2.5, inf],
  [-0, -2.5, inf],
  [0, -inf, inf],
  [-0, -inf, inf],
  [0, 3, 0],
  [-0, 3, -0],
  [0, 2, 0],
  [-0, 2, 0],
  [0, 2.5, 0],
  [-0, 2.5, 0],
  [0, inf, 0],
  [-0, inf, 0],
  [-1, inf, 1],
  [-1, -inf, 1],
  [1, inf, 1],
  [1, -inf, 1],
  [1, nan, 1],
  [1, -7.5, 1],
  [0, 0, 1],
  [-0, -0, 1],
  [inf, 0, 1],
  [-inf, 0, 1],
  [nan, 0, 1],
  [nan, -0, 1],
  [-3, 0, 1],
  [nan, 1, nan],
  [2, nan, nan],
  [nan, inf, nan],
  [inf, nan, nan],
  [-2, 0.5, nan],
  [-2, -1.5, nan],
  [-1, 0.5, nan],
  [0.5, -inf, inf],
  [-0.5, -inf, inf],
  [2, -inf, 0],
  [-2, -inf, 0],
  [0.5, inf, 0],
  [-0.5, inf, 0],
  [2, inf, inf],
  [-2, inf, inf],
  [-inf, -3, -0],
  [-inf, -2, 0],
  [-inf, -2.5, 0],
  [-inf, 3, -inf],
  [-inf, 2, inf],
  [-inf, 2.5, inf],
  [-inf, inf, inf],
  [-inf, -inf, 0],
  [inf, -1, 0],
  [inf, 1, inf],
  [inf, 0.5, inf],
  [inf, -inf, 0],
  [2, 10, 1024],
  [-2, 3, -8],
  [-2, 2, 4],
  [4, 0.5, 2],
  [4, -0.5, 0.5],
  [10, 3, 1000],
  [-1, 1e30, 1],
  [-1, 3, -1],
  [-1, -3, -1],
  [2, 1e30, inf],
  [0.5, 1e30, 0],
  [2, -1e30, 0],
  [-2, 5001, -inf],
  [-2, -5001, -0],
  [-2, 5000, inf],
  [2, -149, 2 ** -149],
];

describe("math: special values", () => {
  for (const name of unary) {
    it(name, () => {
      const [x, y] = [table[name].map((row) => row[0]), table[name].map((row) => row[1])];
      same(double(name, x), y, `d${name}`);
      same(single(name, x), y, `s${name}`);
      // A special number in one lane must not touch its neighbours.
      x.forEach((value, i) => same(double(name, [0.5, value]), [double(name, [0.5])[0], y[i]], `d${name} beside 0.5`));
      x.forEach((value, i) => {
        const half = single(name, [0.5])[0];
        same(single(name, [0.5, value, 0.5, 0.5]), [half, y[i], half, half], `s${name} beside 0.5`);
      });
    });
  }

  it("pow", () => {
    const [x, y, z] = [0, 1, 2].map((column) => powers.map((row) => row[column]));
    same(double("pow", x, y), z, "dpow");
    same(single("pow", x, y), z, "spow");
  });

  it("thresholds of overflow and underflow", () => {
    const max = Number.MAX_VALUE;
    same(double("exp", [709.782712893384, 709.7827128933841]), [1.7976931348622732e308, inf], "dexp");
    same(double("exp", [-745.1332191019411, -745.1332191019412]), [5e-324, 0], "dexp");
    assert.ok(single("exp", [88.72283172607422])[0] < 3.402799e38);
    same(single("exp", [88.72283935546875, -103.97207641601562]), [inf, 2 ** -149], "sexp");
    same(single("exp", [-103.97208404541016]), [0], "sexp");
    same(double("expm1", [709.7827128933841, max]), [inf, inf], "dexpm1");
    same(double("log", [max, 5e-324]), [709.782712893384, -744.4400719213812], "dlog");
    same(single("log", [2 ** -149]), [Math.fround(-103.27892990343185)], "slog");
    same(double("log1p", [max]), [709.782712893384], "dlog1p");
    same(double("pow", [2, 2, 2, 2], [1023, 1024, -1074, -1075.1]), [2 ** 1023, inf, 5e-324, 0], "dpow");
  });
});
