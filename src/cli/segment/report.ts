import { lineChart, thinned } from "../report/chart.js";
import { escapeHtml, page } from "../report/html.js";
import { facts, figures } from "../report/parts.js";
import { pngDataUri } from "../report/png.js";
import { scope } from "../library.js";
import { duration, grouped, percent } from "../terminal.js";
import type { SegmentModel } from "./model.js";
import { eigenvectorPicture, overlayOf } from "./pictures.js";
import { modelFeatures, regionsOf, VECTORS } from "./pipeline.js";
import type { SegmentEpochRow, SegmentStepRow } from "./run.js";
import type { Sample } from "./samples.js";
import { chosen, type Scale } from "./validate.js";

/** Everything the page of a training run shows. */
export interface SegmentReport {
  readonly title: string;
  readonly steps: readonly SegmentStepRow[];
  readonly epochs: readonly SegmentEpochRow[];
  /** Every threshold on the validation images, before and after training. */
  readonly before: readonly Scale[];
  readonly after: readonly Scale[];
  readonly untrained: SegmentModel;
  readonly trained: SegmentModel;
  readonly samples: readonly Sample[];
  readonly parameters: number;
  readonly seconds: number;
  readonly manifest: readonly (readonly [name: string, value: string])[];
}

/** Images shown, and points of a training curve: more would only make the page heavy. */
const SHOWN = 12;
const MOST_POINTS = 240;

/** The page `report.html` of `matprop segment train`. */
export function segmentReport(report: SegmentReport): string {
  const { title, before, after, manifest } = report;
  const [first, last] = [chosen(before), chosen(after)];
  return page(title, [
    figures([
      ["covering, best annotator", percent(last.best)],
      ["covering, average", percent(last.average)],
      ["before training", `${percent(first.best)}, ${percent(first.average)}`],
      ["segments an image", last.segments.toFixed(1)],
      ["parameters", grouped(report.parameters)],
      ["wall time", duration(report.seconds)],
    ]),
    `<p>On the ${report.samples.length} validation images at the size the network works on, each at the threshold that is
best for all of them.</p>`,
    "<h2>Training</h2>",
    `<div class="charts">${lossChart(report)}${epochChart(report)}</div>`,
    "<h2>Covering by the number of segments</h2>",
    `<div class="charts">${scaleChart("Best annotator", before, after, ({ best }) => best)}${scaleChart(
      "Average over annotators",
      before,
      after,
      ({ average }) => average,
    )}</div>`,
    "<h2>Validation images</h2>",
    "<p>Image, a human segmentation, ours before and after training; below, the eigenvectors after training.</p>",
    ...pictures(report, first.threshold, last.threshold),
    "<h2>How this run came about</h2>",
    facts(manifest),
  ]);
}

function lossChart({ steps }: SegmentReport): string {
  const points = thinned(
    steps.map(({ step, loss }) => [step, loss]),
    MOST_POINTS,
  );
  return lineChart({ title: "Loss", xLabel: "step", series: [{ name: "training batches", colour: 1, points }] });
}

function epochChart({ epochs }: SegmentReport): string {
  return lineChart({
    title: "Covering of some validation images",
    xLabel: "step",
    formatY: (y) => `${Math.round(y * 100)} %`,
    series: [
      { name: "best", colour: 1, dots: true, points: epochs.map(({ step, coveringBest }) => [step, coveringBest]) },
      {
        name: "average",
        colour: 2,
        dots: true,
        points: epochs.map(({ step, coveringAverage }) => [step, coveringAverage]),
      },
    ],
  });
}

function scaleChart(
  title: string,
  before: readonly Scale[],
  after: readonly Scale[],
  of: (scale: Scale) => number,
): string {
  const points = (scales: readonly Scale[]): [number, number][] =>
    scales.map((scale) => [Number(scale.segments.toFixed(2)), of(scale)]);
  return lineChart({
    title,
    xLabel: "segments an image",
    formatY: (y) => `${Math.round(y * 100)} %`,
    series: [
      { name: "after training", colour: 1, points: points(after) },
      { name: "before", colour: 2, points: points(before) },
    ],
  });
}

function pictures({ samples, untrained, trained }: SegmentReport, early: number, late: number): string[] {
  untrained.eval();
  trained.eval();
  const step = Math.max(1, Math.floor(samples.length / SHOWN));
  return samples
    .filter((_, i) => i % step === 0)
    .slice(0, SHOWN)
    .map((sample) => {
      const { image } = sample;
      const { height, width } = image;
      const picture = (pixels: Uint8Array, what: string): string =>
        tag(pixels, height, width, 3, `${what} ${sample.id}`);
      const [first, last] = [untrained, trained].map((model) =>
        scope(() => regionsOf(modelFeatures(model)(sample), VECTORS)),
      );
      const vectors = eigenvectorPicture(last!.embedding, height, width);
      return `<figure><figcaption>${escapeHtml(sample.id)}</figcaption><p class="row">${[
        picture(image.pixels, "image"),
        picture(overlayOf(image, image.truths[0]!), "human segmentation of"),
        picture(overlayOf(image, first!.hierarchy.cut({ threshold: early })), "before training:"),
        picture(overlayOf(image, last!.hierarchy.cut({ threshold: late })), "after training:"),
      ].join(
        "",
      )}</p><p class="row">${tag(vectors.pixels, height, vectors.width, 1, `eigenvectors of ${sample.id}`)}</p></figure>`;
    });
}

function tag(pixels: Uint8Array, height: number, width: number, channels: number, what: string): string {
  const uri = pngDataUri(pixels, height, width, channels);
  return `<img src="${uri}" alt="${escapeHtml(what)}" width="${width}" height="${height}">`;
}
