/** What the binary is made of: bytes of code by family (folder of assembly/), from a build that keeps the names. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import type { Figure, Suite } from "./harness.js";
import { optimise } from "../scripts/optimise.mjs";
import { sizesOf, type FunctionSize } from "./wasmSizes.js";
import { createHash } from "node:crypto";

const LARGEST = 40;
const wasm = readFileSync("build/kernels.wasm");
const released = sizesOf(wasm);

let named: readonly FunctionSize[] | undefined;

/** Compiles the kernels once more, keeping the names of functions. Throws unless the code is the released one's. */
function namedFunctions(): readonly FunctionSize[] {
  if (named) return named;
  const folder = mkdtempSync(join(tmpdir(), "matprop-size-"));
  const [plain, optimised] = [join(folder, "plain.wasm"), join(folder, "optimised.wasm")];
  const run = (script: string, args: readonly string[]): void =>
    void execFileSync(process.execPath, [script, ...args], { stdio: ["ignore", "ignore", "inherit"] });
  try {
    const asc = ["assembly/index.ts", "--target", "release", "--debug", "--outFile", plain];
    run("node_modules/assemblyscript/bin/asc.js", asc);
    optimise(plain, optimised, true, (tool, args) => run(`node_modules/binaryen/bin/${tool}`, args));
    named = sizesOf(readFileSync(optimised)).functions;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const differ = released.functions.some(({ bytes }, i) => bytes !== named![i]?.bytes);
  if (differ) throw new Error("build/kernels.wasm is not what assembly/ compiles to: npm run build");
  return named;
}

/** `assembly/blas/gemm/sgemm` → `blas`. */
function familyOf(name: string): string {
  const [root, family, rest] = name.split("/");
  if (root !== "assembly") return root.startsWith("~lib") ? "standard library" : "exports";
  return rest === undefined ? "assembly" : family;
}

function sums(functions: readonly FunctionSize[], keyOf: (name: string) => string): [string, number][] {
  const found = new Map<string, number>();
  for (const { name, bytes } of functions) found.set(keyOf(name), (found.get(keyOf(name)) ?? 0) + bytes);
  return [...found].toSorted((a, b) => b[1] - a[1]);
}

function figure(name: string, bytes: number): Figure {
  return { name, unit: "bytes", measure: () => bytes, checksum: () => "" };
}

function releasedSizes(): Figure[] {
  const digest = createHash("sha256").update(wasm).digest("hex").slice(0, 8);
  const sizes = { raw: wasm, "gzip -9": gzipSync(wasm, { level: 9 }), "brotli -11": brotliCompressSync(wasm) };
  const code = released.functions.reduce((sum, { bytes }) => sum + bytes, 0);
  const parts = { code, data: released.data, "everything else": wasm.length - code - released.data };
  return [
    ...Object.entries(sizes).map(([name, { length }]) => ({ ...figure(name, length), checksum: () => digest })),
    ...Object.entries(parts).map(([name, bytes]) => figure(name, bytes)),
  ];
}

export default {
  name: "size",
  about: "bytes of build/kernels.wasm, and of its code by family, file and function",
  groups: [
    { title: "size release", contenders: releasedSizes },
    { title: "size families", contenders: () => sums(namedFunctions(), familyOf).map(([name, n]) => figure(name, n)) },
    {
      title: "size files",
      contenders: () => {
        const files = sums(namedFunctions(), (name) => name.split("/").slice(0, 3).join("/"));
        return files.slice(0, LARGEST).map(([name, n]) => figure(name, n));
      },
    },
    {
      title: "size functions",
      contenders: () => {
        const sorted = namedFunctions().toSorted((a, b) => b.bytes - a.bytes);
        return sorted.slice(0, LARGEST).map(({ name, bytes }) => figure(name, bytes));
      },
    },
  ],
} satisfies Suite;
