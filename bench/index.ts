/**
 * The benches:
 *
 *   npm run bench -- [FILTER …] [--quick] [--json | --markdown] [--profile] [--list] [--peers] [--plot]
 *
 * FILTER: the name of a suite and beginnings of words of a title, as `--list` shows them: `npm run bench -- gemm float32 n=256`.
 * `npm run bench -- cost --plot` draws docs/img/cost.svg, `gradientError --plot` docs/img/gradient-error.svg. `npm run
 * bench:peers` is the same with --peers: the libraries of bench/peers take part.
 */
import { writeFileSync } from "node:fs";
import { init } from "../src/index.js";
import adjoint from "./adjoint.js";
import coldStart from "./coldStart.js";
import conv from "./conv.js";
import cost from "./cost.js";
import dispatch from "./dispatch.js";
import eigh from "./eigh.js";
import elementwise from "./elementwise.js";
import factor from "./factor.js";
import gemm from "./gemm.js";
import gradientError from "./gradientError.js";
import { gradientErrorPlot } from "./gradientPlot.js";
import gram from "./gram.js";
import { measure, QUICK, THOROUGH, type Row, type Suite } from "./harness.js";
import logGram from "./logGram.js";
import memory from "./memory.js";
import ncuts from "./ncuts.js";
import { costPlot } from "./plot.js";
import { stopPython } from "./python.js";
import qr from "./qr.js";
import { machine, machineLine, markdown, summary, table } from "./report.js";
import { loadRivals } from "./rivals/index.js";
import { selectedGroups } from "./select.js";
import size from "./size.js";
import svd from "./svd.js";
import train from "./train.js";

const SUITES: readonly Suite[] = [
  train,
  logGram,
  adjoint,
  ncuts,
  gemm,
  gram,
  eigh,
  factor,
  svd,
  qr,
  conv,
  elementwise,
  dispatch,
  memory,
  coldStart,
  size,
  cost,
  gradientError,
];
/** What `--plot` draws from the rows of a suite. */
const PLOTS: Readonly<Record<string, readonly [file: string, draw: (rows: readonly Row[]) => string]>> = {
  cost: ["docs/img/cost.svg", costPlot],
  gradientError: ["docs/img/gradient-error.svg", gradientErrorPlot],
};
const FLAGS = ["--quick", "--json", "--markdown", "--profile", "--list", "--peers", "--plot"];

const args = process.argv.slice(2);
const has = (flag: string): boolean => args.includes(flag);
const words = args.filter((arg) => !arg.startsWith("--"));

class UsageError extends Error {}

async function main(): Promise<void> {
  const unknown = args.find((arg) => arg.startsWith("--") && !FLAGS.includes(arg));
  if (unknown) throw new UsageError(`unknown option ${unknown}; the options are ${FLAGS.join(", ")}`);
  const chosen = selectedGroups(SUITES, words);
  if (chosen.length === 0) throw new UsageError(`nothing matches "${words.join(" ")}"; --list shows what there is`);
  if (has("--list")) {
    for (const { groups } of chosen) for (const { title } of groups) console.log(title);
    return;
  }
  await init();
  if (has("--profile")) {
    for (const { suite } of chosen) if (suite.profile) console.log(await suite.profile());
    return;
  }
  if (has("--peers")) await loadRivals();
  const about = machine();
  const rows: Row[] = [];
  const text = !has("--json");
  if (text) console.log(machineLine(about));
  for (const { suite, groups } of chosen) {
    if (text) console.log(`\n# ${suite.name}: ${suite.about}`);
    for (const group of groups) {
      const found = await measure(suite.name, group, has("--quick") ? QUICK : THOROUGH);
      rows.push(...found);
      if (text && !has("--markdown")) console.log(table(group.title, found) + summary(found));
    }
    if (has("--markdown")) {
      const own = rows.filter((row) => row.suite === suite.name);
      console.log(markdown(suite.name, own));
    }
  }
  if (has("--plot")) plot(rows);
  if (has("--json")) console.log(JSON.stringify({ machine: about, rows }, null, 1));
}

/** Draws what was measured and has a plot. */
function plot(rows: readonly Row[]): void {
  for (const [name, [file, draw]] of Object.entries(PLOTS)) {
    const own = rows.filter(({ suite }) => suite === name);
    if (own.length > 0) writeFileSync(file, draw(own));
  }
}

main()
  .catch((error: unknown) => {
    console.error(error instanceof UsageError ? error.message : error);
    process.exitCode = 1;
  })
  .finally(stopPython);
