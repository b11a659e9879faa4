import assert from "node:assert/strict";
import { decode } from "fast-png";
import { lineChart, thinned, ticks } from "../../src/cli/report/chart.js";
import { escapeHtml } from "../../src/cli/report/html.js";
import { worstMistakes } from "../../src/cli/report/parts.js";
import { crc32, encodePng } from "../../src/cli/report/png.js";
import { runReport } from "../../src/cli/report/runReport.js";

describe("report", () => {
  it("PNG: another decoder reads the pixels back", () => {
    for (const [height, width, channels] of [
      [1, 1, 1],
      [3, 5, 1],
      [7, 2, 3],
    ] as const) {
      const pixels = Uint8Array.from({ length: height * width * channels }, (_, i) => (i * 37) & 0xff);
      const image = decode(encodePng(pixels, height, width, channels), { checkCrc: true });
      assert.deepEqual([image.width, image.height, image.channels], [width, height, channels]);
      assert.deepEqual(Uint8Array.from(image.data), pixels);
    }
    assert.equal(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
  });

  it("ticks are round and cover the range", () => {
    assert.deepEqual(ticks(0, 1, 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
    assert.deepEqual(ticks(0, 940, 5), [0, 200, 400, 600, 800, 1000]);
    assert.deepEqual(ticks(0.1, 0.3, 2), [0.1, 0.2, 0.3]);
    for (const [low, high] of [
      [0, 0],
      [3, 3],
      [-1e-9, 2e-9],
      [0, 1e12],
    ] as const) {
      const marks = ticks(low, high, 5);
      assert.ok(marks[0]! <= low && marks[marks.length - 1]! >= high && marks.length < 20, `${low} ${high}: ${marks}`);
    }
  });

  it("a chart draws finite points only, and says so when there is none", () => {
    const points = [
      [0, 1],
      [1, Number.NaN],
      [2, 3],
    ] as const;
    const svg = lineChart({ title: "T<", xLabel: "x", series: [{ name: "a&b", points, colour: 1, dots: true }] });
    assert.equal(svg.match(/<circle/g)!.length, 2);
    assert.ok(svg.includes("T&lt;") && svg.includes("a&amp;b") && !svg.includes("NaN"));
    assert.match(lineChart({ title: "T", xLabel: "x", series: [] }), /No values yet/);
  });

  it("long curves are thinned to means of equal runs", () => {
    const points = Array.from({ length: 10 }, (_, i) => [i + 1, i] as const);
    assert.deepEqual(thinned(points, 5), [
      [2, 0.5],
      [4, 2.5],
      [6, 4.5],
      [8, 6.5],
      [10, 8.5],
    ]);
    assert.equal(thinned(points, 100).length, 10);
  });

  it("finds the surest mistakes, ties in order", () => {
    const probabilities = [0.9, 0.1, 0.2, 0.8, 0.3, 0.7, 0.6, 0.4];
    const found = worstMistakes([0, 0, 0, 1], probabilities, 2, 2);
    assert.deepEqual(
      found.map(({ index, predicted, probability, truth }) => [index, predicted, probability, truth]),
      [
        [1, 1, 0.8, 0.2],
        [2, 1, 0.7, 0.3],
      ],
    );
  });

  it("the page is self-contained and holds all parts, with texts escaped", () => {
    const classes = ["cat", "<dog>"];
    const html = runReport({
      title: "o2p on <mnist>",
      steps: [
        { kind: "step", step: 1, epoch: 0, loss: 2, accuracy: 0.5, lr: 0.1 },
        { kind: "step", step: 2, epoch: 0, loss: 1, accuracy: 0.75, lr: 0.1 },
      ],
      epochs: [{ kind: "epoch", step: 2, epoch: 1, testLoss: 1.5, testAccuracy: 0.625 }],
      testAccuracy: 0.625,
      testLoss: 1.5,
      parameters: 12345,
      imagesPerSecond: 1000,
      seconds: 12,
      classes,
      confusion: [3, 1, 2, 2],
      mistakes: [{ index: 1, label: 0, predicted: 1, probability: 0.9, truth: 0.1 }],
      mistakeCount: 3,
      unit: "images",
      images: { images: new Uint8Array(2 * 4), shape: [2, 2, 1] },
      manifest: [
        ["seed", "7"],
        ["weights SHA-256", "ab".repeat(32)],
      ],
    });
    assert.ok(html.startsWith("<!doctype html>"));
    assert.equal(html.match(/<svg /g)!.length, 2);
    assert.ok(html.includes("62.50 %") && html.includes("12 345") && html.includes("ab".repeat(32)));
    assert.ok(html.includes("data:image/png;base64,") && html.includes("3 wrong answers; the 1 surest"));
    assert.ok(html.includes("prefers-color-scheme: dark") && html.includes('name="viewport"'));
    assert.ok(html.includes("o2p on &lt;mnist&gt;") && !html.includes("<dog>"));
    assert.ok(!/<script|https?:|url\(|@import/.test(html), "nothing may be fetched or run");
    assert.equal(escapeHtml(`<a href='x' b="&">`), "&lt;a href=&#39;x&#39; b=&quot;&amp;&quot;&gt;");
  });
});
