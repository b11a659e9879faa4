import type { Plan } from "../compare/comparison.js";
import { resultCells, type ResultRow } from "../compare/result.js";
import { describeSource } from "../dataset.js";
import { manifestOf } from "../manifest.js";
import { percent } from "../terminal.js";
import { lineChart } from "./chart.js";
import { page, table } from "./html.js";
import { facts } from "./parts.js";

const COLOURS = [1, 2, 3, 4] as const;

/** The page of a comparison: the table, every run, and how it came about. */
export function compareReport(plan: Plan, rows: readonly ResultRow[]): string {
  const { head, body } = resultCells(rows);
  const chart = lineChart({
    title: "Test accuracy by seed",
    xLabel: "seed",
    yMin: Math.min(...rows.flatMap(({ accuracies }) => accuracies)),
    formatY: (y) => `${Number((y * 100).toFixed(2))} %`,
    series: rows.map(({ description, accuracies }, i) => ({
      name: description,
      colour: COLOURS[i % COLOURS.length]!,
      dots: true,
      points: accuracies.map((accuracy, seed) => [seed + 1, accuracy]),
    })),
  });
  const seeds = rows[0]!.accuracies.map((_, seed) => [
    String(seed + 1),
    ...rows.map(({ accuracies }) => percent(accuracies[seed]!)),
  ]);
  const { grid, tuneSeeds, validation } = plan;
  return page(`Comparison on ${plan.base.data}`, [
    `<p>${describeSource(plan)}. Mean ± standard deviation over ${plan.seeds} seeds. Differences and p against the first
line: exact two-sided paired sign-flip test, all 2^n signs. Learning rates chosen on ${percent(validation)} of the training
data.</p>`,
    table(head, body),
    "<h2>Every run</h2>",
    chart,
    table(["seed", ...rows.map(({ description }) => description)], seeds),
    "<h2>How it came about</h2>",
    facts(
      manifestOf(plan.base, {
        "learning rates tried": grid.join(", "),
        "seeds for each of them": String(tuneSeeds),
        "held out for that": percent(validation),
      }),
    ),
  ]);
}
