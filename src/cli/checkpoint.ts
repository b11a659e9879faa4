import { readFile } from "node:fs/promises";
import { FormatError, io, train, writeFileAtomic, type nn, type optim } from "./library.js";

/** The file a run goes on from. */
export interface Checkpoint<S> {
  readonly bytes: Uint8Array;
  readonly settings: S;
  /** SHA-256 of the training images and labels. */
  readonly imagesSha256: string;
}

/** What goes into a checkpoint: a training run with settings in plain JSON. */
export interface Checkpointed {
  readonly model: nn.Module;
  readonly optimizer: optim.Optimizer;
  readonly settings: { readonly seed: number };
  readonly stepsPerEpoch: number;
}

/** The keys of our texts in the metadata. */
const SETTINGS = "settings";
const IMAGES = "images";

/** Replaces the checkpoint as a whole. */
export async function writeCheckpoint(
  path: string,
  { model, optimizer, settings, stepsPerEpoch }: Checkpointed,
  step: number,
  imagesSha256: string,
): Promise<void> {
  const metadata = { [SETTINGS]: JSON.stringify(settings), [IMAGES]: imagesSha256 };
  const epoch = Math.floor(step / stepsPerEpoch);
  await writeFileAtomic(path, train.checkpoint({ model, optimizer }, { step, epoch, seed: settings.seed, metadata }));
}

/**
 * The checkpoint of a file, or undefined when there is no such file.
 *
 * @throws {FormatError} if it is damaged or not one of `matprop train`.
 */
export async function readCheckpoint<S>(path: string): Promise<Checkpoint<S> | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const { metadata } = io.decodeSafetensors(bytes);
  const [settings, imagesSha256] = [metadata[SETTINGS], metadata[IMAGES]];
  if (settings === undefined || imagesSha256 === undefined) {
    throw new FormatError("readCheckpoint", `${path} is no checkpoint of matprop train`);
  }
  return { bytes, settings: JSON.parse(settings) as S, imagesSha256 };
}
