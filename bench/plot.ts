/** Cost against size as an SVG: a panel an operation, log–log, light enough to live in the repository. */
import type { Row } from "./harness.js";

const [WIDTH, HEIGHT] = [860, 600];
const PANEL = { width: 350, height: 220 };
const LEFT = [60, 480];
const TOP = [50, 335];

interface Point {
  readonly n: number;
  readonly seconds: number;
}

/** Class of a line, what the legend calls it, and whose rows it draws. */
const LINES = [
  { style: "own", label: "matprop (WebAssembly, 128-bit)", kind: "own" },
  { style: "narrow", label: "OpenBLAS, 128-bit", kind: "128-bit" },
  { style: "native", label: "OpenBLAS, native", kind: "native" },
] as const;

const STYLE = `
    text { fill: #1f2430; font-size: 12px } .title { font-size: 15px; font-weight: 600 } .dim { fill: #5b6472 }
    .grid { stroke: #d9dde5; stroke-width: 1 } path { fill: none; stroke-width: 2 }
    .own { stroke: #3557c9 } .narrow { stroke: #c2553b; stroke-dasharray: 6 3 } .native { stroke: #6d7686; stroke-dasharray: 2 3 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e8eaf0 } .dim { fill: #a7afbd } .grid { stroke: #3a4150 }
      .own { stroke: #8ea6ff } .narrow { stroke: #f0937b } .native { stroke: #a7afbd }
    }`;

const POWERS = ["1 ns", "10 ns", "100 ns", "1 µs", "10 µs", "100 µs", "1 ms", "10 ms", "100 ms", "1 s", "10 s"];
const tenth = (seconds: number): string => POWERS[Math.round(Math.log10(seconds)) + 9];
export const text = (x: number, y: number, content: string, attributes = ""): string =>
  `<text x="${round(x)}" y="${round(y)}" ${attributes}>${content}</text>`;

export function round(x: number): string {
  return String(Math.round(x * 10) / 10);
}

function sizeOf(row: Row): number {
  return Number(/ n=(\d+)$/.exec(row.group)![1]);
}

/** Draws the rows of the suite `cost`. */
export function costPlot(rows: readonly Row[]): string {
  const operations = [...new Set(rows.map(({ group }) => group.split(" ")[1]))];
  const sizes = [...new Set(rows.map(sizeOf))].toSorted((a, b) => a - b);
  const times = rows.map(({ seconds }) => seconds!);
  const range = [Math.floor(Math.log10(Math.min(...times))), Math.ceil(Math.log10(Math.max(...times)))] as const;
  const panels = operations.map((name, i) => {
    const own = rows.filter(({ group }) => group.startsWith(`cost ${name} `));
    return panel(name, own, sizes, range, LEFT[i % 2], TOP[i >> 1]);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" role="img" aria-label="Time of ${operations.join(", ")} in float64 against the size of the matrix, log–log: matprop beside OpenBLAS at 128 bits and at full width.">
  <style>${STYLE}
  </style>
${[...legend(), ...panels].map((line) => `  ${line}`).join("\n")}
</svg>
`;
}

function legend(): string[] {
  return LINES.flatMap(({ style, label }, i) => {
    const x = LEFT[0] + [0, 270, 460][i];
    return [`<path class="${style}" d="M${x} 16h34"/>`, text(x + 42, 20, label)];
  });
}

function panel(
  name: string,
  rows: readonly Row[],
  sizes: readonly number[],
  [low, high]: readonly [number, number],
  left: number,
  top: number,
): string {
  const { width, height } = PANEL;
  const [first, last] = [Math.log2(sizes[0]), Math.log2(sizes.at(-1)!)];
  const x = (n: number): number => left + ((Math.log2(n) - first) / (last - first)) * width;
  const y = (seconds: number): number => top + ((high - Math.log10(seconds)) / (high - low)) * height;
  const parts = [text(left, top - 8, name, 'class="title"')];
  for (let power = low; power <= high; power++) {
    const at = y(10 ** power);
    parts.push(`<path class="grid" d="M${left} ${round(at)}h${width}"/>`);
    parts.push(text(left - 6, at + 4, tenth(10 ** power), 'class="dim" text-anchor="end"'));
  }
  for (const n of sizes) parts.push(text(x(n), top + height + 16, String(n), 'class="dim" text-anchor="middle"'));
  parts.push(
    text(left + width / 2, top + height + 32, "n (matrices n×n, float64)", 'class="dim" text-anchor="middle"'),
  );
  for (const { style, kind } of LINES.toReversed()) {
    const points = rows
      .filter((row) => row.kind === kind)
      .map((row): Point => ({ n: sizeOf(row), seconds: row.seconds! }));
    const path = points
      .map(({ n, seconds }, i) => `${i === 0 ? "M" : "L"}${round(x(n))} ${round(y(seconds))}`)
      .join("");
    if (path !== "") parts.push(`<path class="${style}" d="${path}"/>`);
  }
  return parts.join("\n  ");
}
