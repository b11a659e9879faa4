import assert from "node:assert/strict";
import * as fc from "fast-check";
import { FormatError, DtypeError } from "../../src/errors.js";
import { decodeNpy, encodeNpy } from "../../src/io/npy.js";
import { tensor, zeros } from "../../src/tensor/create.js";
import { anyTensor, bits } from "./support.js";

/** An npy file of any header text. */
function npyFile(dictionary: string, data: number[] = [], version = 1, claimed?: number): Uint8Array {
  const text = new TextEncoder().encode(dictionary);
  const prefix = version === 1 ? 10 : 12;
  const out = new Uint8Array(prefix + text.length + data.length);
  out.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  const view = new DataView(out.buffer);
  if (version === 1) view.setUint16(8, claimed ?? text.length, true);
  else view.setUint32(8, claimed ?? text.length, true);
  out.set(text, prefix);
  out.set(data, prefix + text.length);
  return out;
}

const dictionary = (descr: string, shape: string, order = "False"): string =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`;

describe("io: npy", () => {
  it("gives back every bit, data aligned to 64 bytes", () => {
    fc.assert(
      fc.property(anyTensor, (x) => {
        const file = encodeNpy(x);
        const view = new DataView(file.buffer);
        assert.equal((10 + view.getUint16(8, true)) % 64, 0);
        assert.equal(file[9 + view.getUint16(8, true)], 0x0a);
        assert.deepEqual(bits(decodeNpy(file)), bits(x));
      }),
    );
  });

  it("reads versions 1, 2 and 3", () => {
    for (const version of [1, 2, 3]) {
      assert.deepEqual(decodeNpy(npyFile(dictionary("|u1", "(3,)"), [1, 2, 3], version)).toArray(), [1, 2, 3]);
    }
  });

  it("reads other spellings of the dictionary", () => {
    const texts = [
      `{'shape': (2, 1), 'fortran_order': False, 'descr': '<u1'}`,
      `{"descr":"|u1","fortran_order":False,"shape":(2L, 1L)}   \n`,
      `{ 'descr' : '>u1' , 'fortran_order' : True , 'shape' : ( 2 , 1 , ) , }\n`,
    ];
    for (const text of texts) assert.deepEqual(decodeNpy(npyFile(text, [5, 6])).toArray(), [[5], [6]], text);
  });

  it("reads big-endian and Fortran order", () => {
    assert.deepEqual(decodeNpy(npyFile(dictionary(">f4", "()"), [0x3f, 0xc0, 0, 0])).item(), 1.5);
    assert.deepEqual(decodeNpy(npyFile(dictionary(">i2", "(2,)"), [0xff, 0xfe, 1, 0])).toArray(), [-2, 256]);
    const x = decodeNpy(npyFile(dictionary("|u1", "(2, 3)", "True"), [1, 4, 2, 5, 3, 6]));
    assert.deepEqual(x.toArray(), [
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });

  const malformed: [string, Uint8Array, RegExp][] = [
    ["no magic", new Uint8Array(20), /does not start with \\x93NUMPY/],
    ["nothing", new Uint8Array(0), /does not start with/],
    ["version 4", npyFile(dictionary("|u1", "()"), [1], 4), /npy version 4\.0; known are/],
    ["header past the end", npyFile(dictionary("|u1", "()"), [], 1, 60000), /claims 60000 bytes, but \d+ follow/],
    [
      "oversize header",
      npyFile(dictionary("|u1", "()"), [], 2, 0xffffffff),
      /claims 4294967295 bytes, more than 100 MB/,
    ],
    ["no dictionary", npyFile("hello\n"), /expected "\{", at character 0/],
    ["open dictionary", npyFile("{'descr': '|u1'"), /expected "\}"/],
    ["missing key", npyFile("{'descr': '|u1', 'shape': ()}", [1]), /must have the keys/],
    ["repeated key", npyFile("{'descr': '|u1', 'descr': '|u1', 'shape': ()}", [1]), /the key 'descr' occurs twice/],
    ["unknown key", npyFile("{'descr': '|u1', 'x': 1}", [1]), /unknown key 'x'/],
    ["code", npyFile("{'descr': __import__('os')}", [1]), /expected a string/],
    ["text behind", npyFile(`${dictionary("|u1", "()")}x`, [1]), /text after the dictionary/],
    ["order no boolean", npyFile(dictionary("|u1", "()", "1"), [1]), /expected True or False/],
    ["a list as shape", npyFile(dictionary("|u1", "[1]"), [1]), /expected "\("/],
    ["a number as shape", npyFile(dictionary("|u1", "(1)"), [1]), /the shape must be a tuple/],
    ["negative size", npyFile(dictionary("|u1", "(-1,)"), [1]), /non-negative integers/],
    ["fractional size", npyFile(dictionary("|u1", "(1.5,)"), [1]), /expected "," in the shape|non-negative integers/],
    ["huge shape", npyFile(dictionary("|u1", "(65536, 65536)"), [1]), /more than 2³¹−1 elements/],
    ["size beyond doubles", npyFile(dictionary("|u1", `(${"9".repeat(400)},)`), [1]), /integers|elements/],
    [
      "too few data",
      npyFile(dictionary("<f4", "(2,)"), [0, 0, 0, 0]),
      /shape \(2\) of <f4 needs 8 bytes, but 4 follow/,
    ],
    ["too many data", npyFile(dictionary("|u1", "(2,)"), [0, 0, 0]), /needs 2 bytes, but 3 follow/],
    ["structured type", npyFile("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': ()}"), /structured/],
    ["complex", npyFile(dictionary("<c8", "()"), Array(8).fill(0)), /element type '<c8' is not supported/],
    ["objects", npyFile(dictionary("|O", "()"), [0]), /'\|O' is not supported/],
    ["text elements", npyFile(dictionary("<U3", "()"), Array(12).fill(0)), /'<U3' is not supported/],
    ["no byte order", npyFile(dictionary("|f4", "()"), [0, 0, 0, 0]), /'\|f4' is not supported/],
    ["a bad boolean", npyFile(dictionary("|b1", "(2,)"), [1, 3]), /boolean element 1 is 3/],
    [
      "an integer too large",
      npyFile(dictionary(">u4", "(1,)"), [128, 0, 0, 0]),
      /2147483648, which does not fit int32/,
    ],
  ];
  for (const [what, file, message] of malformed) {
    it(`refuses a file with ${what}`, () => {
      assert.throws(
        () => decodeNpy(file),
        (error) => {
          assert.ok(error instanceof FormatError, String(error));
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }

  it("throws nothing but FormatError on damaged files", () => {
    const file = encodeNpy(
      tensor([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    );
    const damage = fc.array(fc.tuple(fc.nat(80), fc.oneof(fc.nat(255), fc.integer({ min: 32, max: 126 }))), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(damage, fc.nat(file.length), (changes, length) => {
        const bad = file.slice(0, Math.max(length, 40));
        for (const [at, byte] of changes) if (at < bad.length) bad[at] = byte;
        try {
          assert.ok(decodeNpy(bad).data().byteLength <= 4 * bad.length);
        } catch (error) {
          assert.ok(error instanceof FormatError, String(error));
        }
      }),
      { numRuns: 3000 },
    );
  });

  it("refuses what is no tensor", () => {
    assert.throws(() => encodeNpy([1] as never), DtypeError);
    assert.throws(() => encodeNpy(zeros(new Array<number>(30000).fill(1))), /more than an npy header can hold/);
  });
});
