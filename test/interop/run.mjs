/**
 * Tests `examples/interop`: that what TensorFlow.js gets back through a layer of matprop is the derivative, and that the
 * program shows what it promises, on generated textures and on the steel surfaces of `../shared/data` where they are:
 *
 *   npm ci --prefix examples/interop --ignore-scripts && npm run test:interop
 *
 * The library has to be built. Without TensorFlow.js nothing is tested, and said so; with `--require` that is a failure.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const EXAMPLE = "examples/interop";
const STEEL = "../shared/data/neu_steel";

if (!existsSync(`${EXAMPLE}/node_modules/@tensorflow/tfjs`)) {
  console.log(`${EXAMPLE}: skipped, for want of TensorFlow.js: npm ci --prefix ${EXAMPLE} --ignore-scripts`);
  process.exit(process.argv.includes("--require") ? 1 : 0);
}
const tf = createRequire(resolve(EXAMPLE, "main.mjs"))("@tensorflow/tfjs");
const { grad, init, random, tensor } = await import("matprop");
const { asTfOperation, secondOrderPooling } = await import(`../../${EXAMPLE}/pooling.mjs`);
const { CHANNELS, featureMaps, gaborFilters } = await import(`../../${EXAMPLE}/tfjs.mjs`);
await init();
const pool = asTfOperation(secondOrderPooling);
const normal = (shape, seed) => tf.tensor(random.normal(shape, { seed }).data(), shape);

testLayer();
testChain();
const [average, second, trained] = accuracies();
assert.ok(second > average + 2, `${second} % by the layer, ${average} % by averages`);
assert.ok(trained > second, `${trained} % with trained filters, ${second} % before`);
if (existsSync(STEEL)) {
  const [average, second, trained] = accuracies(STEEL);
  assert.ok(second > average + 2 && trained > average + 2, "steel surfaces");
} else {
  console.log(`${EXAMPLE}: not on steel surfaces, which are not at ${STEEL}`);
}

/** The gradient through tfjs has the bits of the one that matprop takes by itself. */
function testLayer() {
  const features = normal([3, 4, 5, 6], 1);
  const dy = normal([3, 21], 2);
  const found = tf.grad(pool)(features, dy);
  const [F, weights] = [features, dy].map((x) => tensor(x.dataSync(), { shape: x.shape }));
  const own = grad((F) => secondOrderPooling(F).mul(weights).sum())(F);
  assert.deepEqual(found.shape, [...own.shape]);
  assert.deepEqual(found.dataSync(), own.data());
  assert.ok(found.dataSync().some((value) => Math.abs(value) > 0.01));
}

/** From the loss through the layer and a convolution of tfjs to its filters, along a direction, against differences. */
function testChain() {
  const images = normal([4, 24, 24, 1], 3);
  const filters = gaborFilters();
  const weights = normal([4, (CHANNELS * (CHANNELS + 1)) / 2], 4);
  const direction = normal(filters.shape, 5);
  const pooled = (filters) => pool(featureMaps(images, filters));
  const gradient = tf.grad((filters) => tf.sum(tf.mul(pooled(filters), weights)))(filters);
  const along = dot(gradient, direction);
  // Differences of float32 numbers: tfjs has no others.
  const H = 1e-4;
  const [ahead, behind] = [H, -H].map((h) => pooled(tf.add(filters, tf.mul(direction, h))));
  const measured = (dot(ahead, weights) - dot(behind, weights)) / (2 * H);
  const error = Math.abs(along - measured) / Math.abs(measured);
  console.log(`derivative through tfjs and matprop: ${along.toFixed(4)}, by differences ${measured.toFixed(4)}`);
  assert.ok(Math.abs(measured) > 1 && error < 1e-3, `relative error ${error}`);
}

/** Sum of products, in double. */
function dot(a, b) {
  const [x, y] = [a.dataSync(), b.dataSync()];
  return x.reduce((sum, value, i) => sum + value * y[i], 0);
}

/** Runs the program; the percentages of average pooling, of the layer, and of the layer with trained filters. */
function accuracies(...args) {
  const stdout = execFileSync(process.execPath, [`${EXAMPLE}/main.mjs`, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  process.stdout.write(stdout);
  const found = [...stdout.matchAll(/test accuracy ([\d.]+) %/g)].map(([, percent]) => Number(percent));
  assert.equal(found.length, 3);
  return found;
}
