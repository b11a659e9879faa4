/**
 * Second-order against first-order pooling on features that TensorFlow.js computes, and the filters of TensorFlow.js trained
 * through the layer: `npm ci --ignore-scripts && node main.mjs [DATA]`, about twenty seconds. DATA is a data set as
 * `matprop train --data` takes it, of grey images; without it textures are generated.
 */
import * as tf from "@tensorflow/tfjs";
import { data, init, nn, optim, scope, tensor, valueAndGrad } from "matprop";
import { readDataset } from "matprop/node";
import { asTfOperation, secondOrderPooling } from "./pooling.mjs";
import { CHANNELS, featureMaps, gaborFilters } from "./tfjs.mjs";

const SIZE = 32;
const HEAD_STEPS = 400;
const FILTER_STEPS = 60;
const BATCH = 30;

await init();
const { train, test } = await images(process.argv[2]);
const { mean, std } = data.statistics(train);
const filters = gaborFilters();
console.log(
  `${train.labels.length} training and ${test.labels.length} test images of ${train.classes.length} classes, ` +
    `${CHANNELS} feature maps of tfjs`,
);

const [known, unseen] = [train, test].map((set) => fromTf(tf.tidy(() => featureMaps(toTf(set), filters))));
const labels = tensor(train.labels);
report(
  "average pooling",
  headOn((F) => F.mean([1, 2])),
);
const head = headOn(secondOrderPooling);
report("log(FᵀF/m + εI)", head);
trainFilters(head);

/** Images of SIZE × SIZE pixels. */
async function images(folder) {
  if (folder === undefined) {
    const [train, test] = data.split(data.synthetic({ seed: 1, size: SIZE, perClass: 60 }), { fraction: 0.5, seed: 1 });
    return { train, test };
  }
  const { train, test } = await readDataset(folder);
  return { train: data.resize(train, [SIZE, SIZE]), test: data.resize(test, [SIZE, SIZE]) };
}

/** Those images of a set as a tensor of tfjs, of mean 0 and standard deviation 1. */
function toTf({ images }) {
  const values = Float32Array.from(images, (level) => (level / 255 - mean[0]) / std[0]);
  return tf.tensor4d(values, [values.length / SIZE / SIZE, SIZE, SIZE, 1]);
}

function fromTf(x) {
  return tensor(x.dataSync(), { shape: x.shape });
}

/** A linear classifier of pooled features, trained in matprop, and the statistics by which it takes them. */
function headOn(pooling) {
  const pooled = scope(() => pooling(known));
  const center = pooled.mean(0);
  const centered = pooled.sub(center);
  const spread = centered.mul(centered).mean(0).sqrt();
  const inputs = centered.div(spread);
  const linear = new nn.Linear(inputs.shape[1], train.classes.length, { seed: 1 });
  const optimizer = optim.adamw(linear.parameters(), { lr: 0.02 });
  const step = valueAndGrad(() => nn.functional.crossEntropy(linear.forward(inputs), labels), {
    wrt: linear.parameters(),
  });
  for (let i = 0; i < HEAD_STEPS; i++) scope(() => optimizer.step(step().grads));
  return { linear, center, spread, logits: (F) => linear.forward(pooling(F).sub(center).div(spread)) };
}

function report(name, { logits }) {
  const found = scope(() => logits(unseen).argmax(1).data());
  console.log(`${name}: test accuracy ${percentRight(found)} %`);
}

function percentRight(found) {
  const right = test.labels.filter((label, i) => label === found[i]).length;
  return ((100 * right) / test.labels.length).toFixed(1);
}

/** Goes on with filters and head in tfjs, with its operations and its optimizer, through the layer of matprop. */
function trainFilters({ linear, center, spread }) {
  const [mu, sigma] = [center, spread].map((x) => tf.tensor(x.data(), x.shape));
  const [bank, weight, bias] = [
    tf.variable(filters),
    tf.variable(tf.transpose(tf.tensor(linear.weight.data(), linear.weight.shape))),
    tf.variable(tf.tensor(linear.bias.data())),
  ];
  const pool = asTfOperation(secondOrderPooling);
  const logits = (x) => tf.add(tf.matMul(tf.div(tf.sub(pool(featureMaps(x, bank)), mu), sigma), weight), bias);
  const optimizer = tf.train.adam(0.0005);
  const losses = [];
  for (let step = 0; step < FILTER_STEPS; step++) {
    const order = data.epochOrder(train.labels.length, { seed: 1, epoch: step });
    const batch = data.subset(train, order.slice(0, BATCH));
    const loss = tf.tidy(() => {
      const answers = tf.oneHot(tf.tensor1d(batch.labels, "int32"), train.classes.length);
      return optimizer.minimize(() => tf.losses.softmaxCrossEntropy(answers, logits(toTf(batch))), true).dataSync()[0];
    });
    losses.push(loss);
  }
  const found = tf.tidy(() => tf.argMax(logits(toTf(test)), 1).dataSync());
  const [first, last] = [losses.slice(0, 10), losses.slice(-10)].map((ten) => ten.reduce((a, b) => a + b) / 10);
  console.log(
    `filters trained by tfjs through the layer: training loss ${first.toFixed(3)} → ${last.toFixed(3)}, ` +
      `test accuracy ${percentRight(found)} %`,
  );
}
