import { escapeHtml } from "./html.js";

/** One line of a chart. Points whose y is not finite are left out. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Which of the page's colours, 1 to 4. */
  readonly colour: 1 | 2 | 3 | 4;
  /** Draw the points as dots as well: for a few values that stand for much, such as one an epoch. */
  readonly dots?: boolean;
}

export interface ChartOptions {
  readonly title: string;
  readonly xLabel: string;
  readonly series: readonly Series[];
  /** Text of a tick on the y axis (default: the number). */
  readonly formatY?: (y: number) => string;
  /** The axis runs to here at least, or at most. */
  readonly yMin?: number;
  readonly yMax?: number;
}

const WIDTH = 640;
const HEIGHT = 300;
const LEFT = 56;
const RIGHT = 16;
const TOP = 12;
const BOTTOM = 44;

/** A line chart as an SVG figure that scales with the page and takes its colours from the page's style. */
export function lineChart(options: ChartOptions): string {
  const { title, xLabel, series, formatY = String } = options;
  const finite = series.map((one) => ({ ...one, points: one.points.filter((point) => point.every(Number.isFinite)) }));
  const all = finite.flatMap(({ points }) => points);
  if (all.length === 0) return `<figure><figcaption>${escapeHtml(title)}</figcaption><p>No values yet.</p></figure>`;
  const xs = ticks(0, extreme(all, 0, Math.max), 6);
  const ys = ticks(
    options.yMin ?? Math.min(0, extreme(all, 1, Math.min)),
    options.yMax ?? extreme(all, 1, Math.max),
    5,
  );
  const x = scale(xs[0]!, xs[xs.length - 1]!, LEFT, WIDTH - RIGHT);
  const y = scale(ys[0]!, ys[ys.length - 1]!, HEIGHT - BOTTOM, TOP);
  const grid = ys.map((value) => {
    const at = y(value);
    return `<path class="grid" d="M${LEFT} ${at}H${WIDTH - RIGHT}"/><text x="${LEFT - 8}" y="${at + 4}" text-anchor="end">${escapeHtml(formatY(value))}</text>`;
  });
  const bottom = HEIGHT - BOTTOM + 18;
  const marks = xs.map((value) => `<text x="${x(value)}" y="${bottom}" text-anchor="middle">${value}</text>`);
  const lines = finite.map((one) => line(one, x, y));
  const middle = (LEFT + WIDTH - RIGHT) / 2;
  const name = escapeHtml(`${title}: ${finite.map((one) => one.name).join(", ")}`);
  return [
    `<figure><figcaption>${escapeHtml(title)} ${legend(finite)}</figcaption>`,
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${name}">`,
    ...grid,
    ...marks,
    `<text x="${middle}" y="${HEIGHT - 6}" text-anchor="middle">${escapeHtml(xLabel)}</text>`,
    ...lines,
    "</svg></figure>",
  ].join("\n");
}

function legend(series: readonly Series[]): string {
  return series
    .map(({ name, colour }) => `<span class="key"><i class="b${colour}"></i>${escapeHtml(name)}</span>`)
    .join(" ");
}

function line({ name, points, colour, dots }: Series, x: Scale, y: Scale): string {
  const path = points.map(([a, b], i) => `${i === 0 ? "M" : "L"}${x(a)} ${y(b)}`).join("");
  const circles = dots
    ? points.map(([a, b]) => `<circle class="f${colour}" cx="${x(a)}" cy="${y(b)}" r="3.5"/>`).join("")
    : "";
  return `<g><title>${escapeHtml(name)}</title><path class="line c${colour}" d="${path}"/>${circles}</g>`;
}

type Scale = (value: number) => number;

/** Maps [low, high] to pixels, rounded to tenths so that the file stays small. */
function scale(low: number, high: number, from: number, to: number): Scale {
  return (value) => Math.round((from + ((value - low) / (high - low)) * (to - from)) * 10) / 10;
}

function extreme(
  points: readonly (readonly [number, number])[],
  axis: 0 | 1,
  pick: (a: number, b: number) => number,
): number {
  return points.reduce((best, point) => pick(best, point[axis]), points[0]![axis]);
}

/** Round numbers, about `count` of them, that cover [low, high]. */
export function ticks(low: number, high: number, count: number): number[] {
  const span = high > low ? high - low : Math.abs(high) || 1;
  const step = roundUp(span / count);
  const first = Math.floor(low / step);
  const last = Math.max(first + 1, Math.ceil((low + span) / step - 1e-9));
  // Number(…toPrecision) takes off the rounding of k · step: 0.30000000000000004 → 0.3.
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** The smallest of 1, 2, 2.5, 5, 10 times a power of ten that is at least x. */
function roundUp(x: number): number {
  const [digits, exponent] = x.toExponential(15).split("e");
  const lead = [1, 2, 2.5, 5, 10].find((nice) => nice >= Number(digits) - 1e-9)!;
  return Number(`${lead}e${exponent}`);
}

/** At most `most` points: means over equal runs, so that a long noisy curve stays light and readable. */
export function thinned(points: readonly (readonly [number, number])[], most: number): [number, number][] {
  const run = Math.max(1, Math.ceil(points.length / most));
  const thin: [number, number][] = [];
  for (let i = 0; i < points.length; i += run) {
    const group = points.slice(i, i + run);
    const sum = group.reduce((total, [, y]) => total + y, 0);
    thin.push([group[group.length - 1]![0], sum / group.length]);
  }
  return thin;
}
