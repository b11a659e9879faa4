/** Connected regions and the joining of small ones, on maps whose answer can be read off. */
import assert from "node:assert/strict";
import { ArgumentError, init, random, segmentation, ShapeError, tensor, type Tensor } from "../../src/index.js";

const { connectedComponents, mergeSmallRegions } = segmentation;

const map = (...rows: string[]): Tensor<"int32"> =>
  tensor(Int32Array.from(rows.join(""), Number), { shape: [rows.length, rows[0]!.length] });
const rows = (x: Tensor<"int32">): string[] => (x.toArray() as number[][]).map((row) => row.join(""));

describe("segmentation.connectedComponents", () => {
  before(() => init());

  it("numbers regions by their first pixel, along edges or at corners too", () => {
    const labels = map("5500", "0055", "5055");
    assert.deepEqual(rows(connectedComponents(labels)), ["0011", "2233", "4233"]);
    assert.deepEqual(rows(connectedComponents(labels, { connectivity: 8 })), ["0011", "1100", "2100"]);
    assert.deepEqual(rows(connectedComponents(map("1011", "1101", "0111"))), ["0100", "0020", "3000"]);
    assert.deepEqual(rows(connectedComponents(map("7"))), ["0"]);
  });

  it("a spiral is one region", () => {
    assert.deepEqual(rows(connectedComponents(map("11111", "00001", "11101", "10001", "11111"))), [
      "00000",
      "11110",
      "00010",
      "01110",
      "00000",
    ]);
  });

  it("refuses what is no label map", () => {
    assert.throws(() => connectedComponents(map("12"), { connectivity: 6 as never }), ArgumentError);
    assert.throws(() => connectedComponents(tensor(new Int32Array(3))), ShapeError);
    assert.throws(() => connectedComponents(tensor(new Int32Array([-1]), { shape: [1, 1] })), ArgumentError);
  });
});

describe("segmentation.mergeSmallRegions", () => {
  it("joins small regions with the longest border, smallest first, and numbers afresh", () => {
    // The 3 touches the 1 to its left and above, the 2 to its right and below: a tie, and the 1 comes first; then three sides are 2.
    assert.deepEqual(rows(mergeSmallRegions(map("1112", "1132", "1122"), 2)), ["0001", "0001", "0011"]);
    assert.deepEqual(rows(mergeSmallRegions(map("1222", "1322", "2222"), 2)), ["0111", "0111", "1111"]);
    assert.deepEqual(rows(mergeSmallRegions(map("111222"), 4)), ["000000"]);
    assert.deepEqual(rows(mergeSmallRegions(map("112"), 0)), ["001"]);
    assert.deepEqual(rows(mergeSmallRegions(map("112"), 100)), ["000"]);
  });

  it("what is left has at least the size asked for, and larger regions only grow", () => {
    for (let seed = 0; seed < 5; seed++) {
      const noise = random.uniform([20, 30], { seed }).mul(4).astype("int32") as Tensor<"int32">;
      for (const minSize of [1, 3, 20]) {
        const merged = mergeSmallRegions(noise, minSize).data();
        const sizes = new Map<number, number>();
        for (const label of merged) sizes.set(label, (sizes.get(label) ?? 0) + 1);
        assert.ok(Math.min(...sizes.values()) >= minSize);
        const parts = connectedComponents(noise).data();
        const whole = new Map<number, number>();
        parts.forEach((part, i) => {
          assert.equal(whole.get(part) ?? merged[i], merged[i], "a region was torn apart");
          whole.set(part, merged[i]!);
        });
      }
    }
    assert.throws(() => mergeSmallRegions(map("12"), -1), ArgumentError);
    assert.throws(() => mergeSmallRegions(map("12"), 1.5), ArgumentError);
  });
});
