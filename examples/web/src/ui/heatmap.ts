/** A square matrix as a heat map: blue below zero, red above. */
export function drawHeatmap(canvas: HTMLCanvasElement, matrix: Float64Array): void {
  const n = Math.round(Math.sqrt(matrix.length));
  const largest = matrix.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const pixels = new ImageData(n, n);
  matrix.forEach((value, i) => {
    const t = Math.abs(value) / largest;
    const faded = Math.round(255 * (1 - t));
    pixels.data.set(value < 0 ? [faded, Math.round(255 - 140 * t), 255, 255] : [255, faded, faded, 255], 4 * i);
  });
  canvas.width = n;
  canvas.height = n;
  canvas.getContext("2d")!.putImageData(pixels, 0, 0);
  canvas.ariaLabel = `A matrix of ${n} by ${n} entries between −${largest.toFixed(1)} and ${largest.toFixed(1)}`;
}
