/** Accuracy of the elementary functions: f64 against 260-bit references, f32 against f64 over all exponents. */
import assert from "node:assert/strict";
import { bound, double, fixture, functions, single, ulp32, ulp64, unary } from "./math-support.js";

const MAX_FLOAT = 3.4028234663852886e38;
/** From here on a result rounds to infinity. */
const FLOAT_OVERFLOW = MAX_FLOAT + 2 ** 103;

/** The largest error of `got` in float32 units against double results, and where. Infinities and NaN must agree. */
function worstSingle(got: Float32Array, exact: Float64Array): { error: number; at: number } {
  let [error, at] = [0, 0];
  for (let i = 0; i < got.length; i++) {
    const [y, r] = [got[i], exact[i]];
    if (Number.isNaN(r) || Math.abs(r) >= FLOAT_OVERFLOW) {
      assert.ok(Object.is(y, Math.fround(r)), `element ${i}: ${y} for ${r}`);
      continue;
    }
    const overflow = !Number.isFinite(y) && Math.abs(r) > MAX_FLOAT - ulp32(r);
    const e = overflow ? (FLOAT_OVERFLOW - Math.abs(r)) / ulp32(r) : Math.abs(y - r) / ulp32(r);
    if (!(e <= error)) [error, at] = [e, i];
  }
  return { error, at };
}

describe("math: accuracy", () => {
  const report: string[] = [];
  after(() => console.log(`      max ulp: ${report.join(", ")}`));

  for (const name of functions) {
    it(`d${name} is within ${bound(name)} ulp of mpmath`, () => {
      const { n, columns, rounded, rest } = fixture(name);
      assert.ok(n > 1500);
      const got = double(name, ...columns);
      let [error, at] = [0, 0];
      for (let i = 0; i < n; i++) {
        const e = Math.abs((got[i] - rounded[i]) / ulp64(rounded[i]) - rest[i]);
        if (!(e <= error)) [error, at] = [e, i];
      }
      report.push(`d${name} ${error.toFixed(3)}`);
      assert.ok(error <= bound(name), `${error} ulp at ${columns.map((c) => c[at])}: ${got[at]}, not ${rounded[at]}`);
    });
  }

  // Every exponent and sign: a prime stride through the bit patterns.
  const patterns = new Uint32Array(Math.floor(2 ** 32 / 17011)).map((_, i) => i * 17011);
  const floats = new Float32Array(patterns.buffer);

  for (const name of unary) {
    it(`s${name} is within 1 ulp of d${name} over all exponents`, () => {
      const { error, at } = worstSingle(single(name, floats), double(name, floats));
      report.push(`s${name} ${error.toFixed(3)}`);
      assert.ok(error <= 1, `${error} ulp at ${floats[at]}`);
    });
  }

  it("spow is within 1 ulp of dpow over all exponents of the base", () => {
    // Exponents y that spread the results over the whole range; every seventh base and exponent is arbitrary.
    const logs = double("log", floats.map(Math.abs));
    const y = floats.map((x, i) =>
      i % 7 === 0 ? floats[(i * 7919) % floats.length] : (((i * 37) % 200) - 108) / logs[i],
    );
    const x = floats.map((value, i) => (i % 7 === 0 ? value : Math.abs(value)));
    const { error, at } = worstSingle(single("pow", x, y), double("pow", x, y));
    report.push(`spow ${error.toFixed(3)}`);
    assert.ok(error <= 1, `${error} ulp at ${x[at]} ^ ${y[at]}`);
  });

  it("tanh, erf, sin, expm1 and log1p keep the smallest numbers", () => {
    const tiny = [5e-324, -5e-324, 1e-310, -2.2250738585072014e-308, 1e-300];
    for (const name of ["tanh", "sin", "expm1", "log1p"]) assert.deepEqual([...double(name, tiny)], tiny, name);
    for (const [i, y] of double("erf", tiny).entries()) {
      const exact = (tiny[i] * 2) / Math.sqrt(Math.PI);
      assert.ok(Math.abs(y - exact) <= 2 * ulp64(exact));
    }
  });

  it("tanh, erf and sin are odd, cos is even, to the bit", () => {
    const negated = floats.map((x) => -x);
    for (const name of ["tanh", "erf", "sin", "cos"]) {
      const mirror = name === "cos" ? 1 : -1;
      for (const apply of [single, double]) {
        const [plain, mirrored] = [apply(name, floats), apply(name, negated)];
        const different = plain.findIndex((y, i) => !Object.is(mirrored[i], mirror * y));
        assert.equal(different, -1, `${apply.name} ${name} at ${floats[different]}`);
      }
    }
  });
});
