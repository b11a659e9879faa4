/**
 * What a machine computes, as hashes: every kernel, every family of layers, a short training. Nothing of Node in this
 * folder: a web page can bundle it.
 */
import { hash, tensor, wasm } from "./library.js";
import { KERNEL_ROWS } from "./kernels.js";
import { LAYERS, runLayer } from "./layers.js";
import { casesOf, runCase } from "./run.js";
import { trainBriefly } from "./training.js";

export interface Fingerprint {
  /** Of all parts together. */
  readonly sha256: string;
  /** Hash by name: `kernel sgemm`, `layer conv2d`, `training`. */
  readonly parts: Readonly<Record<string, string>>;
}

/** The fingerprint of a seed. The library must be initialized. */
export async function fingerprint(seed: number): Promise<Fingerprint> {
  const parts: Record<string, string> = {};
  for (const [name, hashes] of kernelHashes(seed)) {
    parts[`kernel ${name}`] = hashes.length === 1 ? hashes[0]! : hashOfText(hashes.join("\n"));
  }
  for (const name of Object.keys(LAYERS).sort()) parts[`layer ${name}`] = runLayer(name, seed);
  parts.training = await trainBriefly(seed);
  const lines = Object.entries(parts).map(([name, value]) => `${value}  ${name}\n`);
  return { sha256: hashOfText(lines.join("")), parts };
}

/** The hashes of the rows of every kernel, in order of the names. Throws if an export of the binary has no row. */
function kernelHashes(seed: number): [name: string, hashes: string[]][] {
  const found = new Map<string, string[]>();
  for (const item of casesOf(KERNEL_ROWS)) {
    const list = found.get(item.name) ?? [];
    list.push(runCase(item, seed));
    found.set(item.name, list);
  }
  const missing = Object.keys(wasm.kernels).filter((name) => !found.has(name));
  if (missing.length > 0) throw new SyntaxError(`the fingerprint has no row for ${missing.join(", ")}`);
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}

function hashOfText(text: string): string {
  return hash(tensor(new TextEncoder().encode(text)));
}
