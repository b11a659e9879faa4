import { lineChart } from "../report/chart.js";
import { escapeHtml, page } from "../report/html.js";
import { facts, figures, trainingCurve } from "../report/parts.js";
import { pngDataUri } from "../report/png.js";
import { duration, grouped, percent } from "../terminal.js";
import type { RunFacts } from "../trainingRun.js";
import { eigenvectorPicture, overlayOf } from "./pictures.js";
import type { Regions } from "./pipeline.js";
import type { SegmentEpoch, SegmentStep } from "./run.js";
import type { Sample } from "./samples.js";
import { chosen, type Scale } from "./validate.js";

/** Everything the page of a training run shows. */
export interface SegmentReport extends RunFacts<SegmentStep, SegmentEpoch> {
  readonly title: string;
  /** Eigenvectors that the loss compared. */
  readonly rank: number;
  /** Every threshold on the validation images, before and after training. */
  readonly before: readonly Scale[];
  readonly after: readonly Scale[];
  /** How many these are. */
  readonly images: number;
  readonly shown: readonly ShownImage[];
}

/** An image with its regions before and after training. */
export interface ShownImage {
  readonly sample: Sample;
  readonly before: Regions;
  readonly after: Regions;
}

/** Images shown: more would only make the page heavy. */
const SHOWN = 12;

/** Those of the images that the page shows. */
export function shownOf(samples: readonly Sample[]): Sample[] {
  const step = Math.max(1, Math.floor(samples.length / SHOWN));
  return samples.filter((_, i) => i % step === 0).slice(0, SHOWN);
}

/** The page `report.html` of `matprop segment train`. */
export function segmentReport(report: SegmentReport): string {
  const { title, before, after } = report;
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
    `<p>On the ${report.images} validation images at the size the network works on, each at the threshold that is
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
    ...report.shown.map((image) => pictures(image, first.threshold, last.threshold)),
    "<h2>How this run came about</h2>",
    facts([...report.manifest, ...unranked(report)]),
  ]);
}

/** How many crops the loss could not compare by as many leading eigenvectors as it should, if there were any. */
function unranked({ steps, rank }: SegmentReport): [string, string][] {
  const crops = steps.reduce((sum, step) => sum + (step.unranked ?? 0), 0);
  return crops === 0 ? [] : [[`crops without ${rank} eigenvectors`, `${grouped(crops)}, compared by all they have`]];
}

function lossChart({ steps }: SegmentReport): string {
  const points = trainingCurve(steps, ({ loss }) => loss);
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

function pictures({ sample: { image }, before, after }: ShownImage, early: number, late: number): string {
  const { id, height, width } = image;
  const picture = (pixels: Uint8Array, what: string): string => tag(pixels, height, width, 3, `${what} ${id}`);
  const vectors = eigenvectorPicture(after.embedding, height, width);
  return `<figure><figcaption>${escapeHtml(id)}</figcaption><p class="row">${[
    picture(image.pixels, "image"),
    picture(overlayOf(image, image.truths[0]!), "human segmentation of"),
    picture(overlayOf(image, before.hierarchy.cut({ threshold: early })), "before training:"),
    picture(overlayOf(image, after.hierarchy.cut({ threshold: late })), "after training:"),
  ].join("")}</p><p class="row">${tag(vectors.pixels, height, vectors.width, 1, `eigenvectors of ${id}`)}</p></figure>`;
}

function tag(pixels: Uint8Array, height: number, width: number, channels: number, what: string): string {
  const uri = pngDataUri(pixels, height, width, channels);
  return `<img src="${uri}" alt="${escapeHtml(what)}" width="${width}" height="${height}">`;
}
