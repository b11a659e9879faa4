import { resolve } from "node:path";
import { nameOf } from "../dataset.js";
import { data, openSegmented, type SegmentedSet } from "../library.js";

/** The built-in scenes are always the same ones: data, like any other set, that do not vary with `--seed`. */
const SYNTHETIC: Readonly<Record<string, { readonly seed: number; readonly count: number }>> = {
  train: { seed: 1, count: 64 },
  val: { seed: 2, count: 16 },
  test: { seed: 3, count: 16 },
};

/** The parts of a data set. */
export const SPLITS = ["train", "val", "test"] as const;
export type Split = (typeof SPLITS)[number];

/** What `--data` names: `synthetic` (also without it) or a folder. */
export interface SegmentSource {
  /** What `--data` has to say to get it again: `synthetic` or an absolute path. */
  readonly spec: string;
  /** Short name for folders and presets. */
  readonly name: string;
  /** @param options `truths: false` leaves label maps unread. */
  open(split: Split, options?: { readonly truths?: boolean }): Promise<SegmentedSet>;
}

export function sourceOf(spec: string | undefined): SegmentSource {
  if (spec === undefined || spec === "synthetic") {
    return { spec: "synthetic", name: "synthetic", open: (split) => Promise.resolve(scenes(split)) };
  }
  const path = resolve(spec);
  return { spec: path, name: nameOf(path), open: (split, options) => openSegmented(path, split, options) };
}

function scenes(split: Split): SegmentedSet {
  const images = data.syntheticScenes(SYNTHETIC[split]!);
  return { ids: images.map(({ id }) => id), read: (index) => Promise.resolve(images[index]!) };
}
