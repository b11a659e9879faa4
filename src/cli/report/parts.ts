import type { LabelledImages } from "../library.js";
import { percent } from "../terminal.js";
import { thinned } from "./chart.js";
import { escapeHtml, table } from "./html.js";
import { pngDataUri } from "./png.js";

/** A wrongly classified image: where it stands in the test set, and what the model said. */
export interface Mistake {
  readonly index: number;
  readonly label: number;
  readonly predicted: number;
  /** Probability the model gave its answer. */
  readonly probability: number;
  /** Probability it gave the truth. */
  readonly truth: number;
}

/** Images as the readers of `matprop/node` hand them over. */
export type Images = Pick<LabelledImages, "images" | "shape">;

/** Points of a training curve: more would only make it darker and the page heavier. */
const MOST_POINTS = 240;

/** What every step came to, thinned. */
export function trainingCurve<S extends { readonly step: number }>(
  steps: readonly S[],
  of: (row: S) => number,
): [number, number][] {
  return thinned(
    steps.map((row) => [row.step, of(row)]),
    MOST_POINTS,
  );
}

/** A row of large numbers with their names. */
export function figures(items: readonly (readonly [name: string, value: string])[]): string {
  const cells = items.map(([name, value]) => `<li><b>${escapeHtml(value)}</b><span>${escapeHtml(name)}</span></li>`);
  return `<ul class="figures">${cells.join("")}</ul>`;
}

/** Names and values in two columns. */
export function facts(items: readonly (readonly [name: string, value: string])[]): string {
  return table(
    [],
    items.map(([name, value]) => [{ html: `<b>${escapeHtml(name)}</b>` }, value]),
  );
}

/** `confusion[truth · classes + prediction]` as a table whose shade is the share of the row. */
export function confusionTable(confusion: ArrayLike<number>, classes: readonly string[]): string {
  const n = classes.length;
  const head = classes.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join("");
  const rows = classes.map((name, truth) => {
    const counts = Array.from({ length: n }, (_, j) => confusion[truth * n + j]!);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const cells = counts.map((count, j) => cell(count, total, j === truth));
    const right = total === 0 ? "" : percent(counts[truth]! / total);
    return `<tr><th scope="row">${escapeHtml(name)}</th>${cells.join("")}<td>${right}</td></tr>`;
  });
  return `<p>Rows: the true class. Columns: the model's answer. Last column: share of the class found.</p>
<div class="wide"><table class="confusion"><thead><tr><td></td>${head}<td></td></tr></thead>
<tbody>${rows.join("\n")}</tbody></table></div>`;
}

function cell(count: number, total: number, right: boolean): string {
  if (count === 0) return "<td></td>";
  // Mistakes are few: a floor under their shade keeps a single one visible.
  const share = Math.round((right ? 0.5 * (count / total) : 0.15 + 0.6 * (count / total)) * 100) / 100;
  return `<td style="background: rgba(var(${right ? "--heat" : "--miss"}), ${share})">${count}</td>`;
}

/** The mistakes the model was surest of, each with its image if there is one. */
export function mistakeGrid(mistakes: readonly Mistake[], images: Images | null, classes: readonly string[]): string {
  if (mistakes.length === 0) return "<p>None: the whole test set was classified right.</p>";
  const items = mistakes.map(({ index, label, predicted, probability, truth }) => {
    const [said, is] = [classes[predicted]!, classes[label]!].map(escapeHtml);
    return `<li>${images ? picture(images, index) : ""}
<small><b>${said}</b> (${percent(probability)})<br>is ${is} (${percent(truth)})<br>no. ${index}</small></li>`;
  });
  return `<ul class="mistakes">${items.join("\n")}</ul>`;
}

function picture({ images, shape }: Images, index: number): string {
  const [height, width, channels] = shape;
  const size = height * width * channels;
  const uri = pngDataUri(images.subarray(index * size, (index + 1) * size), height, width, channels);
  return `<img src="${uri}" alt="test image ${index}" width="${width}" height="${height}">`;
}

/** The `most` mistakes with the highest probability for the wrong class; equal ones in order of their place. */
export function worstMistakes(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  classes: number,
  most: number,
): Mistake[] {
  const found: Mistake[] = [];
  for (let index = 0; index < labels.length; index++) {
    const row = index * classes;
    let predicted = 0;
    for (let j = 1; j < classes; j++) {
      if (probabilities[row + j]! > probabilities[row + predicted]!) predicted = j;
    }
    const label = labels[index]!;
    if (predicted === label) continue;
    const [probability, truth] = [probabilities[row + predicted]!, probabilities[row + label]!];
    found.push({ index, label, predicted, probability, truth });
  }
  return found.sort((a, b) => b.probability - a.probability || a.index - b.index).slice(0, most);
}
