import type { DType } from "../../src/tensor/dtype.js";
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { ArgumentError, DtypeError } from "../../src/errors.js";
import { decodeSafetensors, encodeSafetensors } from "../../src/io/safetensors.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { anyTensor, bits, entry, headerOf, safetensorsFile } from "./support.js";

const names = fc.string({ unit: "grapheme", maxLength: 12 }).filter((s) => s !== "__proto__" && s !== "__metadata__");

describe("io: safetensors", () => {
  it("gives back every bit", () => {
    fc.assert(
      fc.property(
        fc.dictionary(names, anyTensor, { maxKeys: 6 }),
        fc.dictionary(names, fc.string({ unit: "grapheme" })),
        (tensors, metadata) => {
          const plain = { ...tensors };
          const notes = { ...metadata };
          const found = decodeSafetensors(encodeSafetensors(plain, notes));
          assert.deepEqual({ ...found.metadata }, notes);
          assert.deepEqual(Object.keys(found.tensors).sort(), Object.keys(plain).sort());
          for (const name of Object.keys(plain)) assert.deepEqual(bits(found.tensors[name]!), bits(plain[name]!));
        },
      ),
    );
  });

  it("writes the layout of the specification, larger elements first, then by name", () => {
    const file = encodeSafetensors(
      {
        z: tensor([1.5]),
        a: tensor([2.5]),
        flag: tensor([true, false], { dtype: "bool" }),
        d: tensor(1, { dtype: "float64" }),
      },
      { note: "x", author: "y" },
    );
    assert.equal(
      headerOf(file).trimEnd(),
      '{"__metadata__":{"author":"y","note":"x"},"d":{"dtype":"F64","shape":[],"data_offsets":[0,8]},' +
        '"a":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},"z":{"dtype":"F32","shape":[1],"data_offsets":[12,16]},' +
        '"flag":{"dtype":"BOOL","shape":[2],"data_offsets":[16,18]}}',
    );
    assert.equal(headerOf(file).length % 8, 0);
    assert.deepEqual([...file.slice(-10)], [0, 0, 0x20, 0x40, 0, 0, 0xc0, 0x3f, 1, 0]);
  });

  it("writes equal bytes whatever the order of the record, and aligns every tensor", () => {
    fc.assert(
      fc.property(fc.dictionary(names, anyTensor, { maxKeys: 6 }), (tensors) => {
        const file = encodeSafetensors(tensors);
        assert.deepEqual(encodeSafetensors(Object.fromEntries(Object.entries(tensors).reverse())), file);
        const start = 8 + new DataView(file.buffer).getUint32(0, true);
        assert.equal(start % 8, 0);
        const entries = Object.values<any>(JSON.parse(headerOf(file)));
        const size: Record<string, number> = { F64: 8, F32: 4, I32: 4, U8: 1, BOOL: 1 };
        for (const { dtype, data_offsets } of entries) assert.equal((start + data_offsets[0]) % size[dtype]!, 0);
      }),
    );
  });

  it("reads an unaligned view and an ArrayBuffer", () => {
    const file = encodeSafetensors({ w: tensor([1, 2, 3], { dtype: "float64" }) });
    const shifted = new Uint8Array(file.length + 3);
    shifted.set(file, 3);
    for (const input of [shifted.subarray(3), file.buffer]) {
      assert.deepEqual(decodeSafetensors(input).tensors.w!.toArray(), [1, 2, 3]);
    }
  });

  it("does not alias the file it read", () => {
    const file = encodeSafetensors({ w: tensor([1, 2]) });
    const { w } = decodeSafetensors(file).tensors;
    file.fill(0);
    assert.deepEqual(w!.toArray(), [1, 2]);
  });

  it("converts half floats exactly", () => {
    const file = safetensorsFile(entry("F16", [8], [0, 16]), 16);
    const view = new DataView(file.buffer, file.length - 16);
    [0x3c00, 0xc000, 0x0001, 0x83ff, 0x7bff, 0x7c00, 0x8000, 0x7e01].forEach((h, i) => view.setUint16(2 * i, h, true));
    const { a } = decodeSafetensors(file).tensors;
    assert.equal(a!.dtype, "float32");
    const expected = [1, -2, 2 ** -24, -1023 * 2 ** -24, 65504, Infinity, -0, NaN];
    assert.deepEqual([...a!.data()], expected);
    assert.equal(new Uint32Array(a!.data().buffer)[7], 0x7fc02000);
  });

  it("converts every finite half to the value its bits say", () => {
    const file = safetensorsFile(entry("F16", [65536], [0, 131072]), 131072);
    const view = new DataView(file.buffer, file.length - 131072);
    for (let i = 0; i < 65536; i++) view.setUint16(2 * i, i, true);
    const values = decodeSafetensors(file).tensors.a!.data();
    for (let i = 0; i < 65536; i++) {
      const [exponent, fraction] = [(i >> 10) & 31, i & 1023];
      if (exponent === 31) continue;
      const size = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
      assert.ok(Object.is(values[i], i & 0x8000 ? -size : size), `half 0x${i.toString(16)}`);
    }
  });

  it("converts bfloat16 and small integers exactly", () => {
    const cases: [string, number[], number[]][] = [
      ["BF16", [0x80, 0x3f, 0x00, 0xc0], [1, -2]],
      ["I8", [0xff, 0x7f], [-1, 127]],
      ["I16", [0xff, 0xff, 0x00, 0x80], [-1, -32768]],
      ["U16", [0xff, 0xff, 0x00, 0x80], [65535, 32768]],
      ["U32", [0xff, 0xff, 0xff, 0x7f], [0x7fffffff]],
      ["I64", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [-1]],
      ["I64", [0, 0, 0, 0x80, 0xff, 0xff, 0xff, 0xff], [-0x80000000]],
      ["U64", [5, 0, 0, 0, 0, 0, 0, 0], [5]],
    ];
    for (const [dtype, bytes, expected] of cases) {
      const file = safetensorsFile(entry(dtype, [expected.length], [0, bytes.length]), bytes.length);
      file.set(bytes, file.length - bytes.length);
      const { a } = decodeSafetensors(file).tensors;
      assert.deepEqual(a!.toArray(), expected, dtype);
      assert.equal(a!.dtype, dtype === "BF16" ? "float32" : "int32");
    }
  });

  it("refuses integers that int32 cannot hold, and booleans that are none", () => {
    const cases: [string, number[], RegExp][] = [
      ["U32", [0, 0, 0, 0x80], /"a": U32 element 0 is 2147483648, which does not fit int32/],
      ["I64", [0, 0, 0, 0x80, 0, 0, 0, 0], /I64 element 0 is 2147483648/],
      ["U64", Array(8).fill(255), /U64 element 0 is 18446744073709551615/],
      ["BOOL", [2], /boolean element 0 is 2, expected 0 or 1/],
    ];
    for (const [dtype, bytes, message] of cases) {
      const file = safetensorsFile(entry(dtype, [1], [0, bytes.length]), bytes.length);
      file.set(bytes, file.length - bytes.length);
      assert.throws(() => decodeSafetensors(file), message);
    }
  });

  it("reads foreign but legal files: spaces, any order, unknown fields, rank 0, empty tensors", () => {
    const header =
      '{ "b" : {"data_offsets":[4,8],"shape":[],"dtype":"F32","later":[1]}, "a":{"dtype":"I32","shape":[1,1],"data_offsets":[0,4]},' +
      ' "e":{"dtype":"F64","shape":[0,7],"data_offsets":[4,4]}}   ';
    const { tensors } = decodeSafetensors(safetensorsFile(header, 8));
    assert.deepEqual([tensors.a!.shape, tensors.b!.shape, tensors.e!.shape], [[1, 1], [], [0, 7]]);
    assert.deepEqual(decodeSafetensors(safetensorsFile("{}")), { tensors: {}, metadata: {} });
  });

  it("refuses what it could not read back", () => {
    const x = zeros([1]);
    assert.throws(() => encodeSafetensors({ __metadata__: x }), ArgumentError);
    assert.throws(() => encodeSafetensors(JSON.parse('{"__proto__":1}')), DtypeError);
    assert.throws(() => encodeSafetensors({ ["__proto__"]: x }), /no tensor can be called "__proto__"/);
    assert.throws(() => encodeSafetensors({ "\ud800": x }), /is not Unicode text/);
    assert.throws(() => encodeSafetensors({ x }, { k: 1 as unknown as string }), /metadata must be text, got number/);
    assert.throws(() => encodeSafetensors({ x: [1] as unknown as Tensor<DType> }), /DtypeError: .* "x" is no tensor/);
    assert.throws(() => decodeSafetensors("abc" as unknown as Uint8Array), ArgumentError);
  });

  it("keeps names that every object has", () => {
    const { tensors } = decodeSafetensors(
      encodeSafetensors({ constructor: zeros([1]), toString: zeros([2]) } as never),
    );
    assert.deepEqual(Object.keys(tensors).sort(), ["constructor", "toString"]);
  });
});
