/** Reads the shared golden reference values (`../shared/golden`, see its README) when they are there. */
import { exists, readBytes } from "./host.js";

const folder = "../shared/golden";
/** More cases of the same kinds, made by tools/golden-cases.py; these are always here. */
const ownFolder = "test/fixtures/golden";

export interface GoldenTensor {
  readonly dtype: "F64" | "I32";
  readonly shape: number[];
  readonly data: Float64Array | Int32Array;
}

export interface GoldenCase {
  readonly name: string;
  readonly meta: Record<string, any>;
  readonly tensors: Record<string, GoldenTensor>;
}

export const goldenAvailable = exists(`${folder}/index.json`);

/** Every case of a family (`"gemm"`, `"spectral"`, …), or an empty list when the folder is absent. */
export function golden(family: string): GoldenCase[] {
  return goldenAvailable ? read(family, folder) : [];
}

/** The project's own cases of a family, if it has any. */
export function ownGolden(family: string): GoldenCase[] {
  return exists(`${ownFolder}/${family}.safetensors`) ? read(family, ownFolder) : [];
}

function read(family: string, from: string): GoldenCase[] {
  const bytes = readBytes(`${from}/${family}.safetensors`);
  const headerLength = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength)));
  const cases = new Map<string, GoldenCase>();
  for (const [name, text] of Object.entries<string>(header.__metadata__)) {
    if (["format", "family", "split"].includes(name)) continue;
    cases.set(name, { name, meta: JSON.parse(text), tensors: {} });
  }
  for (const [path, entry] of Object.entries<any>(header)) {
    if (path === "__metadata__") continue;
    const [name, tensor] = [path.slice(0, path.indexOf("/")), path.slice(path.indexOf("/") + 1)];
    const [first, last] = entry.data_offsets as [number, number];
    const start = 8 + headerLength;
    const buffer = bytes.buffer.slice(start + first, start + last);
    const data = entry.dtype === "F64" ? new Float64Array(buffer) : new Int32Array(buffer);
    cases.get(name)!.tensors[tensor] = { dtype: entry.dtype, shape: entry.shape, data };
  }
  return [...cases.values()];
}

/** ‖a − b‖_F, the norm in which the golden tolerances are stated. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new RangeError(`distance: ${a.length} values against ${b.length}`);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}

export const goldenSkipNote =
  "skipped: the golden reference values are not here (expected in ../shared/golden beside the project)";
