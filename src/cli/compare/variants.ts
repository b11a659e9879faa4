import { UsageError } from "../args.js";
import { MODEL_NAMES, type ModelName } from "../models.js";
import { nearest } from "../suggest.js";

/** One of the things compared. */
export interface Variant {
  /** As `--models` writes it: `o2p`, `o2p-frozen`, `first-order`. */
  readonly name: string;
  readonly model: ModelName;
  readonly frozen: boolean;
}

const FROZEN = "-frozen";

/** The variant of a name: that of a network, with `-frozen` behind it for features that stay as initialized. */
export function variantOf(name: string): Variant {
  const frozen = name.endsWith(FROZEN);
  const model = frozen ? name.slice(0, -FROZEN.length) : name;
  if (!(MODEL_NAMES as readonly string[]).includes(model)) {
    const guess = nearest(model, MODEL_NAMES);
    const advice = guess ? `did you mean ${guess}${frozen ? FROZEN : ""}?` : `there are ${MODEL_NAMES.join(", ")}`;
    throw new UsageError(`--models: unknown network "${name}"; ${advice} (and each with ${FROZEN})`);
  }
  return { name, model: model as ModelName, frozen };
}

/** Networks without a matrix layer: these are widened until they are not at a disadvantage. */
export function isPlain({ model }: Variant): boolean {
  return model === "first-order" || model === "mlp";
}

/** What the reader of a table sees. */
export function describeVariant({ model, frozen }: Variant, width: number): string {
  return `${model}${frozen ? ", features frozen at initialization" : ""}${width === 1 ? "" : `, width × ${width}`}`;
}
