/** Elementary functions: bits that do not depend on the lane, and what the optimizer must leave alone. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import asc from "assemblyscript/asc";
import { double, functions, kernels, same, single, unary } from "./math-support.js";

describe("math: same bits in any lane, at any length and alignment", () => {
  const inputs = [0.3, -1.7, 708.5, 1e-310, -0, 2e6, 5.25, -744, 1e300, 0.999, 1.0001, 42];

  for (const name of functions) {
    for (const type of ["s", "d"]) {
      it(`${type}${name}`, () => {
        const size = type === "s" ? 4 : 8;
        const view = type === "s" ? kernels.f32 : kernels.f64;
        const kernel = kernels.k[`${type}${name}`];
        const exponents = [...inputs.slice(5), ...inputs.slice(0, 5)].map((y) => (Math.abs(y) > 100 ? 2.5 : y));
        const run = (x: number[], y: number[], shift: number): number[] => {
          kernels.reset();
          const [a, b] = [kernels.alloc(128, shift), kernels.alloc(128, shift)];
          const out = kernels.alloc(256, shift);
          view(a, x.length).set(x);
          view(b, y.length).set(y);
          view(out, x.length + 2).fill(777);
          kernel(x.length, a, ...(name === "pow" ? [b] : []), out + size);
          const all = view(out, x.length + 2).slice();
          assert.equal(all[0], 777, "wrote before the output");
          assert.equal(all[x.length + 1], 777, "wrote behind the output");
          return [...all.slice(1, -1)];
        };
        const scalar = inputs.map((x, i) => run([x], [exponents[i]], 0)[0]);
        for (let n = 0; n <= inputs.length; n++) {
          for (const shift of [0, size]) {
            same(run(inputs.slice(0, n), exponents.slice(0, n), shift), scalar.slice(0, n), `n = ${n}, shift ${shift}`);
          }
        }
        // In place.
        const a = kernels.put(type === "s" ? Float32Array.from(inputs) : Float64Array.from(inputs));
        const b = kernels.put(type === "s" ? Float32Array.from(exponents) : Float64Array.from(exponents));
        kernel(inputs.length, a, ...(name === "pow" ? [b] : []), a);
        same(view(a, inputs.length), scalar, "in place");
      });
    }
  }
});

describe("math: what kernels may inline", () => {
  let probe: Record<string, (...args: number[]) => number>;

  before(async function () {
    this.timeout(20000);
    const scalars = functions.flatMap((name) =>
      ["f32", "f64"].map((T) => {
        const names = name === "pow" ? ["x", "y"] : ["x"];
        const parameters = names.map((x) => `${x}: ${T}`).join(", ");
        const vectors = names.map((x) => `v128.splat<${T}>(${x})`).join(", ");
        const letter = T === "f32" ? "s" : "d";
        return `export function ${letter}${name}1(${parameters}): ${T} {
          return v128.extract_lane<${T}>(v${name}<${T}>(${vectors}), 0);
        }`;
      }),
    );
    const source = `
      import { fastSumError, sumError, divide } from "./lanes";
      ${functions.map((name) => `import { v${name} } from "./${name}";`).join("\n")}
      export function twoSum(a: f64, b: f64): f64 {
        const x = f64x2.splat(a), y = f64x2.splat(b);
        return f64x2.extract_lane(sumError(x, y, f64x2.add(x, y)), 0);
      }
      export function fastTwoSum(a: f64, b: f64): f64 {
        const x = f64x2.splat(a), y = f64x2.splat(b);
        return f64x2.extract_lane(fastSumError(x, y, f64x2.add(x, y)), 0);
      }
      export function constantSum(): f64 { return twoSum(1, 1e-20); }
      export function quotient(n: f64, nl: f64, d: f64, dl: f64): f64 {
        return f64x2.extract_lane(divide(f64x2.splat(n), f64x2.splat(nl), f64x2.splat(d), f64x2.splat(dl)), 0);
      }
      ${scalars.join("\n")}`;
    let binary: Uint8Array | undefined;
    const { error, stderr } = await asc.main(
      ["assembly/math/probe.ts", "--target", "release", "--outFile", "probe.wasm", "--textFile", ""],
      {
        readFile: (name) => {
          if (name.endsWith("math/probe.ts")) return source;
          try {
            return readFileSync(name, "utf8");
          } catch {
            return null;
          }
        },
        writeFile: (name, contents) => {
          if (name.endsWith("probe.wasm")) binary = contents as Uint8Array;
        },
        listFiles: () => [],
      },
    );
    assert.equal(error, null, stderr.toString());
    const env = { memory: new WebAssembly.Memory({ initial: 4 }) };
    const { instance } = await WebAssembly.instantiate(binary! as Uint8Array<ArrayBuffer>, { env });
    probe = instance.exports as typeof probe;
  });

  it("error-free sums survive the optimizer", () => {
    assert.equal(probe.twoSum(1, 1e-20), 1e-20);
    assert.equal(probe.twoSum(1e-20, 1), 1e-20);
    assert.equal(probe.twoSum(1e16, 1.5), -0.5);
    assert.equal(probe.fastTwoSum(1, 1e-20), 1e-20);
    assert.equal(probe.constantSum(), 1e-20);
  });

  it("the quotient of two sums has the bits of the low parts", () => {
    assert.equal(probe.quotient(1, 0, 3, 0), 1 / 3);
    // (1 + 2^-60) / (1 + 2^-53) = 1 − 2^-53 + 2^-60 + …: rounded once.
    assert.equal(probe.quotient(1, 2 ** -60, 1, 2 ** -53), 1 - 2 ** -53);
    assert.equal(probe.quotient(3, 3 * 2 ** -54, 1, 2 ** -54), 3);
  });

  it("vector forms have the bits of the array kernels", () => {
    const x = [0.3, -1.7, 708.5, 1e-310, -0, 2e6, 5.25, -744, 1e300, NaN, Infinity];
    for (const name of unary) {
      same(
        x.map((value) => probe[`d${name}1`](value)),
        [...double(name, x)],
        `d${name}1`,
      );
      same(
        x.map((value) => probe[`s${name}1`](value)),
        [...single(name, x)],
        `s${name}1`,
      );
    }
    const y = x.map((_, i) => (i % 4) - 1.5);
    same(
      x.map((value, i) => probe.dpow1(value, y[i])),
      [...double("pow", x, y)],
      "dpow1",
    );
    same(
      x.map((value, i) => probe.spow1(value, y[i])),
      [...single("pow", x, y)],
      "spow1",
    );
  });
});
