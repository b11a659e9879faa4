/** Second divided differences, read off the kernel that contracts them, against 160-digit arithmetic. */
import assert from "node:assert/strict";
import { readText } from "../support/host.js";
import { rawKernels } from "../support/kernels.js";

const raw = rawKernels();
const CODES: Record<string, number> = { log: 0, exp: 1, sqrt: 2, invsqrt: 3, inv: 4, pow: 5 };
/** Function, exponent, a ≤ b ≤ c, f[a, b, c]. */
type Row = [name: string, p: number, a: number, b: number, c: number, value: number];
const ROWS: Row[] = JSON.parse(readText("test/fixtures/second-differences.json"));

/** With G = e₀e₁ᵀ + e₁e₀ᵀ and H = e₁e₂ᵀ + e₂e₁ᵀ, T₀₂ is f[w₀, w₁, w₂] itself. */
function contracted(fn: number, p: number, w: number[]): { info: number; T: number[] } {
  raw.reset();
  const put = (values: number[]): number => raw.put(Float64Array.from(values));
  const [pw, pg, ph] = [put(w), put([0, 1, 0, 1, 0, 0, 0, 0, 0]), put([0, 0, 0, 0, 0, 1, 0, 1, 0])];
  const pt = put(new Array(9).fill(7));
  const work = raw.alloc(raw.k.dspectral_second_work(3));
  const info = raw.k.dspectral_second(fn, p, 3, 1, pw, pg, ph, pt, work);
  return { info, T: [...raw.f64(pt, 9)] };
}

describe("spectral_second", () => {
  for (const name of Object.keys(CODES)) {
    it(`${name}: f[a, b, c] keeps all but four bits at every gap`, () => {
      const rows = ROWS.filter((row) => row[0] === name);
      assert.ok(rows.length > 50);
      for (const [, p, a, b, c, value] of rows) {
        const { info, T } = contracted(CODES[name]!, p, [a, b, c]);
        assert.equal(info, 0);
        const error = Math.abs(T[2]! - value) / Math.max(Math.abs(value), Number.MIN_VALUE);
        assert.ok(error <= 12 * 2 ** -52, `${name} p=${p} [${a}, ${b}, ${c}]: ${T[2]}, not ${value}`);
        assert.equal(T[6], T[2], "symmetric");
      }
    });
  }

  it("is exactly 0 for linear powers, and says where f″ is infinite", () => {
    for (const p of [0, 1]) assert.deepEqual(contracted(5, p, [-1, 0, 2]).T, new Array(9).fill(0));
    for (const fn of [0, 2, 3]) {
      const { info, T } = contracted(fn, 0, [0, 1, 2]);
      assert.equal(info, 1);
      assert.ok(T.every(Number.isNaN));
    }
    assert.equal(contracted(5, 1.5, [0, 1, 2]).info, 1);
    assert.equal(contracted(5, 2.5, [0, 1, 2]).info, 0);
  });
});
