import assert from "node:assert/strict";
import * as fc from "fast-check";
import { FormatError } from "../../src/errors.js";
import { parseJson, type Json } from "../../src/io/json.js";

/** Maps as plain objects, to compare with JSON.parse. */
function plain(value: Json): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return Object.fromEntries(Array.from(value, ([name, item]) => [name, plain(item)]));
  return value;
}

describe("io: strict JSON", () => {
  it("reads what JSON.stringify writes", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        assert.deepEqual(plain(parseJson("test", text)), JSON.parse(text));
      }),
    );
  });

  it("accepts exactly the texts that JSON.parse accepts", () => {
    const pieces = [
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"a"',
      '"b"',
      "1",
      "-",
      "0",
      "1.5e3",
      "true",
      "nul",
      "null",
      " ",
      "\\",
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), (parts) => {
        const text = parts.join("");
        let expected: unknown;
        try {
          expected = JSON.parse(text);
        } catch {
          assert.throws(() => parseJson("test", text), FormatError);
          return;
        }
        let found: unknown;
        try {
          found = plain(parseJson("test", text));
        } catch (error) {
          assert.match(String(error), /occurs twice/);
          return;
        }
        assert.deepEqual(found, expected);
      }),
      { numRuns: 3000 },
    );
  });

  it("refuses repeated names, also when one is written with escapes", () => {
    assert.throws(() => parseJson("test", '{"a":1,"a":1}'), /FormatError: test: the name "a" occurs twice/);
    assert.throws(() => parseJson("test", '{"x":{"a":1,"\\u0061":2}}'), /occurs twice/);
    assert.deepEqual(plain(parseJson("test", '[{"a":1},{"a":2}]')), [{ a: 1 }, { a: 2 }]);
  });

  it("refuses lone surrogates and deep nesting", () => {
    assert.throws(() => parseJson("test", '"\\ud800"'), /lone surrogate/);
    assert.equal(parseJson("test", '"\\ud83d\\ude00"'), "😀");
    assert.throws(() => parseJson("test", "[".repeat(1e6)), /nested deeper than 32/);
  });

  it("keeps __proto__ an ordinary name", () => {
    const found = parseJson("test", '{"__proto__":{"x":1}}') as Map<string, Json>;
    assert.deepEqual([...found.keys()], ["__proto__"]);
    assert.equal(({} as Record<string, unknown>).x, undefined);
  });

  it("reads long strings without exhausting the stack", () => {
    const text = "a\\n".repeat(1e6);
    assert.equal((parseJson("test", `"${text}"`) as string).length, 2e6);
  });
});
