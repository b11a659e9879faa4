/**
 * A label map at another size: each pixel takes the label that has most weight among the four around its place, by linear
 * interpolation; the first of equals. Borders come out smooth, not in steps.
 */
export function enlargeLabels(
  labels: Int32Array,
  [height, width]: readonly [number, number],
  [toHeight, toWidth]: readonly [number, number],
): Int32Array {
  const out = new Int32Array(toHeight * toWidth);
  const [rows, columns] = [places(height, toHeight), places(width, toWidth)];
  for (let y = 0, at = 0; y < toHeight; y++) {
    const [upper, lower, v] = rows[y]!;
    for (let x = 0; x < toWidth; x++, at++) {
      const [left, right, u] = columns[x]!;
      const corners = [upper * width + left, upper * width + right, lower * width + left, lower * width + right];
      const weights = [(1 - v) * (1 - u), (1 - v) * u, v * (1 - u), v * u];
      out[at] = heaviest(
        corners.map((corner) => labels[corner]!),
        weights,
      );
    }
  }
  return out;
}

function heaviest(labels: readonly number[], weights: readonly number[]): number {
  let [best, most] = [labels[0]!, -1];
  for (const label of labels) {
    let weight = 0;
    for (let i = 0; i < labels.length; i++) if (labels[i] === label) weight += weights[i]!;
    if (weight > most) [best, most] = [label, weight];
  }
  return best;
}

/** For each of `to` positions the two of `from` around it and the share of the second. */
function places(from: number, to: number): (readonly [number, number, number])[] {
  return Array.from({ length: to }, (_, i) => {
    const at = Math.max(0, Math.min(from - 1, ((i + 0.5) * from) / to - 0.5));
    const low = Math.floor(at);
    return [low, Math.min(from - 1, low + 1), at - low] as const;
  });
}
