/**
 * Domain adaptation by Deep CORAL: features whose covariance is the same for labelled source and unlabelled target data let
 * the classifier of the one serve the other. `node examples/deepCoral.mjs` after `npm ci`, two seconds.
 */
import { init, nn, optim, random, scope, tensor, valueAndGrad } from "matprop";

const COUNT = 400;
const CHANNELS = 6;
const CLASSES = 4;
const FEATURES = 4;
const STEPS = 300;

/** Four classes around (±1, ±1) in two of six channels, which in the target domain share a hum that the source lacks. */
function domain(seed, hum) {
  const labels = tensor(Int32Array.from({ length: COUNT }, (_, i) => i % CLASSES));
  const noise = random.normal([COUNT, CHANNELS + 1], { seed }).data();
  const values = Float32Array.from({ length: COUNT * CHANNELS }, (_, at) => {
    const [item, channel] = [Math.floor(at / CHANNELS), at % CHANNELS];
    const center = channel > 1 ? 0 : (item >> channel) & 1 ? 1 : -1;
    const own = item * (CHANNELS + 1);
    return center + 0.4 * noise[own + channel] + hum * noise[own + CHANNELS];
  });
  return { x: tensor(values, { shape: [COUNT, CHANNELS] }), labels };
}

/** Trains on the labels of the source, and where there is an `alignment` on the features of both domains. */
function trained(alignment, source, target) {
  const features = new nn.Linear(CHANNELS, FEATURES, { seed: 1 });
  const classifier = new nn.Sequential([new nn.Tanh(), new nn.Linear(FEATURES, CLASSES, { seed: 2 })]);
  const model = new nn.Sequential([features, classifier]);
  const optimizer = optim.adam(model.parameters(), { lr: 0.01 });
  const loss = () => {
    const s = features.forward(source.x);
    const labelled = nn.functional.crossEntropy(classifier.forward(s), source.labels);
    return alignment === null ? labelled : labelled.add(alignment(s, features.forward(target.x)));
  };
  const gradient = valueAndGrad(loss, { wrt: model.parameters() });
  for (let step = 0; step < STEPS; step++) scope(() => optimizer.step(gradient().grads));
  return model;
}

function accuracy(model, { x, labels }) {
  const found = scope(() => model.forward(x).argmax(1).data());
  return labels.data().filter((label, i) => label === found[i]).length / COUNT;
}

await init();
const [source, target, unseen] = [domain(1, 0), domain(2, 2), domain(3, 2)];
const { coralLoss } = nn.functional;
const alignments = {
  "source alone": null,
  "Deep CORAL": (s, t) => coralLoss(s, t).mul(10),
  "Log-CORAL": (s, t) => coralLoss(s, t, { metric: "logEuclidean" }).mul(10),
};
for (const [name, alignment] of Object.entries(alignments)) {
  const model = trained(alignment, source, target);
  const [own, other] = [source, unseen].map((set) => (100 * accuracy(model, set)).toFixed(1));
  console.log(`${name}: accuracy ${own} % on the source, ${other} % on unseen data of the target`);
}
