import assert from "node:assert/strict";
import fc from "fast-check";
import * as mp from "../../src/index.js";
import { Sha256 } from "../../src/tensor/sha256.js";
import { readText } from "../support/host.js";

mp.initSync();

/** SHA-256 by the host's own cryptography. */
async function reference(...parts: (string | Uint8Array)[]): Promise<string> {
  const encoder = new TextEncoder();
  const bytes = parts.flatMap((part) => [...(typeof part === "string" ? encoder.encode(part) : part)]);
  const digest = await crypto.subtle.digest("SHA-256", Uint8Array.from(bytes));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

describe("tensor: hash", () => {
  const vectors: [mp.Tensor<mp.DType> | Record<string, mp.Tensor<mp.DType>>, string][] = [
    [mp.tensor([1, 2, 3]), "55673d3777c9ba1f0b6741c6015e39e916c2f94a3352a519fc278b14cf362ca8"],
    [
      mp.tensor(
        [
          [0, -0],
          [NaN, Infinity],
        ],
        { dtype: "float64" },
      ),
      "3e4fceac827f36d1897c752184132b533fdb7040395c796f3fea2188b26f55b7",
    ],
    [mp.tensor(new Int32Array([])), "bffdf2445d953812eb896fa8961614826fc4a0094887c537190db762bebe0ae2"],
    [
      { b: mp.tensor([1]), a: mp.tensor([true, false], { dtype: "bool" }) },
      "84042e5f7f8789048044c75e7a3f3d78609c454b7b8c69f38db8463892b87671",
    ],
  ];

  it("gives the frozen test vectors, which the documentation lists", () => {
    const page = readText("docs/determinism.md");
    for (const [x, digest] of vectors) {
      assert.equal(mp.hash(x), digest);
      assert.ok(page.includes(digest), `docs/determinism.md lacks ${digest}`);
    }
  });

  it("is the SHA-256 of the documented bytes", async () => {
    assert.equal(
      mp.hash(mp.tensor(new Int32Array([1, -2, 3]), { shape: [3, 1] })),
      await reference("int32[3,1]\n", new Uint8Array(new Int32Array([1, -2, 3]).buffer)),
    );
    assert.equal(mp.hash(mp.tensor(new Uint8Array([7]))), await reference("uint8[1]\n", new Uint8Array([7])));
    assert.equal(mp.hash(mp.tensor(2)), await reference("float32[]\n", new Uint8Array(new Float32Array([2]).buffer)));
    const record = {
      ä: mp.tensor(new Uint8Array([1])),
      Z: mp.tensor(new Uint8Array([2])),
      a: mp.tensor(new Uint8Array([3])),
    };
    const part = (name: string, byte: number): (string | Uint8Array)[] => [
      `${name}\nuint8[1]\n`,
      new Uint8Array([byte]),
    ];
    assert.equal(mp.hash(record), await reference(...part("Z", 2), ...part("a", 3), ...part("ä", 1)));
    assert.equal(mp.hash({}), await reference(""));
  });

  it("sees dtype, shape, every bit and −0, but not the payload of a NaN nor the order of a record", () => {
    const base = mp.hash(mp.tensor([1, 2, 3, 4]));
    assert.notEqual(mp.hash(mp.tensor([1, 2, 3, 4], { shape: [2, 2] })), base);
    assert.notEqual(mp.hash(mp.tensor([1, 2, 3, 4], { dtype: "float64" })), base);
    assert.notEqual(mp.hash(mp.tensor([1, 2, 3, 4 + 2 ** -21])), base);
    assert.notEqual(mp.hash(mp.tensor([0])), mp.hash(mp.tensor([-0])));
    const nan32 = new Float32Array(new Uint32Array([0xffc12345, 0x7f800001]).buffer);
    assert.equal(mp.hash(mp.tensor(nan32)), mp.hash(mp.tensor([NaN, NaN])));
    const nan64 = new Float64Array(new BigUint64Array([0xfff0000000000001n]).buffer);
    assert.equal(mp.hash(mp.tensor(nan64)), mp.hash(mp.tensor([NaN], { dtype: "float64" })));
    const [a, b] = [mp.tensor([1]), mp.tensor([2])];
    assert.equal(mp.hash({ a, b }), mp.hash({ b, a }));
    assert.notEqual(mp.hash({ a, b }), mp.hash({ a: b, b: a }));
  });

  it("hashes views, arenas and residents alike, and changes nothing", () => {
    const x = mp.arange(6);
    assert.equal(mp.hash(x.slice("2:5")), mp.hash(mp.tensor([2, 3, 4])));
    assert.equal(
      mp.scope(() => mp.hash(x.add(0))),
      mp.hash(x),
    );
    assert.deepEqual(x.toArray(), [0, 1, 2, 3, 4, 5]);
    assert.throws(() => mp.hash({ a: [1] as any }), { name: "DtypeError", message: 'hash: "a" is no tensor' });
  });

  it("SHA-256 agrees with the host's for every length around a block, however it is fed", async () => {
    for (const n of [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 1000]) {
      const bytes = Uint8Array.from({ length: n }, (_, i) => (i * 167 + 13) & 255);
      assert.equal(new Sha256().update(bytes).hex(), await reference(bytes), `${n} bytes`);
    }
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 150 }), { maxLength: 6 }), async (parts) => {
        const sha = new Sha256();
        for (const part of parts) sha.update(part);
        assert.equal(sha.hex(), await reference(...parts));
      }),
    );
  });
});
