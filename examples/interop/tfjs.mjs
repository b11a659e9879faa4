/** The part of TensorFlow.js: feature maps of a bank of Gabor filters. */
import * as tf from "@tensorflow/tfjs";

const SIDE = 7;
const ORIENTATIONS = 4;
const WAVELENGTH = 4;
const PHASES = [0, Math.PI / 2];

/** Feature maps, one a filter. */
export const CHANNELS = ORIENTATIONS * PHASES.length;

/** A wave under a bell, of mean 0 and 2-norm 1. */
function gabor(angle, phase) {
  const middle = (SIDE - 1) / 2;
  const values = Float32Array.from({ length: SIDE * SIDE }, (_, at) => {
    const [y, x] = [Math.floor(at / SIDE) - middle, (at % SIDE) - middle];
    const along = x * Math.cos(angle) + y * Math.sin(angle);
    return Math.exp(-(x * x + y * y) / 8) * Math.cos((2 * Math.PI * along) / WAVELENGTH + phase);
  });
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const norm = Math.hypot(...values.map((value) => value - mean));
  return values.map((value) => (value - mean) / norm);
}

/** The filters as tfjs has them: [SIDE, SIDE, 1, CHANNELS]. */
export function gaborFilters() {
  const filters = PHASES.flatMap((phase) =>
    Array.from({ length: ORIENTATIONS }, (_, i) => gabor((i * Math.PI) / ORIENTATIONS, phase)),
  );
  return tf.tidy(() => tf.reshape(tf.transpose(tf.tensor2d(filters)), [SIDE, SIDE, 1, CHANNELS]));
}

/** Feature maps [N, h, w, CHANNELS] of grey images [N, H, W, 1]. */
export function featureMaps(images, filters) {
  return tf.tidy(() => tf.abs(tf.conv2d(images, filters, 2, "valid")));
}
