import assert from "node:assert/strict";
import * as fc from "fast-check";
import { mean, median, signFlipTest, standardDeviation } from "../../src/cli/stats.js";

describe("statistics of compare", () => {
  it("mean and sample standard deviation", () => {
    assert.equal(mean([1, 2, 3, 6]), 3);
    // Squares about 5: 9 + 1 + 1 + 1 + 0 + 0 + 4 + 16 = 32, over 7.
    assert.equal(standardDeviation([2, 4, 4, 4, 5, 5, 7, 9]), Math.sqrt(32 / 7));
    assert.equal(standardDeviation([3]), 0);
  });

  it("the median is the upper one and leaves the list as it was", () => {
    const values = [10, 9, 1, 2];
    assert.equal(median(values), 9);
    assert.equal(median([100, 3, 20]), 20);
    assert.deepEqual(values, [10, 9, 1, 2]);
  });

  it("one-sided differences: only all plus and all minus are as extreme", () => {
    const { p, extreme, mean: centre, pairs } = signFlipTest([1, 2, 3, 4]);
    assert.deepEqual([p, extreme, centre, pairs], [2 / 16, 2, 2.5, 4]);
    assert.equal(signFlipTest([5, 1, 4, 1, 5, 9, 2, 6, 5, 3]).p, 2 / 1024);
  });

  it("mixed signs, counted by hand", () => {
    // Sums of ±3 ±2 ±1: 6 4 2 0 0 −2 −4 −6. Observed 3 + 2 − 1 = 4: |sum| ≥ 4 four times of eight.
    assert.equal(signFlipTest([3, 2, -1]).p, 4 / 8);
    // Fisher's plants (The Design of Experiments, table 3): p = 1726 / 32768.
    const darwin = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];
    assert.equal(signFlipTest(darwin).extreme, 1726);
    assert.equal(signFlipTest(darwin).p, 1726 / 32768);
  });

  it("ties and zeros count as equal, whatever the rounding", () => {
    // 0.1 + 0.2 ≠ 0.3 in doubles, but the sums are the same numbers.
    assert.equal(signFlipTest([0.1, 0.2, -0.3]).p, 1);
    assert.equal(signFlipTest([0, 0, 0]).p, 1);
    // With a zero both its signs count: ±1 ±0 → all four reach 1.
    assert.equal(signFlipTest([1, 0]).p, 1);
    assert.equal(signFlipTest([0.3, 0.3, 0.3, 0]).p, signFlipTest([0.3, 0.3, 0.3]).p);
  });

  it("agrees with plain enumeration, and does not depend on order, sign or scale", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 9 }), (differences) => {
        const observed = Math.abs(differences.reduce((sum, d) => sum + d, 0));
        let count = 0;
        for (let flips = 0; flips < 1 << differences.length; flips++) {
          const sum = differences.reduce((total, d, i) => total + (flips & (1 << i) ? -d : d), 0);
          if (Math.abs(sum) >= observed) count++;
        }
        const { extreme, p } = signFlipTest(differences);
        assert.equal(extreme, count);
        assert.equal(signFlipTest([...differences].reverse()).p, p);
        assert.equal(signFlipTest(differences.map((d) => -d / 1000)).p, p);
      }),
    );
  });

  it("refuses what it cannot enumerate", () => {
    assert.throws(() => signFlipTest([]), /1 to 24 pairs/);
    assert.throws(() => signFlipTest(new Array(25).fill(1)), /1 to 24 pairs/);
    assert.throws(() => signFlipTest([1, Number.NaN]), /finite/);
  });
});
