/** Error of gradients against the gap of two eigenvalues as an SVG: a panel a loss and dtype, log–log. */
import type { Row } from "./harness.js";
import { round, text } from "./plot.js";

const [WIDTH, HEIGHT] = [860, 640];
const PANEL = { width: 350, height: 220 };
const LEFT = [60, 480];
const TOP = [74, 370];
/** Exponents of ten at the ends of the axis of errors; what is smaller is drawn at the lower end. */
const [LOW, HIGH] = [-17, 1];
const LABELS = [0, -4, -8, -12, -16];

/** Class of a line by contender, in the order of the legend. */
const LINES: Readonly<Record<string, string>> = {
  "Daleckii–Krein": "exact",
  "Newton–Schulz": "newton",
  "K-route": "plain",
  Padé: "pade",
  broadened: "broad",
  Taylor: "taylor",
};
const TITLES: Readonly<Record<string, string>> = { sqrtm: "loss of √A", vectors: "loss of single eigenvectors" };

const STYLE = `
    text { fill: #1f2430; font-size: 12px } .title { font-size: 15px; font-weight: 600 } .dim { fill: #5b6472 }
    .grid { stroke: #d9dde5; stroke-width: 1 } path { fill: none; stroke-width: 2 }
    .exact { stroke: #3557c9; stroke-width: 3 } .newton { stroke: #1f8a70; stroke-dasharray: 8 3 } .plain { stroke: #c2553b }
    .pade { stroke: #8a4fbf; stroke-dasharray: 6 3 } .broad { stroke: #b08a1e; stroke-dasharray: 2 3 } .taylor { stroke: #6d7686 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e8eaf0 } .dim { fill: #a7afbd } .grid { stroke: #3a4150 }
      .exact { stroke: #8ea6ff } .newton { stroke: #5fd0b3 } .plain { stroke: #f0937b }
      .pade { stroke: #c79af0 } .broad { stroke: #e0c060 } .taylor { stroke: #a7afbd }
    }`;

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const powerOfTen = (exponent: number): string =>
  exponent === 0 ? "1" : `10⁻${[...String(-exponent)].map((digit) => SUPERSCRIPTS[Number(digit)]).join("")}`;

/** The k of a gap 2^−k. */
const powerOf = (row: Row): number => Number(/ gap=2\^-(\d+)$/.exec(row.group)![1]);

/** Draws the rows of the suite `gradientError`. */
export function gradientErrorPlot(rows: readonly Row[]): string {
  const kinds = [...new Set(rows.map(({ group }) => group.split(" ").slice(1, 3).join(" ")))];
  const panels = kinds.map((kind, i) => {
    const own = rows.filter(({ group }) => group.startsWith(`gradientError ${kind} `));
    return panel(kind, own, LEFT[i % 2], TOP[i >> 1]);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" role="img" aria-label="Relative error of the gradient against the gap of two eigenvalues, log–log, for a loss of the square root of a matrix and for a loss of single eigenvectors, in float32 and float64, by route.">
  <style>${STYLE}
  </style>
${[...legend(), ...panels].map((line) => `  ${line}`).join("\n")}
</svg>
`;
}

function legend(): string[] {
  const offsets = [0, 145, 290, 400, 500, 620];
  return Object.entries(LINES).flatMap(([label, style], i) => {
    const x = LEFT[0] + offsets[i];
    return [`<path class="${style}" d="M${x} 20h26"/>`, text(x + 32, 24, label)];
  });
}

function panel(kind: string, rows: readonly Row[], left: number, top: number): string {
  const { width, height } = PANEL;
  const [loss, dtype] = kind.split(" ");
  // The gap in powers of ten: 2^−k is 10^(−k·log₁₀2).
  const decades = Math.max(...rows.map(powerOf)) * Math.log10(2);
  const x = (decade: number): number => left + (decade / decades) * width;
  const y = (error: number): number =>
    top + ((HIGH - Math.min(HIGH, Math.max(LOW, Math.log10(error)))) / (HIGH - LOW)) * height;
  const parts = [text(left, top - 10, `${TITLES[loss]}, ${dtype}`, 'class="title"')];
  for (const exponent of LABELS) {
    const at = y(10 ** exponent);
    parts.push(`<path class="grid" d="M${left} ${round(at)}h${width}"/>`);
    parts.push(text(left - 6, at + 4, powerOfTen(exponent), 'class="dim" text-anchor="end"'));
  }
  for (let decade = 0; decade <= decades; decade += dtype === "float32" ? 1 : 2) {
    parts.push(text(x(decade), top + height + 16, powerOfTen(-decade), 'class="dim" text-anchor="middle"'));
  }
  parts.push(
    text(left + width / 2, top + height + 34, "gap of the two eigenvalues", 'class="dim" text-anchor="middle"'),
  );
  for (const [name, style] of Object.entries(LINES).toReversed()) {
    const path = rows
      .filter((row) => row.name === name)
      .map((row, i) => `${i === 0 ? "M" : "L"}${round(x(powerOf(row) * Math.log10(2)))} ${round(y(row.rate!))}`)
      .join("");
    if (path !== "") parts.push(`<path class="${style}" d="${path}"/>`);
  }
  return parts.join("\n  ");
}
