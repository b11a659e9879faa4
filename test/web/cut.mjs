/** Room *Cut an image*: paints, trains, undoes, exports, and finds its state after a reload. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decode, encode } from "fast-png";
import { data, io } from "../../build/src/index.js";
import { downloaded, downloadTo } from "./downloads.mjs";
import { tasksOf, watchTasks } from "./mainThread.mjs";
import { shoot } from "./screenshots.mjs";
import { checkFirstLoad } from "./site.mjs";

/** The sample that a first visit finds, with its true regions. */
const [SAMPLE] = data.syntheticScenes({ seed: 2, count: 1, height: 120, width: 160, regions: 5 });
const [{ labels: TRUTH }] = SAMPLE.truths;
const { width: WIDTH, height: HEIGHT } = SAMPLE;
/** What is painted in each region. */
const LINES = Array.from({ length: Math.max(...TRUTH) + 1 }, (_, region) => innerLines(region));
/** Share of the pixels that has to lie in a segment of its region's colour after training. */
const BAR = 0.85;

/** All of the image has to be in sight for the pointer. */
const DESKTOP = { width: 1120, height: 800 };

export async function testCut({ page, site, errors, screenshots }) {
  const folder = mkdtempSync(join(tmpdir(), "matprop-web-"));
  try {
    await downloadTo(await page.createCDPSession(), folder);
    await page.setViewport(DESKTOP);
    await page.goto("about:blank");
    await page.setCacheEnabled(false);
    site.forget();
    await page.goto(`${site.url}#cut`);
    await page.waitForSelector("#easel");
    await untilText(page, "#agreement", /Nothing is painted/);
    checkFirstLoad(site, "Cut an image");
    site.forget();
    const before = await paintsUntrained(page, folder);
    const after = await trains(page, folder);
    console.log(
      `room "Cut an image": ${percent(before)} of the pixels in a segment of their region before training, ${percent(after)} after it`,
    );
    assert.ok(
      after > before && after >= BAR,
      `trained features cut ${percent(after)} right, untrained ${percent(before)}`,
    );
    await exportsWeights(page, folder);
    assert.deepEqual(site.served(), [], "nothing is asked of the network once the room is there");
    await findsItsState(page, folder);
    if (screenshots) {
      await page.reload();
      await untilText(page, "#agreement", /painted pixels/);
      await shoot(page, screenshots, { room: "cut", from: ".studio", whole: true });
    }
    await cutsIntoAsManyAsAsked(page, folder);
    await undoes(page);
    await learnsWhilePainting(page);
    await paintsByKeyboard(page);
    await opensAnImage(page, folder);
    await fitsAPhone(page);
    assert.deepEqual(errors, []);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;

async function untilText(page, selector, pattern) {
  await page.waitForFunction(
    (at, source) => new RegExp(source).test(document.querySelector(at)?.textContent),
    {},
    selector,
    pattern.source,
  );
}

async function until(page, state) {
  await page.waitForSelector(`#training-status[data-state="${state}"]`, { timeout: 60_000 });
}

/** Strokes in every region without training: segments are there at once. Returns how well they fit. */
async function paintsUntrained(page, folder) {
  await page.click("#following");
  for (const [region, lines] of LINES.entries()) for (const line of lines) await stroke(page, region, line);
  await untilText(page, "#agreement", /painted pixels/);
  assert.equal(await page.$eval("#training-status", ({ dataset }) => dataset.state), "idle");
  console.log(`room "Cut an image": ${await page.$eval("#latency", (one) => one.textContent)}`);
  return accuracy(await labelMap(page, folder));
}

/** Trains to the end, held for a moment on the way, and watches the main thread. */
async function trains(page, folder) {
  await watchTasks(page);
  const start = performance.now();
  await page.click("#train");
  await until(page, "running");
  await page.click("#pause");
  await until(page, "paused");
  await page.click("#resume");
  await until(page, "done");
  const seconds = (performance.now() - start) / 1000;
  console.log(`60 steps of normalized cuts: ${seconds.toFixed(1)} s; ${await tasksOf(page)}`);
  return accuracy(await labelMap(page, folder));
}

/** With a stroke in hand: presses the pointer, moves it and lets it go. Coordinates are pixels of the sample. */
async function stroke(page, colour, [from, to]) {
  await page.$$eval(".colour input", (all, i) => all[i].click(), colour);
  const easel = await page.$("#easel");
  await easel.evaluate((one) => one.scrollIntoView({ block: "center" }));
  const { x, y, width } = await easel.boundingBox();
  const at = ([px, py]) => [x + ((px + 0.5) * width) / WIDTH, y + ((py + 0.5) * width) / WIDTH];
  await page.mouse.move(...at(from));
  await page.mouse.down();
  await page.mouse.move(...at(to), { steps: 8 });
  await page.mouse.up();
}

/** Two lines in a region, one across and one down, at a distance from its border. */
function innerLines(region) {
  const across = innerLine([WIDTH, HEIGHT], (x, y) => TRUTH[y * WIDTH + x] === region);
  const down = innerLine([HEIGHT, WIDTH], (y, x) => TRUTH[y * WIDTH + x] === region);
  return [across, down.map(([y, x]) => [x, y])];
}

/** The middle of the longest row of pixels that are inside with all around them. */
function innerLine([width, height], inside) {
  const deep = (x, y) => [-6, 0, 6].every((dy) => [-6, 0, 6].every((dx) => inside(x + dx, y + dy)));
  let best = { length: 0 };
  for (let y = 6; y < height - 6; y++) {
    for (let x = 6, length = 0; x < width - 6; x++) {
      length = deep(x, y) ? length + 1 : 0;
      if (length > best.length) best = { length, x, y };
    }
  }
  const { x, y, length } = best;
  const half = Math.min(16, Math.floor(length / 2));
  const middle = x - Math.floor(length / 2);
  return [
    [middle - half, y],
    [middle + half, y],
  ];
}

async function labelMap(page, folder) {
  await page.click("#labels");
  const bytes = await downloaded(folder, "labels.png");
  rmSync(join(folder, "labels.png"));
  const { width, height, channels, data: pixels } = decode(bytes);
  assert.deepEqual([width, height], [WIDTH, HEIGHT]);
  return Array.from({ length: width * height }, (_, i) => pixels[channels * i]);
}

/** Share of the pixels whose segment has the colour that was painted in their region. */
function accuracy(labels) {
  return labels.filter((label, i) => label === TRUTH[i]).length / labels.length;
}

async function exportsWeights(page, folder) {
  await page.click("#weights");
  const names = Object.keys(io.decodeSafetensors(await downloaded(folder, "cut.safetensors")).tensors);
  assert.ok(
    names.some((name) => /cuts/.test(name)),
    `weights without a metric: ${names}`,
  );
}

/** After a reload there are the same segments, and strokes that can be undone. */
async function findsItsState(page, folder) {
  const before = await labelMap(page, folder);
  const painted = await page.$eval("#agreement", (one) => one.textContent);
  await page.reload();
  await until(page, "done");
  await untilText(page, "#agreement", /painted pixels/);
  assert.equal(await page.$eval("#agreement", (one) => one.textContent), painted);
  assert.deepEqual(await labelMap(page, folder), before, "the segments are those from before the reload");
}

async function cutsIntoAsManyAsAsked(page, folder) {
  for (const count of ["2", "6"]) {
    await page.select("#segments", count);
    assert.equal(new Set(await labelMap(page, folder)).size, Number(count));
  }
  await page.select("#segments", "0");
}

const enabled = (page, id) => page.$eval(id, ({ disabled }) => !disabled);

async function undoes(page) {
  await page.click("#following");
  const strokes = LINES.flat().length;
  for (let i = 0; i < strokes; i++) {
    assert.ok(await enabled(page, "#undo"), `stroke ${i + 1} from the last can be undone`);
    await page.click("#undo");
  }
  await untilText(page, "#agreement", /Nothing is painted/);
  assert.deepEqual([await enabled(page, "#undo"), await enabled(page, "#train")], [false, false]);
  for (let i = 0; i < strokes; i++) await page.click("#redo");
  await untilText(page, "#agreement", /painted pixels/);
  assert.deepEqual([await enabled(page, "#redo"), await enabled(page, "#train")], [false, true]);
}

/** A stroke starts a run by itself, and the page says how long it took. */
async function learnsWhilePainting(page) {
  await page.click("#following");
  await stroke(page, 1, LINES[1][0]);
  await untilText(page, "#latency", /learned/);
  console.log(`room "Cut an image", trained features: ${await page.$eval("#latency", (one) => one.textContent)}`);
  await page.click("#stop");
  await until(page, "done");
  await page.click("#following");
}

async function paintsByKeyboard(page) {
  await page.click("#clear");
  await untilText(page, "#agreement", /Nothing is painted/);
  await page.focus("#easel");
  for (const key of ["4", "Space", "ArrowRight", "ArrowRight", "Space"]) await page.keyboard.press(key);
  await untilText(page, "#agreement", /painted pixels/);
  await page.keyboard.down("Control");
  await page.keyboard.press("z");
  await page.keyboard.up("Control");
  await untilText(page, "#agreement", /Nothing is painted/);
}

/** An upload of other proportions takes the place of the sample; what is no image is refused. */
async function opensAnImage(page, folder) {
  const wrong = join(folder, "no-picture.png");
  writeFileSync(wrong, "text");
  await (await page.$("input[aria-label='Image to cut']")).uploadFile(wrong);
  await untilText(page, "[role=alert]", /no-picture/);
  await openHalves(page, folder, { width: 300, height: 200, grid: "160 107" });
  await openHalves(page, folder, { width: 200, height: 600, grid: "53 160" });
  const { easel, shown } = await page.$eval("#easel", (one) => ({
    easel: one.getBoundingClientRect().height,
    shown: innerHeight,
  }));
  assert.ok(easel <= shown, `a tall image is ${easel} px high in a window of ${shown} px`);
}

/** Opens an image whose left half is dark and waits for its segments; `grid` is the size they should have. */
async function openHalves(page, folder, { width, height, grid }) {
  const file = join(folder, "halves.png");
  const pixels = Uint8Array.from({ length: width * height }, (_, i) => (i % width < width / 2 ? 50 : 200));
  writeFileSync(file, encode({ width, height, data: pixels, channels: 1 }));
  await (await page.$("input[aria-label='Image to cut']")).uploadFile(file);
  await page.waitForFunction((wide) => document.querySelector(".photo").width === wide, {}, width);
  await page.waitForSelector(".segments:not([hidden])");
  assert.equal(await page.$eval(".segments", (one) => `${one.width} ${one.height}`), grid);
}

async function fitsAPhone(page) {
  await page.setViewport({ width: 360, height: 740 });
  const [needed, there] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(needed <= there, `the room needs ${needed} pixels in a row, a phone has ${there}`);
  await page.setViewport(DESKTOP);
}
