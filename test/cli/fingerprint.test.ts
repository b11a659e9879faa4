import assert from "node:assert/strict";
import { fingerprint } from "../../src/cli/fingerprint/fingerprint.js";
import { LAYERS, runLayer } from "../../src/cli/fingerprint/layers.js";
import { evaluate } from "../../src/cli/fingerprint/expression.js";
import { KERNEL_ROWS } from "../../src/cli/fingerprint/kernels.js";
import { casesOf, runCase } from "../../src/cli/fingerprint/run.js";
import { initSync, nn } from "../../src/index.js";
import { wasm } from "../../src/wasm/runtime.js";

describe("fingerprint of the kernels", () => {
  before(() => initSync());
  const cases = casesOf(KERNEL_ROWS);

  it("has a row for every export of the binary, and none for others", () => {
    const exported = Object.keys(wasm.kernels).sort();
    const listed = [...new Set(cases.map(({ name }) => name))].sort();
    const missing = exported.filter((name) => !listed.includes(name));
    const unknown = listed.filter((name) => !exported.includes(name));
    assert.deepEqual({ missing, unknown }, { missing: [], unknown: [] }, "see src/cli/fingerprint/kernels.ts");
  });

  it("runs each twice to the same hash, and to another with another seed where it has inputs", () => {
    for (const item of cases) {
      const first = runCase(item, 1);
      assert.match(first, /^[0-9a-f]{64}$/);
      assert.equal(runCase(item, 1), first, item.name);
      // Input arrays begin with the name of a fill: `x[n]`, `+p:f32[n]`.
      const drawn = /(^| )\+?[a-z]+(:\w+)?\[/.test(item.signature);
      assert.equal(runCase(item, 2) !== first, drawn || /seed0/.test(item.signature), `${item.name} ${item.signature}`);
    }
  });

  it("gives all its memory back", () => {
    const before = wasm.allocator.allocate(64);
    wasm.allocator.release(before, 64);
    for (const item of cases.slice(0, 40)) runCase(item, 1);
    const after = wasm.allocator.allocate(64);
    wasm.allocator.release(after, 64);
    assert.equal(after, before);
  });

  it("refuses a row whose number of arguments is not the kernel's", () => {
    assert.throws(() => runCase({ name: "sexp", letter: "s", signature: "n=3 x[n]" }, 1), /takes 3 arguments/);
    assert.throws(() => runCase({ name: "sexp", letter: "s", signature: "n=3 x[n] >[k]" }, 1), /"k" has no value/);
  });

  it("evaluates sizes", () => {
    const meaning = {
      value: (name: string) => ({ m: 3, n: 4 })[name]!,
      call: (name: string, args: readonly number[]) => (name === "*f" ? args.reduce((a, b) => a + b, 100) : 0),
    };
    const cases: [string, number][] = [
      ["7", 7],
      ["1e-3", 0.001],
      ["-1.5", -1.5],
      ["m*n", 12],
      ["n*(n+1)/2", 10],
      ["2-m-n", -5],
      ["*f(m,n*2)/2", 55.5],
      ["2*m*n", 24],
    ];
    for (const [text, value] of cases) assert.equal(evaluate(text, meaning), value, text);
    for (const text of ["", "m+", "(m", "m n", "m$", "*f(m"]) {
      assert.throws(() => evaluate(text, meaning), SyntaxError, text);
    }
  });
});

describe("fingerprint of layers and training", () => {
  before(() => initSync());

  it("has every layer of nn", () => {
    const covered = Object.keys(LAYERS).map((name) => name.split(",")[0]!);
    const layers = Object.entries(nn)
      .filter(([, item]) => typeof item === "function" && item.prototype instanceof nn.Module)
      .map(([name]) => name);
    const missing = layers.filter((name) => !covered.includes(name) && name !== "Sequential");
    assert.ok(layers.length > 20);
    assert.deepEqual(missing, [], "see src/cli/fingerprint/layers.ts");
  });

  it("gives every layer the same hash twice, and another with another seed", () => {
    for (const name of Object.keys(LAYERS)) {
      const first = runLayer(name, 1);
      assert.equal(runLayer(name, 1), first, name);
      assert.notEqual(runLayer(name, 2), first, name);
    }
  });

  it("is repeatable as a whole, depends on the seed, and names every part", async () => {
    const first = await fingerprint(1);
    const again = await fingerprint(1);
    const other = await fingerprint(2);
    assert.deepEqual(again, first);
    assert.notEqual(other.sha256, first.sha256);
    assert.notEqual(other.parts.training, first.parts.training);
    assert.deepEqual(Object.keys(other.parts), Object.keys(first.parts));
    for (const name of Object.keys(wasm.kernels)) assert.ok(`kernel ${name}` in first.parts, name);
  });
});
