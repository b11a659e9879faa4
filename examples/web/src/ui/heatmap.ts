/** Signed numbers as a picture, RGBA: blue below zero, white at it, red above, by the largest magnitude. */
export function heatmapOf(values: Float32Array | Float64Array): {
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
  readonly largest: number;
} {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  const pixels = new Uint8ClampedArray(4 * values.length).fill(255);
  for (let i = 0; i < values.length; i++) {
    const t = Math.abs(values[i]!) / (largest || 1);
    const faded = 255 * (1 - t);
    pixels[4 * i + 1] = values[i]! < 0 ? 255 - 140 * t : faded;
    pixels[4 * i + (values[i]! < 0 ? 0 : 2)] = faded;
  }
  return { pixels, largest };
}

/** Shows pixels, RGBA, in rows of a width. */
export function drawPixels(canvas: HTMLCanvasElement, pixels: Uint8ClampedArray<ArrayBuffer>, width: number): void {
  const image = new ImageData(pixels, width);
  // A new size clears the canvas, and costs a layout.
  if (canvas.width !== image.width || canvas.height !== image.height) {
    Object.assign(canvas, { width: image.width, height: image.height });
  }
  canvas.getContext("2d")!.putImageData(image, 0, 0);
}

/** A square matrix as a heat map. */
export function drawHeatmap(canvas: HTMLCanvasElement, matrix: Float64Array): void {
  const n = Math.round(Math.sqrt(matrix.length));
  const { pixels, largest } = heatmapOf(matrix);
  drawPixels(canvas, pixels, n);
  canvas.ariaLabel = `A matrix of ${n} by ${n} entries between −${largest.toFixed(1)} and ${largest.toFixed(1)}`;
}
