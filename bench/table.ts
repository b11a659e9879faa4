/**
 * The table of what this library must and aims to reach, filled in from runs:
 *
 *   npm run -s bench:peers -- gemm --json > gemm.json
 *   npm run -s bench:table -- gemm.json eigh.json …
 *
 * Of each measure the worst group of a line is shown. A group that is in several files counts as the last of them says.
 */
import { readFileSync } from "node:fs";
import type { Row } from "./harness.js";
import { fastestOf } from "./report.js";

/** `figure` finds the ratio in the rows of a group (or of the whole run), above 1 when we are ahead. */
interface Measure {
  readonly what: string;
  figure(group: readonly Row[], all: readonly Row[]): number | undefined;
}

interface Criterion {
  readonly measure: Measure;
  readonly factor: number;
  /** The groups it holds for, if not for all of the line. */
  readonly groups?: readonly string[];
}

interface Line {
  readonly work: string;
  readonly groups: readonly string[];
  readonly must: readonly Criterion[];
  readonly aim: readonly Criterion[];
}

const fastest = (what: string, kind: "rival" | "native" | "128-bit", name = /^/): Measure => ({
  what,
  figure: (rows) =>
    fastestOf(
      kind,
      rows.filter((row) => name.test(row.name)),
    )?.ratio ?? undefined,
});
const PEER = fastest("fastest Wasm/JS peer", "rival");
const TFJS = fastest("tfjs-wasm", "rival", /^tfjs/);
const CONVNETJS = fastest("convnetjs", "rival", /^convnetjs/);
const SSE = fastest("native, 128-bit", "128-bit");
const NATIVE = fastest("native", "native");
const MICRO_KERNEL: Measure = {
  what: "micro-kernel",
  figure: (rows) => rows.find(({ name }) => name.includes("_ukr_"))?.ratio ?? undefined,
};
/** Flops of the three passes over their time, beside the rate of the first. */
const FORWARD: Measure = {
  what: "forward's rate, forward + backward",
  figure: ([{ group, rate }], all) => {
    const others = ["wgrad", "igrad"].map((pass) => {
      const title = group.replace("forward", pass);
      return all.find((row) => row.group === title && row.ratio === null)?.rate;
    });
    const [w, i] = others;
    return rate && w && i ? 3 / (1 / rate + 1 / w + 1 / i) / rate : undefined;
  },
};

const FLOATS = ["float32", "float64"] as const;
const titles = (suite: string, dtype: string, shapes: readonly (string | number)[]): string[] =>
  shapes.map((shape) => `${suite} ${dtype} ${typeof shape === "number" ? `n=${shape}` : shape}`);
const PRODUCTS = [64, 128, 256, 512, 1024, "64×576×3136", "256×1152×196"];
const SMALL = FLOATS.flatMap((dtype) => titles("gemm", dtype, [16, 32]));
const GRAMS = ["196×64", "784×128", "batch 32 of 196×64", "batch 32 of 784×128"];
const LAYERS = ["64×28×28×1→16", "64×14×14×16→32", "1×56×56×64→64", "1×14×14×128→256"];
const BATCHES = ["batch 1024×8", "batch 1024×16", "batch 256×32"];

const LINES: readonly Line[] = [
  {
    work: "GEMM f32 64…1024, 64×576×3136, 256×1152×196",
    groups: titles("gemm", "float32", PRODUCTS),
    must: [of(PEER, 1.35), of(SSE, 1.2)],
    aim: [of(MICRO_KERNEL, 0.93)],
  },
  {
    work: "GEMM f64, the same shapes",
    groups: titles("gemm", "float64", PRODUCTS),
    must: [of(PEER, 1.5), of(SSE, 1.1)],
    aim: [of(MICRO_KERNEL, 0.93)],
  },
  {
    work: "GEMM n = 16, 32",
    groups: SMALL,
    must: [of(PEER, 2), of(SSE, 1)],
    aim: [
      of(
        NATIVE,
        1,
        SMALL.filter((title) => title.endsWith("16")),
      ),
    ],
  },
  {
    work: "Gram 784×128, 196×64, batch 32 of each",
    groups: FLOATS.flatMap((dtype) => titles("gram", dtype, GRAMS)),
    must: [of(SSE, 1), of(PEER, 2)],
    aim: [of(SSE, 1.3)],
  },
  {
    work: "eigh f64 32, 64",
    groups: titles("eigh", "float64", [32, 64]),
    must: [of(SSE, 1.3), of(PEER, 2.5)],
    aim: [of(NATIVE, 1.3)],
  },
  {
    work: "eigh f64 128, 256, 512",
    groups: titles("eigh", "float64", [128, 256, 512]),
    must: [of(SSE, 1.1), of(PEER, 3)],
    aim: [of(NATIVE, 1)],
  },
  ...FLOATS.map((dtype) => ({
    work: `eigh ${dtype === "float32" ? "f32" : "f64"} batched 1024×8, 1024×16, 256×32`,
    groups: titles("eigh", dtype, BATCHES),
    must: [of(NATIVE, 2)],
    aim: [of(NATIVE, dtype === "float32" ? 5 : 3)],
  })),
  {
    work: "SVD f64 196×64, 784×128, 784×256, 512×512",
    groups: titles("svd", "float64", ["196×64", "784×128", "784×256", "512×512"]),
    must: [of(SSE, 1), of(PEER, 3)],
    aim: [of(NATIVE, 1)],
  },
  {
    work: "training the convnet, images/s",
    groups: ["train convnet step"],
    must: [of(SSE, 1.3), of(CONVNETJS, 20)],
    aim: [of(NATIVE, 0.8)],
  },
  {
    work: "conv forward, the four layers",
    groups: titles(
      "conv",
      "float32",
      LAYERS.map((layer) => `${layer} forward`),
    ),
    must: [of(TFJS, 1), of(FORWARD, 0.8)],
    aim: [of(TFJS, 1.3)],
  },
];

function of(measure: Measure, factor: number, groups?: readonly string[]): Criterion {
  return { measure, factor, groups };
}

const wanted = ({ factor, measure, groups }: Criterion): string =>
  `≥ ${factor}× ${measure.what}${groups ? ` at ${groups.map((title) => title.split(" ").slice(1).join(" ")).join(", ")}` : ""}`;

/** The worst figure of a criterion and where, or what is missing; and whether it is met. */
function judged(criterion: Criterion, line: Line, rows: readonly Row[]): { text: string; met: boolean | undefined } {
  const groups = criterion.groups ?? line.groups;
  const figures = groups.flatMap((title) => {
    const own = rows.filter(({ group }) => group === title);
    const figure = own.length > 0 ? criterion.measure.figure(own, rows) : undefined;
    return figure === undefined ? [] : [{ title: title.split(" ").slice(1).join(" "), figure }];
  });
  if (figures.length === 0) return { text: `${criterion.measure.what}: not measured`, met: undefined };
  const worst = figures.reduce((a, b) => (b.figure < a.figure ? b : a));
  const partly = figures.length < groups.length ? `, ${figures.length} of ${groups.length} measured` : "";
  const text = `${worst.figure.toFixed(2)}× ${criterion.measure.what} (${worst.title}${partly})`;
  return {
    text,
    met: worst.figure >= criterion.factor && partly === "" ? true : worst.figure < criterion.factor ? false : undefined,
  };
}

const WORDS = new Map<boolean | undefined, string>([
  [true, "yes"],
  [false, "no"],
  [undefined, "?"],
]);

function verdict(results: readonly { met: boolean | undefined }[]): string {
  return WORDS.get(
    results.some(({ met }) => met === false) ? false : results.every(({ met }) => met) ? true : undefined,
  )!;
}

export function targets(rows: readonly Row[]): string {
  const lines = LINES.map((line) => {
    const [must, aim] = [line.must, line.aim].map((criteria) => criteria.map((c) => judged(c, line, rows)));
    const texts = [...new Set([...must, ...aim].map(({ text }) => text))].join("; ");
    const cells = [line.work, line.must.map(wanted).join(", "), line.aim.map(wanted).join(", "), texts];
    return `| ${cells.join(" | ")} | must ${verdict(must)}, aim ${verdict(aim)} |`;
  });
  return ["| work | must | aim | measured (worst shape) | met? |", "| --- | --- | --- | --- | --- |", ...lines].join(
    "\n",
  );
}

const files = process.argv.slice(2);
const found = new Map<string, Row[]>();
for (const file of files) {
  const { rows } = JSON.parse(readFileSync(file, "utf8")) as { rows: Row[] };
  for (const group of new Set(rows.map((row) => row.group))) {
    found.set(
      group,
      rows.filter((row) => row.group === group),
    );
  }
}
if (files.length === 0) {
  console.error("give it the output of runs with --json");
  process.exitCode = 1;
} else {
  console.log(targets([...found.values()].flat()));
}
