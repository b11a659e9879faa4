import { UsageError } from "./args.js";
import { unitOf } from "./dataset.js";
import { FormatError, readSafetensors, writeSafetensors, type LabelledSamples } from "./library.js";
import { buildModel, MODEL_NAMES, type Classifier } from "./models.js";
import { modelSpec, type Settings } from "./settings.js";
import { version } from "./version.js";

/** What a model file says about the model beside its weights. */
export interface ModelInfo {
  readonly settings: Settings;
  /** Of an image, [H, W, C], or of a matrix, [n, n]. */
  readonly shape: LabelledSamples["shape"];
  readonly classes: readonly string[];
  /** Normalization of the images: (pixel / 255 − mean) / std. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Version of matprop that wrote the file. */
  readonly version: string;
}

/** The key of the metadata under which {@link ModelInfo} is stored, with the version of its form. */
const KEY = "matprop.model.1";

/** Writes weights and description to one file. */
export async function saveModel(path: string, model: Classifier, info: Omit<ModelInfo, "version">): Promise<void> {
  await writeSafetensors(path, model.state(), { [KEY]: JSON.stringify({ ...info, version: version() }) });
}

/**
 * The model of a file, in evaluation mode.
 *
 * @throws {FormatError} if the file is damaged or was not written by `matprop train`.
 */
export async function loadModel(path: string): Promise<{ model: Classifier; info: ModelInfo }> {
  const { tensors, metadata } = await readSafetensors(path);
  const text = metadata[KEY];
  if (text === undefined) {
    throw new FormatError("loadModel", `${path} has weights but no description: it was not written by matprop train`);
  }
  const info = parseInfo(path, text);
  const model = buildModel(modelSpec(info.settings, { shape: info.shape, classes: [...info.classes] }));
  model.loadState(tensors);
  model.eval();
  return { model, info };
}

function parseInfo(path: string, text: string): ModelInfo {
  try {
    const info = JSON.parse(text) as ModelInfo;
    const numbers = [...info.shape, ...info.mean, ...info.std, info.settings.seed, info.settings.width];
    if (numbers.every(Number.isFinite) && info.classes.length > 0 && MODEL_NAMES.includes(info.settings.model)) {
      return info;
    }
  } catch {
    // Falls through: whatever is missing, the file is not one of ours.
  }
  throw new FormatError("loadModel", `${path}: the description of the model is damaged`);
}

/** Throws unless samples of `set` can go into the model. */
export function checkFits(info: ModelInfo, set: LabelledSamples, what: string): void {
  const [want, got] = [info.shape, set.shape].map((shape) => shape.join(" × "));
  if (want !== got) {
    throw new UsageError(`the model was trained on ${unitOf(info)} of ${want}, ${what} holds ${unitOf(set)} of ${got}`);
  }
  if (set.classes.join("\n") !== info.classes.join("\n")) {
    const [want, got] = [info.classes, set.classes].map((names) => `${names.length} (${names.slice(0, 6).join(", ")})`);
    throw new UsageError(`the model knows the classes ${want}, ${what} has ${got}`);
  }
}
