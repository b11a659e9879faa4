import assert from "node:assert/strict";
import { ArgumentError } from "../../src/errors.js";
import { checkSeed, philox, PhiloxStream, Purpose } from "../../src/data/philox.js";

const words = (text: string): Uint32Array => Uint32Array.from(text.split(" "), (word) => parseInt(word, 16));

describe("data: Philox4x32-10", () => {
  // kat_vectors of Random123 (D. E. Shaw Research).
  const known: [string, string, string][] = [
    ["00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"],
    ["ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"],
    ["243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"],
  ];
  for (const [counter, key, expected] of known) {
    it(`gives the published words for counter ${counter.slice(0, 8)}…`, () => {
      const out = new Uint32Array(4);
      const given = words(counter);
      philox(given, words(key), out);
      assert.deepEqual(out, words(expected));
      assert.deepEqual(given, words(counter));
    });
  }

  it("takes key and counter of a stream from seed, purpose, a and b", () => {
    const seed = 2 ** 52 + 123456789;
    const stream = new PhiloxStream(seed, Purpose.split, 7, 9);
    const drawn = Array.from({ length: 8 }, () => stream.next());
    const expected = [0, 1].flatMap((block) => {
      const out = new Uint32Array(4);
      const key = Uint32Array.of(Number(BigInt(seed) & 0xffffffffn), Number(BigInt(seed) >> 32n));
      philox(Uint32Array.of(block, 7, 9, Purpose.split), key, out);
      return [...out];
    });
    assert.deepEqual(drawn, expected);
  });

  it("draws integers below n as the 64-bit product says, without bias", () => {
    const [stream, twin] = [new PhiloxStream(3, Purpose.order), new PhiloxStream(3, Purpose.order)];
    const n = 3_000_000_000; // most words of the lower part are rejected
    for (let i = 0; i < 1000; i++) {
      const found = stream.below(n);
      let product: bigint;
      do product = BigInt(twin.next()) * BigInt(n);
      while ((product & 0xffffffffn) < BigInt(2 ** 32 % n));
      assert.equal(found, Number(product >> 32n));
    }
    const counts = new Array<number>(6).fill(0);
    for (let i = 0; i < 60000; i++) counts[stream.below(6)]!++;
    for (const count of counts) assert.ok(Math.abs(count - 10000) < 400, `counts ${counts.join(" ")}`);
  });

  it("shuffles: every order of three turns up about equally often", () => {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 6000; seed++) {
      const items = Int32Array.of(0, 1, 2);
      new PhiloxStream(seed, Purpose.order).shuffle(items);
      counts.set(items.join(), (counts.get(items.join()) ?? 0) + 1);
    }
    assert.equal(counts.size, 6);
    for (const count of counts.values()) assert.ok(Math.abs(count - 1000) < 150, `${[...counts]}`);
  });

  it("refuses seeds that are none", () => {
    for (const seed of [-1, 0.5, NaN, 2 ** 53, "1", undefined])
      assert.throws(() => checkSeed("test", seed), ArgumentError);
    for (const seed of [0, 2 ** 53 - 1]) checkSeed("test", seed);
  });
});
