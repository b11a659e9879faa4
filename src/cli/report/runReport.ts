import type { ClassifierEpoch, ClassifierStep } from "../run.js";
import { duration, grouped, percent } from "../terminal.js";
import type { RunFacts } from "../trainingRun.js";
import { lineChart } from "./chart.js";
import { page } from "./html.js";
import { confusionTable, facts, figures, mistakeGrid, trainingCurve, type Images, type Mistake } from "./parts.js";

/** Everything the page of a training run shows. */
export interface RunReport extends RunFacts<ClassifierStep, ClassifierEpoch> {
  readonly title: string;
  readonly testAccuracy: number;
  readonly testLoss: number;
  readonly imagesPerSecond: number;
  readonly classes: readonly string[];
  readonly confusion: ArrayLike<number>;
  readonly mistakes: readonly Mistake[];
  readonly mistakeCount: number;
  /** What the samples are. */
  readonly unit: string;
  /** The test images; null where samples are nothing to look at. */
  readonly images: Images | null;
}

/** The page `report.html`. */
export function runReport(report: RunReport): string {
  const { title, steps, epochs, classes, confusion, mistakes, images } = report;
  const testCurve = (of: (row: ClassifierEpoch) => number): [number, number][] =>
    epochs.map((row) => [row.step, of(row)]);
  const loss = lineChart({
    title: "Loss",
    xLabel: "step",
    yMin: 0,
    series: [
      { name: "training batches", colour: 1, points: trainingCurve(steps, (row) => row.loss) },
      { name: "test set", colour: 2, dots: true, points: testCurve((row) => row.testLoss) },
    ],
  });
  const accuracy = lineChart({
    title: "Accuracy",
    xLabel: "step",
    yMax: 1,
    formatY: (y) => `${Math.round(y * 100)} %`,
    series: [
      { name: "training batches", colour: 1, points: trainingCurve(steps, (row) => row.accuracy) },
      { name: "test set", colour: 2, dots: true, points: testCurve((row) => row.testAccuracy) },
    ],
  });
  const shown = mistakes.length < report.mistakeCount ? `the ${mistakes.length} surest` : "all";
  return page(title, [
    figures([
      ["test accuracy", percent(report.testAccuracy)],
      ["test loss", report.testLoss.toFixed(4)],
      ["parameters", grouped(report.parameters)],
      [`${report.unit} per second`, grouped(Math.round(report.imagesPerSecond))],
      ["wall time", duration(report.seconds)],
    ]),
    "<h2>Training</h2>",
    `<div class="charts">${loss}${accuracy}</div>`,
    "<h2>Confusion matrix of the test set</h2>",
    confusionTable(confusion, classes),
    `<h2>Worst mistakes</h2><p>${report.mistakeCount} wrong answers; ${shown} of them, the surest first.</p>`,
    mistakeGrid(mistakes, images, classes),
    "<h2>How this run came about</h2>",
    facts(report.manifest),
  ]);
}
