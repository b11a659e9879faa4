import assert from "node:assert/strict";
import * as mp from "../../src/index.js";
import { watchRejections } from "../support/host.js";

mp.initSync();

const { scope, tensor, ScopeEndedError } = mp;
/** What lives in arenas now. */
const arena = (): number => mp.memoryStats().arena;
/** A tensor computed here and now, so that it lives in the arena of the current scope. */
const made = (value = 1): mp.Tensor<"float32"> => mp.full([4], value).add(0);

describe("tensor: scopes", () => {
  it("tensors made inside die at its end, whichever way they are used", () => {
    let dead!: mp.Tensor<"float32">;
    scope(() => {
      dead = made();
      assert.ok(arena() > 0);
      assert.deepEqual(dead.toArray(), [1, 1, 1, 1]);
    });
    assert.equal(arena(), 0);
    const uses: [string, () => unknown][] = [
      ["data", () => dead.data()],
      ["data", () => dead.toArray()],
      ["item", () => dead.slice("0").item()],
      ["add", () => dead.add(1)],
      ["sum", () => dead.sum()],
      ["matmul", () => dead.matmul(dead)],
      ["concat", () => mp.concat([dead, dead])],
      ["eq", () => dead.eq(1)],
      ["data", () => mp.hash(dead)],
      ["data", () => mp.allclose(dead, dead)],
    ];
    for (const [op, use] of uses)
      assert.throws(use, {
        name: "ScopeEndedError",
        code: "SCOPE_ENDED",
        message: new RegExp(`^${op}: this tensor's scope has ended`),
      });
    assert.throws(() => scope(() => dead.add(1)), ScopeEndedError, "a later scope reuses the memory, but is another");
  });

  it("what it returns lives on outside every scope: a tensor, arrays, records, maps, nested", () => {
    const one = scope(() => made(1));
    assert.deepEqual(one.toArray(), [1, 1, 1, 1]);
    const all = scope(() => ({
      list: [made(2), [made(3)]] as const,
      map: new Map([["a", made(4)]]),
      record: { deep: { deeper: made(5) }, text: "x", none: null, number: 1 },
      bare: Object.assign(Object.create(null), { x: made(6) }) as { x: mp.Tensor },
    }));
    scope(() => void Array.from({ length: 50 }, () => made(99)));
    const read = [all.list[0], all.list[1][0], all.map.get("a")!, all.record.deep.deeper, all.bare.x].map(
      (x) => x.data()[0],
    );
    assert.deepEqual(read, [2, 3, 4, 5, 6]);
    assert.equal(all.record.text, "x");
    assert.equal(arena(), 0);
    assert.deepEqual(one.add(all.list[0]).toArray(), [3, 3, 3, 3], "and computes on");
  });

  it("a structure that holds itself is walked once; other objects are not looked into", () => {
    const result = scope(() => {
      const ring: Record<string, unknown> = { x: made(7) };
      ring.self = ring;
      class Holder {
        x = made(8);
      }
      return { ring, holder: new Holder() };
    });
    assert.equal((result.ring.x as mp.Tensor).data()[0], 7);
    assert.throws(() => result.holder.x.data(), ScopeEndedError);
  });

  it("nests like calls: results move one level up", () => {
    scope(() => {
      const before = arena();
      let lost!: mp.Tensor;
      const kept = scope(() => {
        lost = made(1);
        return scope(() => scope(() => made(3)).mul(2)).add(1);
      });
      assert.deepEqual(kept.toArray(), [7, 7, 7, 7]);
      assert.throws(() => lost.data(), ScopeEndedError);
      assert.equal(arena(), before + 64, "one block of 64 bytes is left");
    });
    assert.equal(arena(), 0);
  });

  it("an inner scope may use outer tensors, and return them unharmed", () => {
    scope(() => {
      const outer = made(5);
      const same = scope(() => outer);
      assert.equal(same, outer);
      assert.deepEqual(scope(() => outer.add(1)).toArray(), [6, 6, 6, 6]);
      assert.deepEqual(outer.toArray(), [5, 5, 5, 5]);
    });
    const global = tensor([1, 2]);
    assert.equal(
      scope(() => global),
      global,
    );
    assert.deepEqual(scope(() => scope(() => global.mul(2)).add(global)).toArray(), [3, 6]);
  });

  it("views share storage, and one survivor takes the storage along", () => {
    const views = scope(() => {
      const x = mp.arange(6).add(0);
      return [x.reshape(2, 3), x.slice("3:6")];
    });
    assert.equal(views[0]._storage, views[1]._storage);
    assert.deepEqual(views[0].toArray(), [
      [0, 1, 2],
      [3, 4, 5],
    ]);
    assert.deepEqual(views[1].toArray(), [3, 4, 5]);
    let base!: mp.Tensor;
    const view = scope(() => (base = mp.arange(6).add(0)).slice("4:6"));
    assert.deepEqual(view.toArray(), [4, 5]);
    assert.deepEqual(base.toArray(), [0, 1, 2, 3, 4, 5], "the handle of the base lives with it");
    assert.deepEqual(view.add(1).toArray(), [5, 6]);
  });

  it("an exception ends the scope and passes through", () => {
    let dead!: mp.Tensor;
    assert.throws(
      () =>
        scope(() => {
          dead = made();
          scope(() => {
            made();
            throw new RangeError("mine");
          });
        }),
      { name: "RangeError", message: "mine" },
    );
    assert.equal(arena(), 0);
    assert.throws(() => dead.data(), ScopeEndedError);
    assert.deepEqual(scope(() => made(2)).toArray(), [2, 2, 2, 2]);
  });

  it("promises and generators are TypeErrors, also a rejected one, and the scope still ends", async () => {
    const unhandled = watchRejections();
    for (const callback of [
      async () => made(),
      async () => {
        throw new Error("inside");
      },
      () => Promise.resolve(1),
      // oxlint-disable-next-line unicorn/no-thenable -- the case is what looks like a promise
      () => ({ then: () => undefined }),
    ]) {
      assert.throws(() => scope(callback as () => unknown), {
        name: "TypeError",
        message: /^scope: the callback returned a promise; await outside/,
      });
    }
    assert.throws(
      () =>
        scope(function* () {
          yield made();
        } as () => unknown),
      { name: "TypeError", message: /^scope: the callback returned a generator/ },
    );
    assert.throws(
      () =>
        scope(async function* () {
          yield 1;
        } as () => unknown),
      TypeError,
    );
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(unhandled(), []);
    assert.equal(arena(), 0);
    assert.equal(
      scope(() => 3),
      3,
    );
    assert.equal(
      scope(() => undefined),
      undefined,
    );
    assert.equal(
      scope(() => null),
      null,
    );
  });

  it("outside any scope nothing is left in arenas, and tensors need no disposing", () => {
    const x = tensor([1, 2, 3]);
    const y = x.mul(2).add(x).sum();
    assert.equal(y.item(), 18);
    assert.equal(arena(), 0);
    assert.equal(y._storage.scope, null);
  });

  it("memory is used again by the next scope, and total does not grow", () => {
    const big = (): number =>
      scope(() =>
        mp
          .full([1 << 18], 1)
          .add(1)
          .sum()
          .item(),
      );
    big();
    const { total } = mp.memoryStats();
    for (let i = 0; i < 50; i++) assert.equal(big(), 2 << 18);
    assert.equal(mp.memoryStats().total, total);
  });

  it("memoryStats and resetMemoryPeak count blocks", () => {
    mp.resetMemoryPeak();
    const { resident, peak } = mp.memoryStats();
    assert.equal(peak, resident);
    scope(() => {
      mp.full([1000], 1).add(1);
      assert.equal(arena(), 2 * 4032, "1000 float32 are 63 blocks of 64 bytes");
      scope(() => void made());
      assert.equal(arena(), 2 * 4032);
    });
    assert.equal(mp.memoryStats().peak, resident + 2 * 4032 + 128);
    assert.equal(mp.resetMemoryPeak(), 2 * 4032 + 128);
    assert.equal(mp.memoryStats().peak, resident);
  });

  it("an error when memory is full leaves the scope, what is alive and the library usable", () => {
    const survivor = made(5);
    assert.throws(
      () =>
        scope(() => {
          made();
          // 4 GiB in one piece, which no WebAssembly memory can give.
          return mp
            .zeros([2 ** 29], { dtype: "float64" })
            .sum()
            .item();
        }),
      { name: "OutOfMemoryError", code: "OUT_OF_MEMORY" },
    );
    assert.equal(arena(), 0);
    assert.deepEqual(survivor.add(1).toArray(), [6, 6, 6, 6]);
    assert.deepEqual(scope(() => made(2)).toArray(), [2, 2, 2, 2]);
  });
});
