import assert from "node:assert/strict";
import * as fc from "fast-check";
import { ArgumentError } from "../../src/errors.js";
import { schedules } from "../../src/optim/index.js";
import "./support.js";

const { constant, cosine, oneCycle, step, warmup } = schedules;

/** cos(π·a/b) from the closed forms (√3/2, (1+√5)/4, …) in high precision, rounded to double. */
const COSINES: [number, number, number][] = [
  [0, 1, 1],
  [1, 12, 0.9659258262890683],
  [1, 6, 0.8660254037844386],
  [1, 5, 0.8090169943749475],
  [1, 4, 0.7071067811865476],
  [1, 3, 0.5],
  [2, 5, 0.30901699437494745],
  [1, 2, 0],
  [3, 5, -0.30901699437494745],
  [3, 4, -0.7071067811865476],
  [5, 6, -0.8660254037844386],
  [1, 1, -1],
];

function close(actual: number, expected: number, scale: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= 5e-16 * scale, `${what}: ${actual}, expected ${expected}`);
}

describe("optim.schedules", () => {
  it("constant", () => {
    assert.equal(constant(0.3)(0), 0.3);
    assert.equal(constant(0.3)(1e9), 0.3);
  });

  it("step: lr · gammaᵏ", () => {
    const rate = step({ lr: 3, every: 4, gamma: 0.5 });
    assert.deepEqual([0, 3, 4, 7, 8, 400].map(rate), [3, 3, 1.5, 1.5, 0.75, 3 * 2 ** -100]);
    close(step({ lr: 1, every: 1 })(3), 1e-3, 1e-3, "default gamma");
  });

  it("cosine: at every angle with a closed form", () => {
    for (const [a, b, c] of COSINES) {
      close(cosine({ lr: 0.4, steps: 60 })((60 * a) / b), 0.2 * (1 + c), 0.4, `cos(${a}π/${b})`);
      const shifted = 0.125 + 0.4375 * (1 + c);
      close(cosine({ lr: 1, min: 0.125, steps: 120 })((120 * a) / b), shifted, 1, `min, cos(${a}π/${b})`);
    }
    const rate = cosine({ lr: 0.4, steps: 60, min: 0.1 });
    assert.deepEqual([rate(0), rate(60), rate(61), rate(1e6)], [0.4, 0.1, 0.1, 0.1]);
  });

  it("warmup: a line from near 0, then the other schedule from its start", () => {
    const rate = warmup({ steps: 3, after: step({ lr: 0.5, every: 2, gamma: 0.5 }) });
    assert.deepEqual([0, 1, 2, 3, 4, 5].map(rate), [0.125, 0.25, 0.375, 0.5, 0.5, 0.25]);
    assert.equal(warmup({ steps: 0, after: constant(2) })(0), 2);
  });

  it("oneCycle: as torch's OneCycleLR", () => {
    // rise · steps − 1 = 12 steps up; the fall takes the remaining 37.
    const rate = oneCycle({ lr: 1, steps: 50, rise: 0.26, startFactor: 16, endFactor: 1024 });
    const [start, end] = [1 / 16, 1 / 16384];
    for (const [a, b, c] of COSINES) {
      if (12 % b === 0) close(rate((12 * a) / b), 1 + (start - 1) * 0.5 * (1 + c), 1, `rise, cos(${a}π/${b})`);
    }
    assert.deepEqual([rate(0), rate(12), rate(49), rate(50), rate(1000)], [start, 1, end, end, end]);
    // 11 steps up, 28 down.
    const other = oneCycle({ lr: 0.1, steps: 40 });
    for (const [a, b, c] of COSINES) {
      if (28 % b === 0)
        close(other(11 + (28 * a) / b), 4e-7 + (0.1 - 4e-7) * 0.5 * (1 + c), 0.1, `fall, cos(${a}π/${b})`);
    }
    close(other(0), 0.004, 0.004, "default start");
    close(other(39), 4e-7, 4e-7, "default end");
    assert.equal(oneCycle({ lr: 1, steps: 2, rise: 0 })(0), 1);
  });

  it("stays between its bounds and moves one way in each phase", () => {
    const positive = fc.double({ min: 1e-6, max: 10, noNaN: true });
    fc.assert(
      fc.property(
        positive,
        fc.integer({ min: 2, max: 300 }),
        fc.double({ min: 0, max: 0.9, noNaN: true }),
        (lr, steps, rise) => {
          const fall = Array.from({ length: steps + 2 }, (_, i) => cosine({ lr, steps, min: lr / 8 })(i));
          fall.forEach((x, i) => assert.ok(x >= lr / 8 && x <= lr && (i === 0 || x <= fall[i - 1]!)));
          const cycle = Array.from({ length: steps }, (_, i) => oneCycle({ lr, steps, rise })(i));
          const top = Math.max(0, rise * steps - 1);
          cycle.forEach((x, i) => {
            assert.ok(x > 0 && x <= lr);
            if (i > 0 && i <= top) assert.ok(x >= cycle[i - 1]!);
            if (i > top + 1) assert.ok(x <= cycle[i - 1]!);
          });
          assert.equal(cycle.at(-1), lr / 25 / 1e4);
        },
      ),
      { seed: 5, numRuns: 60 },
    );
  });

  it("refuses options and steps that make no sense", () => {
    const refused: [() => unknown, RegExp][] = [
      [() => constant(-1), /schedules.constant: lr must be/],
      [() => step({ lr: 1, every: 0 }), /schedules.step: every must be an integer ≥ 1, got 0/],
      [() => step({ lr: 1, every: 2, gamma: NaN }), /gamma must be/],
      [() => cosine({ lr: 1, steps: 1.5 }), /schedules.cosine: steps must be an integer ≥ 1, got 1.5/],
      [() => cosine({ lr: 1, steps: 5, min: 2 }), /min must be a number ≥ 0 and ≤ 1, got 2/],
      [() => warmup({ steps: -1, after: constant(1) }), /schedules.warmup: steps/],
      [() => warmup({ steps: 1, after: 3 as never }), /after must be a schedule/],
      [() => oneCycle({ lr: 1, steps: 1 }), /schedules.oneCycle: steps must be an integer ≥ 2/],
      [() => oneCycle({ lr: 1, steps: 10, rise: 1 }), /rise must be/],
      [() => cosine({ lr: 1, steps: 5 })(-1), /the step must be an integer ≥ 0, got -1/],
      [() => step({ lr: 1, every: 2 })(0.5), /the step must be/],
      [() => warmup({ steps: 2, after: constant(1) })(NaN), /the step must be/],
    ];
    for (const [run, message] of refused) {
      assert.throws(run, (error: unknown) => error instanceof ArgumentError && message.test(error.message));
    }
  });
});
