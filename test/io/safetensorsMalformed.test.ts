import type { DType } from "../../src/tensor/dtype.js";
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { FormatError } from "../../src/errors.js";
import { decodeSafetensors, encodeSafetensors } from "../../src/io/safetensors.js";
import { tensor } from "../../src/tensor/create.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { entry, headerOf, safetensorsFile } from "./support.js";

describe("io: malformed safetensors", () => {
  const one = { dtype: "F32", shape: [1], data_offsets: [0, 4] };
  const malformed: [string, Uint8Array, RegExp][] = [
    ["no length", new Uint8Array(7), /7 bytes; a safetensors file starts with an 8-byte length/],
    ["oversize header", safetensorsFile("{}", 0, 100_000_001), /claims 100000001 bytes, more than 100 MB/],
    ["header of 2⁶⁴−1 bytes", safetensorsFile("{}", 0).fill(255, 0, 8), /more than 100 MB/],
    ["header past the end", safetensorsFile("{}", 0, 3), /claims 3 bytes, but 2 follow: the file is truncated/],
    ["empty header", safetensorsFile("", 4), /does not start with "\{"/],
    ["no object", safetensorsFile("[]"), /does not start with "\{"/],
    ["leading space", safetensorsFile(" {}"), /does not start with "\{"/],
    ["no JSON", safetensorsFile('{"a":}'), /not JSON, at character 5/],
    ["text behind", safetensorsFile("{}{}"), /more text after the end/],
    [
      "not UTF-8",
      safetensorsFile('{"\x00":1}')
        .map((b) => (b === 0 ? 0xff : b))
        .fill(0, 1, 8),
      /not UTF-8/,
    ],
    [
      "repeated tensor",
      safetensorsFile(`{"a":${JSON.stringify(one)},"a":${JSON.stringify(one)}}`, 4),
      /"a" occurs twice/,
    ],
    [
      "repeated field",
      safetensorsFile('{"a":{"dtype":"F32","dtype":"F32","shape":[],"data_offsets":[0,4]}}', 4),
      /twice/,
    ],
    ["repeated metadata", safetensorsFile('{"__metadata__":{"k":"1","k":"2"}}'), /"k" occurs twice/],
    ["metadata no text", safetensorsFile('{"__metadata__":{"k":1}}'), /__metadata__: "k" is no text/],
    ["metadata no object", safetensorsFile('{"__metadata__":null}'), /__metadata__ is no JSON object/],
    ["__proto__", safetensorsFile(`{"__proto__":${JSON.stringify(one)}}`, 4), /"__proto__" is not allowed/],
    ["__proto__ in metadata", safetensorsFile('{"__metadata__":{"__proto__":"x"}}'), /"__proto__" is not allowed/],
    ["tensor no object", safetensorsFile('{"a":[]}'), /"a" is described by no JSON object/],
    ["unknown dtype", safetensorsFile(entry("F8_E4M3", [1], [0, 1]), 1), /"a" has dtype "F8_E4M3"; known are F64/],
    ["no dtype", safetensorsFile({ a: { shape: [1], data_offsets: [0, 1] } }, 1), /has dtype nothing/],
    ["dtype of a prototype", safetensorsFile(entry("constructor", [1], [0, 1]), 1), /has dtype "constructor"/],
    ["no shape", safetensorsFile(entry("U8", 3, [0, 3]), 3), /shape must be an array, got 3/],
    [
      "fractional size",
      safetensorsFile(entry("U8", [1.5], [0, 1]), 1),
      /sizes must be non-negative integers, got \[1.5\]/,
    ],
    ["negative size", safetensorsFile(entry("U8", [-1, -1], [0, 1]), 1), /non-negative integers, got \[-1, -1\]/],
    ["size as text", safetensorsFile(entry("U8", ["1"], [0, 1]), 1), /sizes must be non-negative integers/],
    ["huge shape", safetensorsFile(entry("U8", [65536, 65536, 65536], [0, 1]), 1), /more than 2³¹−1 elements/],
    ["shape that wraps to 0", safetensorsFile(entry("U8", [2 ** 32, 2 ** 32], [0, 0])), /more than 2³¹−1 elements/],
    ["infinite size", safetensorsFile('{"a":{"dtype":"U8","shape":[1e999],"data_offsets":[0,1]}}', 1), /integers/],
    ["∞ · 0", safetensorsFile(entry("U8", [...Array(40).fill(0x7fffffff), 0], [0, 0])), /more than 2³¹−1 elements/],
    ["too many axes", safetensorsFile(entry("U8", Array(65).fill(1), [0, 1]), 1), /65 axes, more than 64/],
    [
      "size of elements",
      safetensorsFile(entry("F32", [2], [0, 4]), 4),
      /shape \[2\] of F32 needs 8 bytes, but data_offsets \[0, 4\] span 4/,
    ],
    ["offsets reversed", safetensorsFile(entry("U8", [1], [1, 0]), 1), /data_offsets must be \[begin, end\]/],
    ["offsets negative", safetensorsFile(entry("U8", [1], [-1, 0]), 1), /data_offsets must be/],
    ["offsets fractional", safetensorsFile(entry("U8", [1], [0.5, 1.5]), 2), /data_offsets must be/],
    ["offsets not a pair", safetensorsFile(entry("U8", [1], [0, 1, 2]), 2), /data_offsets must be .*an array of 3/],
    ["offsets missing", safetensorsFile({ a: { dtype: "U8", shape: [1] } }, 1), /got nothing/],
    ["outside", safetensorsFile(entry("U8", [4], [0, 4]), 3), /end outside the data, which have 3 bytes/],
    [
      "overlap",
      safetensorsFile({ a: one, b: { ...one, data_offsets: [2, 6] } }, 6),
      /"b": data_offsets \[2, 6\] overlap/,
    ],
    ["the same range twice", safetensorsFile({ a: one, b: one }, 4), /overlap another tensor, which ends at 4/],
    [
      "gap",
      safetensorsFile({ a: one, b: { ...one, data_offsets: [5, 9] } }, 9),
      /leave a gap: the tensor before ends at 4/,
    ],
    ["gap at the start", safetensorsFile(entry("U8", [1], [1, 2]), 2), /leave a gap/],
    ["bytes behind", safetensorsFile({ a: one }, 5), /the tensors cover 4 bytes, but 5 follow the header/],
  ];
  for (const [what, file, message] of malformed) {
    it(`refuses a file with ${what}`, () => {
      assert.throws(
        () => decodeSafetensors(file),
        (error) => {
          assert.ok(error instanceof FormatError, String(error));
          assert.equal(error.op, "io.decodeSafetensors");
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }

  it("throws nothing but FormatError on damaged files, and allocates no more than the file explains", () => {
    const file = encodeSafetensors(
      {
        w: tensor([
          [1, 2],
          [3, 4],
        ]),
        b: tensor([1], { dtype: "float64" }),
      },
      { k: "v" },
    );
    const damage = fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(damage, fc.nat(file.length), (changes, length) => {
        const bad = file.slice(0, Math.max(length, 8));
        for (const [at, byte] of changes) if (at < bad.length) bad[at] = byte;
        let found: Record<string, Tensor<DType>>;
        try {
          found = decodeSafetensors(bad).tensors;
        } catch (error) {
          assert.ok(error instanceof FormatError, String(error));
          return;
        }
        const bytes = Object.values(found).reduce((sum, x) => sum + x.data().byteLength, 0);
        assert.ok(bytes <= 4 * bad.length);
      }),
      { numRuns: 3000 },
    );
  });

  it("throws nothing but FormatError on damaged header text", () => {
    const header = headerOf(
      encodeSafetensors(
        {
          w: tensor([
            [1, 2],
            [3, 4],
          ]),
        },
        { k: "v" },
      ),
    );
    const piece = fc.constantFrom("0", "9", "-", "e9", '"', ",", "[", "]", "{", "}", "null", "\\u0000", "dtype", "I64");
    fc.assert(
      fc.property(fc.nat(header.length), fc.nat(3), piece, (at, drop, insert) => {
        try {
          decodeSafetensors(safetensorsFile(header.slice(0, at) + insert + header.slice(at + drop), 16));
        } catch (error) {
          assert.ok(error instanceof FormatError, String(error));
        }
      }),
      { numRuns: 3000 },
    );
  });
});
