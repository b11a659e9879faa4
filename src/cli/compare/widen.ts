import type { LabelledSamples } from "../library.js";
import type { Settings } from "../settings.js";
import { parameterCount, secondsPerEpoch } from "./runs.js";

/** Widths tried are multiples of this. */
const WIDTH_STEP = 0.125;
const WIDEST = 32;

/** The time asked for is this much more than the reference's: what is measured later must not fall below it. */
const MARGIN = 1.05;

const TIMED_STEPS = 10;

/** How wide a network is. */
export interface Size {
  readonly width: number;
  readonly parameters: number;
}

/** The size of a network at its own width. */
export function sizeOf(settings: Settings, set: LabelledSamples): Size {
  return { width: settings.width, parameters: parameterCount(settings, set) };
}

/**
 * The smallest width at which a network has at least as many parameters as `reference` and its steps take at least as
 * long, both measured side by side on this machine.
 */
export async function widened(settings: Settings, reference: Settings, set: LabelledSamples): Promise<Size> {
  const wanted = parameterCount(reference, set);
  const at = (width: number): Settings => ({ ...settings, width });
  let width = WIDTH_STEP;
  while (parameterCount(at(width), set) < wanted && width < WIDEST) width += WIDTH_STEP;
  for (; width < WIDEST; width += WIDTH_STEP) {
    const [own, wantedSeconds] = await secondsPerEpoch([at(width), reference], set, TIMED_STEPS);
    if (own! >= MARGIN * wantedSeconds!) break;
  }
  return sizeOf(at(width), set);
}
