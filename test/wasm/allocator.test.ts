import assert from "node:assert/strict";
import fc from "fast-check";
import { OutOfMemoryError } from "../../src/errors.js";
import { blockBytes, BlockAllocator } from "../../src/wasm/allocator.js";

const PAGE = 65536;

function make(limitPages = 16, maximum = 65536) {
  const memory = new WebAssembly.Memory({ initial: 1, maximum });
  const seen: number[] = [];
  const allocator = new BlockAllocator(memory, 100, () => seen.push(memory.buffer.byteLength), limitPages * PAGE);
  return { memory, allocator, seen };
}

describe("wasm: block allocator", () => {
  it("rounds to whole blocks of 64 bytes, at least one", () => {
    assert.deepEqual([0, 1, 64, 65, 128].map(blockBytes), [64, 64, 64, 128, 128]);
  });

  it("starts above the heap base, aligned", () => {
    const { allocator } = make();
    assert.equal(allocator.allocate(64), 128);
    assert.equal(allocator.allocate(128), 192);
  });

  it("takes the best fit, splits it, and merges neighbours in every order of release", () => {
    const { allocator } = make();
    const [a, b, c, d, e] = [64, 192, 64, 128, 64].map((bytes) => allocator.allocate(bytes));
    allocator.release(b, 192);
    allocator.release(d, 128);
    assert.equal(allocator.allocate(128), d, "the smaller hole fits exactly");
    assert.equal(allocator.allocate(64), b, "the front of the larger hole");
    assert.equal(allocator.allocate(128), b + 64, "its rest");
    for (const order of [
      [b, c, d],
      [d, c, b],
      [c, b, d],
      [b, d, c],
    ]) {
      const sizes = new Map([
        [b, 192],
        [c, 64],
        [d, 128],
      ]);
      for (const ptr of order) allocator.release(ptr, sizes.get(ptr)!);
      assert.equal(allocator.allocate(384), b, `released in the order ${order}`);
      allocator.release(b, 384);
      assert.deepEqual(
        [192, 64, 128].map((bytes) => allocator.allocate(bytes)),
        [b, c, d],
      );
    }
    assert.ok(a < b && d < e);
  });

  it("lowers the top again when the last blocks are released", () => {
    const { allocator } = make();
    const first = allocator.allocate(64);
    const rest = [64, 128, 64].map((bytes) => allocator.allocate(bytes));
    [64, 128, 64].forEach((bytes, i) => allocator.release(rest[i], bytes));
    allocator.release(first, 64);
    assert.equal(allocator.allocate(3 * PAGE), first, "nothing is left behind");
  });

  it("grows when it must, by at least an eighth, and says so each time", () => {
    const { memory, allocator, seen } = make(1000);
    allocator.allocate(64);
    assert.deepEqual(seen, []);
    allocator.allocate(PAGE);
    assert.deepEqual(seen, [2 * PAGE]);
    allocator.allocate(100 * PAGE);
    const before = memory.buffer.byteLength;
    allocator.allocate(PAGE);
    assert.ok(memory.buffer.byteLength >= before + before / 8);
    assert.equal(seen.at(-1), memory.buffer.byteLength);
  });

  it("never hands out what lies beyond the limit, and an error leaves everything as it was", () => {
    const { memory, allocator } = make(4);
    const a = allocator.allocate(PAGE);
    new Uint8Array(memory.buffer).fill(7, a, a + PAGE);
    const size = memory.buffer.byteLength;
    assert.throws(
      () => allocator.allocate(4 * PAGE),
      (error: Error) => {
        assert.ok(error instanceof OutOfMemoryError);
        assert.equal(error.code, "OUT_OF_MEMORY");
        assert.equal(error.bytes, a + PAGE + 4 * PAGE - size, "what was missing");
        return true;
      },
    );
    assert.equal(memory.buffer.byteLength, size);
    assert.ok(new Uint8Array(memory.buffer, a, PAGE).every((byte) => byte === 7));
    assert.equal(allocator.allocate(64), a + PAGE, "the allocator goes on where it was");
    assert.throws(() => {
      for (;;) allocator.allocate(64);
    }, OutOfMemoryError);
    assert.ok(memory.buffer.byteLength <= 4 * PAGE);
  });

  it("grows by just enough when the memory refuses more, and fails when it refuses that", () => {
    const { memory, allocator } = make(1000, 10);
    allocator.allocate(9 * PAGE);
    assert.equal(memory.buffer.byteLength, 10 * PAGE);
    assert.throws(() => allocator.allocate(2 * PAGE), OutOfMemoryError);
  });

  it("hands out disjoint aligned ranges whatever the order of calls, and one hole in the end", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(20), fc.nat(40)), { maxLength: 120 }), (steps) => {
        const { allocator } = make();
        const live: { ptr: number; bytes: number }[] = [];
        for (const [blocks, victim] of steps) {
          if (victim < live.length) {
            const { ptr, bytes } = live.splice(victim, 1)[0];
            allocator.release(ptr, bytes);
          } else {
            const bytes = blockBytes(64 * blocks);
            live.push({ ptr: allocator.allocate(bytes), bytes });
          }
          const sorted = [...live].sort((x, y) => x.ptr - y.ptr);
          sorted.forEach(({ ptr, bytes }, i) => {
            assert.equal(ptr % 64, 0);
            if (i + 1 < sorted.length) assert.ok(ptr + bytes <= sorted[i + 1].ptr, "two ranges overlap");
          });
        }
        for (const { ptr, bytes } of live) allocator.release(ptr, bytes);
        assert.equal(allocator.allocate(8 * PAGE), 128);
      }),
      { numRuns: 150 },
    );
  });
});
