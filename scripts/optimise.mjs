/**
 * From what asc compiles to the binary that is published: wasm-opt with the flags of wasm-opt.json, and constants in short.
 * A vector of equal lanes is eighteen bytes as `v128.const`, which is what the optimizer makes of every `splat` of a number,
 * and four to eleven as a `splat`; engines fold it back. The binary has a thousand of them.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";

/** Here the accumulators of short sums start at zero again and again, and V8 clears a register faster than it splats. */
const KEEPS_VECTORS = /^ \(func \$assembly\/nn\/dots\//;

/**
 * @param {string} from binary of asc, with names, by which the functions are put in order: both dtypes of one lie side by side,
 * within the reach of gzip
 * @param {string} to
 * @param {boolean} names whether the result keeps them
 * @param {(tool: string, args: readonly string[]) => void} run runs a tool of binaryen
 */
export function optimise(from, to, names, run) {
  const flags = JSON.parse(readFileSync(new URL("wasm-opt.json", import.meta.url), "utf8"));
  const features = flags.filter((flag) => flag.startsWith("--enable-"));
  const text = `${to}.wat`;
  run("wasm-opt", [...flags, "-g", from, "-o", to]);
  run("wasm-dis", [...features, to, "-o", text]);
  writeFileSync(text, shortConstants(readFileSync(text, "utf8")));
  run("wasm-as", [...features, ...(names ? ["-g"] : []), text, "-o", to]);
  rmSync(text);
}

function shortConstants(text) {
  let keeps = false;
  const lines = text.split("\n").map((line) => {
    if (line.startsWith(" (func ")) keeps = KEEPS_VECTORS.test(line);
    return keeps ? line : line.replace(/\(v128\.const i32x4 ([^)]*)\)/, (whole, words) => splat(words) ?? whole);
  });
  return lines.join("\n");
}

/** The shortest splat of four 32-bit words; undefined if there is none. */
function splat(words) {
  const bits = Int32Array.from(words.split(" "), Number);
  const [a, b, c, d] = bits;
  if (a !== c || b !== d) return undefined;
  if (a === b) {
    const [x] = new Float32Array(bits.buffer);
    return signedBytes(BigInt(a)) <= 4 || !isPlain(x)
      ? `(i32x4.splat (i32.const ${a}))`
      : `(f32x4.splat (f32.const ${x}))`;
  }
  const [x] = new Float64Array(bits.buffer);
  const [whole] = new BigInt64Array(bits.buffer);
  return signedBytes(whole) <= 8 || !isPlain(x)
    ? `(i64x2.splat (i64.const ${whole}))`
    : `(f64x2.splat (f64.const ${x}))`;
}

/** Whether the decimal form of x stands for all its bits. */
function isPlain(x) {
  return Number.isFinite(x) && x !== 0;
}

/** Bytes of a signed LEB128 number. */
function signedBytes(value) {
  let bytes = 1;
  for (; value < -64n || value > 63n; value >>= 7n) bytes++;
  return bytes;
}
