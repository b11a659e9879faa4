import { FormatError, readSafetensors, writeSafetensors } from "../library.js";
import { version } from "../version.js";
import { SegmentModel } from "./model.js";
import type { SegmentRule } from "./pipeline.js";
import type { SegmentSettings } from "./settings.js";

/** What a model file says about the model beside its weights. */
export interface SegmentModelInfo {
  readonly settings: SegmentSettings;
  /** How its eigenvectors become segments, chosen on the validation images. */
  readonly rule: SegmentRule;
}

/** The key of the metadata under which {@link SegmentModelInfo} is stored, with the version of its form. */
const KEY = "matprop.segment.1";

/** Writes weights and description to one file. */
export async function saveSegmentModel(path: string, model: SegmentModel, info: SegmentModelInfo): Promise<void> {
  await writeSafetensors(path, model.state(), { [KEY]: JSON.stringify({ ...info, version: version() }) });
}

/**
 * The model of a file, in evaluation mode.
 *
 * @throws {FormatError} if the file is damaged or was not written by `matprop segment train`.
 */
export async function loadSegmentModel(path: string): Promise<{ model: SegmentModel; info: SegmentModelInfo }> {
  const op = "loadSegmentModel";
  const { tensors, metadata } = await readSafetensors(path);
  const text = metadata[KEY];
  if (text === undefined) throw new FormatError(op, `${path} was not written by matprop segment train`);
  const info = parseInfo(text);
  if (!info) throw new FormatError(op, `${path}: the description of the model is damaged`);
  const model = new SegmentModel(info.settings);
  model.loadState(tensors);
  model.eval();
  return { model, info };
}

function parseInfo(text: string): SegmentModelInfo | null {
  try {
    const info = JSON.parse(text) as SegmentModelInfo;
    const { width, features, rank, side, seed } = info.settings;
    const numbers = [width, features, rank, side, seed, info.rule.rank, info.rule.threshold];
    return numbers.every((value) => typeof value === "number" && Number.isFinite(value)) ? info : null;
  } catch {
    return null;
  }
}
