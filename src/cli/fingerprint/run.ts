import type { DType } from "../../tensor/dtype.js";
import { evaluate } from "./expression.js";
import { FILLS, Words, type Element } from "./inputs.js";
import { hash, tensor, wasm, type Tensor } from "./library.js";

/** A kernel by its exported name, with the BLAS letter its `*` stood for. */
export interface Case {
  readonly name: string;
  readonly letter: "" | "s" | "d" | "i";
  readonly signature: string;
}

const BYTES: Readonly<Record<Element, number>> = { f32: 4, f64: 8, i32: 4, u8: 1 };
const LETTERS: Readonly<Record<Case["letter"], Element | undefined>> = { "": undefined, s: "f32", d: "f64", i: "i32" };
const DTYPES = { f32: "float32", f64: "float64", i32: "int32", u8: "uint8" } as const;

/** The letters that a wildcard at the head of a name stands for. */
const WILDCARDS: Readonly<Record<string, readonly Case["letter"][]>> = {
  "*": ["s", "d"],
  "#": ["s", "d", "i"],
  "!": ["d"],
};

/** The cases of a table of `[names, signature]` rows. */
export function casesOf(rows: readonly (readonly [names: string, signature: string])[]): Case[] {
  return rows.flatMap(([names, signature]) =>
    names.split(" ").flatMap((name) => {
      const letters = WILDCARDS[name[0]!];
      if (!letters) return [{ name, letter: "" as const, signature }];
      return letters.map((letter) => ({ name: letter + name.slice(1), letter, signature }));
    }),
  );
}

type Kernel = (...args: number[]) => number | undefined;

interface Output {
  readonly ptr: number;
  readonly element: Element;
  readonly length: number;
}

/**
 * Runs one kernel on inputs drawn from (seed, name) and hashes everything it wrote and returned.
 *
 * The signature has one word an argument: `n=37` names a number and passes it, `.n=37` only names it, an expression
 * passes its value, `{3,4}` passes the address of 32-bit integers (`desc={…}` names it), `fill:type[length]%bound` an
 * input array (see inputs.ts), the same behind `+` one that the kernel changes, `>:type[length]` a zeroed output, and
 * `~[bytes]` work space filled with NaN bytes. Without `:type` an array has the element type of the kernel's letter.
 */
export function runCase({ name, letter, signature }: Case, seed: number): string {
  const kernels = wasm.kernels as unknown as Readonly<Record<string, Kernel>>;
  const words = new Words(seed, letter === "" ? name : name.slice(1));
  const known = new Map<string, number>([
    ["size", BYTES[LETTERS[letter] ?? "u8"]],
    ["seed0", seed >>> 0],
    ["seed1", Math.floor(seed / 0x100000000)],
  ]);
  const blocks: { ptr: number; bytes: number }[] = [];
  const outputs: Output[] = [];
  const meaning = {
    value: (key: string): number => {
      const value = known.get(key);
      if (value === undefined) throw new SyntaxError(`fingerprint of ${name}: "${key}" has no value`);
      return value;
    },
    call: (key: string, args: readonly number[]): number => kernelOf(key.replace("*", letter))(...args)! >>> 0,
  };
  const kernelOf = (key: string): Kernel => {
    const kernel = kernels[key];
    if (!kernel) throw new SyntaxError(`fingerprint of ${name}: the kernels have no "${key}"`);
    return kernel;
  };
  const reserve = (bytes: number): number => {
    const size = Math.max(64, Math.ceil(bytes / 64) * 64);
    const ptr = wasm.allocator.allocate(size);
    blocks.push({ ptr, bytes: size });
    wasm.u8.fill(0, ptr, ptr + size);
    return ptr;
  };
  const argument = (word: string): number => {
    const number = (text: string): number => evaluate(text, meaning);
    if (word.startsWith("{")) {
      const values = word.slice(1, -1).split(",").map(number);
      return put(reserve(4 * values.length), "i32", values);
    }
    if (word.startsWith("~")) {
      const bytes = number(word.slice(2, -1));
      const ptr = reserve(bytes);
      wasm.u8.fill(0xff, ptr, ptr + bytes);
      return ptr;
    }
    const array = /^([+>]?)([a-z]*)(?::(\w+))?\[([^\]]+)\](?:%(.+))?$/.exec(word);
    if (!array) return number(word);
    const [, mark, fill, type, length, bound] = array;
    const element = (type ?? LETTERS[letter]) as Element;
    const n = number(length!);
    const ptr = reserve(n * BYTES[element]);
    if (mark !== ">") put(ptr, element, FILLS[fill!]!(n, words, element, bound === undefined ? 0 : number(bound)));
    if (mark !== "") outputs.push({ ptr, element, length: n });
    return ptr;
  };
  try {
    const args: number[] = [];
    for (const word of signature.split(" ").filter(Boolean)) {
      const [, dot, key, rest] = /^(\.?)(?:(\w+)=)?(.+)$/.exec(word)!;
      const value = argument(rest!);
      if (key) known.set(key, value);
      if (!dot) args.push(value);
    }
    const kernel = kernelOf(name);
    if (kernel.length !== args.length) {
      throw new SyntaxError(`${name} takes ${kernel.length} arguments, the fingerprint's row gives ${args.length}`);
    }
    const returned = kernel(...args);
    return hashOf(outputs, returned);
  } finally {
    for (const { ptr, bytes } of blocks.reverse()) wasm.allocator.release(ptr, bytes);
  }
}

function put(ptr: number, element: Element, values: ArrayLike<number>): number {
  viewOf(ptr, element, values.length).set(values);
  return ptr;
}

function viewOf(ptr: number, element: Element, length: number): Float32Array | Float64Array | Int32Array | Uint8Array {
  const { buffer } = wasm.memory;
  if (element === "f32") return new Float32Array(buffer, ptr, length);
  if (element === "f64") return new Float64Array(buffer, ptr, length);
  return element === "i32" ? new Int32Array(buffer, ptr, length) : new Uint8Array(buffer, ptr, length);
}

function hashOf(outputs: readonly Output[], returned: number | undefined): string {
  const record: Record<string, Tensor<DType>> = {};
  outputs.forEach(({ ptr, element, length }, i) => {
    record[`output${i}`] = tensor(viewOf(ptr, element, length), { dtype: DTYPES[element] });
  });
  if (returned !== undefined) record.returned = tensor(returned, { dtype: "float64" });
  return hash(record);
}
