import { SegmentModel } from "./model.js";
import { loadSegmentModel } from "./modelfile.js";
import { modelFeatures, rawFeatures, VECTORS } from "./pipeline.js";
import type { Segmenter } from "./segmentImage.js";
import { DEFAULTS } from "./settings.js";

/**
 * Colour and position without a network. This threshold and the next were chosen on the val images of BSDS500 in the way in
 * which training chooses that of its model.
 */
export const RAW: Segmenter = {
  features: rawFeatures,
  rule: { rank: VECTORS, threshold: 0.0284 },
  side: DEFAULTS.side,
};

/** The network with its initial weights. */
export function untrained(): Segmenter {
  const model = new SegmentModel({ ...DEFAULTS, data: "", epochs: 0 });
  model.eval();
  return {
    features: modelFeatures(model),
    rule: { rank: VECTORS, threshold: 0.0444 },
    side: DEFAULTS.side,
  };
}

/** What a model file holds. */
export async function segmenterOf(path: string): Promise<Segmenter> {
  const { model, info } = await loadSegmentModel(path);
  return { features: modelFeatures(model), rule: info.rule, side: info.settings.side };
}
