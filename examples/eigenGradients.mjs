/**
 * Two networks with functions of a matrix inside, trained with the gradient of eigenvectors as it is usually written and
 * with that of the function: `node examples/eigenGradients.mjs` after `npm ci`, a few seconds. Prints the table of
 * docs/results.md.
 *
 * log(FᵀF/m + εI) of 9 positions and 16 channels has ε seven times and more among its eigenvalues, and those that ReEig
 * has clipped are repeated by construction. The adjoint by eigenvectors divides by λⱼ − λᵢ, that of a function does not.
 */
import { data, eye, grad, init, linalg, nn, optim, random, scope, tensor, valueAndGrad } from "matprop";

const STEPS = 120;
const SHOWN = [1, 5, 20, STEPS];
const BATCH = 30;
const CLASSES = 4;
const EPS = 1e-3;

/** Functions of the eigenvalues, each with the function of the matrix that matprop has for it. */
const LOG = { f: (w) => w.log(), ofMatrix: (A) => linalg.logm(A) };
const RE_EIG = { f: (w) => w.maximum(EPS), ofMatrix: (A) => nn.functional.reEig(A, { eps: EPS, precision: A.dtype }) };

/** V·f(Λ)·Vᵀ. */
function compose(A, f, options) {
  const { eigenvalues, eigenvectors: V } = linalg.eigh(A, options);
  return V.mul(f(eigenvalues).unsqueeze(-2)).matmul(V.mT);
}

/**
 * Its adjoint by hand, with what `limit` makes of K = 1/(λⱼ − λᵢ): gV = 2·sym(G)·V·f(Λ), gλ = f′(Λ) ∘ diag(Vᵀ·G·V), and
 * gA = V·(K ∘ (Vᵀ·gV) + diag gλ)·Vᵀ, which is what torch.linalg.eigh does.
 */
function adjoint(A, G, f, limit) {
  const { eigenvalues: w, eigenvectors: V } = linalg.eigh(A);
  const I = eye(A.shape.at(-1), { dtype: A.dtype });
  const H = V.mT.matmul(G.add(G.mT).mul(0.5)).matmul(V);
  const VtgV = H.mul(f(w).unsqueeze(-2)).mul(2);
  const gaps = w.unsqueeze(-2).sub(w.unsqueeze(-1)).add(I);
  const K = limit(gaps.reciprocal()).mul(I.mul(-1).add(1));
  const gw = H.mul(grad((x) => f(x).sum())(w).unsqueeze(-2)).mul(I);
  const gA = V.matmul(K.mul(VtgV).add(gw)).matmul(V.mT);
  return gA.add(gA.mT).mul(0.5);
}

/** Ways to put f(A) into a network; those with a `pullback` bring their own adjoint. */
const ROUTES = {
  "V·f(Λ)·Vᵀ, K = 1/(λⱼ − λᵢ)": ({ f }) => ({
    forward: (A) => compose(A, f),
    pullback: (A, G) => adjoint(A, G, f, (K) => K),
  }),
  "the same, K cut off at ±10¹⁰": ({ f }) => ({
    forward: (A) => compose(A, f),
    pullback: (A, G) => adjoint(A, G, f, (K) => K.clip(-1e10, 1e10)),
  }),
  "V·f(Λ)·Vᵀ, `linalg.eigh`": ({ f }) => ({ forward: (A) => compose(A, f) }),
  'the same, `degenerate: "broaden"`': ({ f }) => ({ forward: (A) => compose(A, f, { degenerate: "broaden" }) }),
  "matrix function": ({ ofMatrix }) => ({ forward: ofMatrix }),
};

/** log(FᵀF/m + εI) of feature maps with fewer positions than channels. */
const logGram = {
  name: "log-Gram of 9 positions, 16 channels",
  data() {
    const set = data.synthetic({ seed: 1, size: 12, classes: CLASSES, perClass: 90 });
    return { set, options: data.statistics(set) };
  },
  stages: (f, dtype) => [
    new nn.Sequential([
      new nn.Conv2d(1, 16, 3, { stride: 2, padding: 1, seed: 1, dtype }),
      new nn.ReLU(),
      new nn.Conv2d(16, 16, 3, { stride: 2, padding: 1, seed: 2, dtype }),
      new nn.ReLU(),
    ]),
    { forward: (x) => linalg.gram(x.reshape([x.shape[0], 9, 16]).mul(1 / 3), { eps: EPS }) },
    f(LOG),
    { forward: nn.functional.triuPack },
    new nn.Linear((16 * 17) / 2, CLASSES, { seed: 3, dtype }),
  ],
};

/** An SPDNet on covariances of ten channels from six samples, whose zero eigenvalues ReEig lifts to ε. */
const spdNet = {
  name: "SPDNet, covariances of 6 samples, 10 channels",
  data() {
    const labels = Int32Array.from({ length: 360 }, (_, i) => i % CLASSES);
    const mixing = random.normal([CLASSES, 10, 10], { seed: 4, dtype: "float64" }).gather(tensor(labels));
    const samples = random.normal([labels.length, 6, 10], { seed: 5, dtype: "float64" });
    const matrices = linalg.cov(samples.matmul(mixing)).data();
    return {
      set: { matrices, labels, shape: [10, 10], classes: Array.from({ length: CLASSES }, String) },
      options: {},
    };
  },
  stages: (f, dtype) => [
    new nn.BiMap(10, 9, { seed: 6, dtype }),
    f(RE_EIG),
    new nn.BiMap(9, 8, { seed: 7, dtype }),
    f(RE_EIG),
    f(LOG),
    { forward: nn.functional.triuPack },
    new nn.Linear((8 * 9) / 2, CLASSES, { seed: 8, dtype }),
  ],
};

/** The parameters of all stages by path. */
function parametersOf(stages) {
  const own = stages.map((stage) => (stage instanceof nn.Module ? stage.parameters() : {}));
  return Object.fromEntries(own.flatMap((p, i) => Object.entries(p).map(([path, w]) => [`${i}.${path}`, w])));
}

/** The gradients, from the last stage to the first, so that a stage may have an adjoint of its own; `seen` is told the loss. */
function backpropagate(stages, x, labels, seen) {
  const values = [x];
  for (const stage of stages) values.push(stage.forward(values.at(-1)));
  const { value, grads } = valueAndGrad((z) => nn.functional.crossEntropy(z, labels))(values.pop());
  seen(value.item());
  const gradients = {};
  let [g] = grads;
  for (const [i, stage] of [...stages.entries()].reverse()) {
    const input = values[i];
    if (stage.pullback) {
      g = stage.pullback(input, g);
      continue;
    }
    const wrt = { input, ...parametersOf([stage]) };
    const { input: pulled, ...own } = valueAndGrad(() => stage.forward(input).mul(g).sum(), { wrt })().grads;
    for (const [path, gradient] of Object.entries(own)) gradients[path.replace(/^0/, i)] = gradient;
    g = pulled;
  }
  return gradients;
}

const normOf = (gradients) => Math.sqrt(gradients.reduce((sum, g) => sum + g * g, 0));

/** Trains until a gradient is not finite, an error comes, or the steps are done. */
function run(task, route, dtype) {
  const { set, options } = task.data();
  const stages = task.stages(route, dtype);
  const optimizer = optim.adam(parametersOf(stages), { lr: 0.01 });
  const losses = [];
  let first;
  const step = ({ images, labels }) => {
    const gradients = backpropagate(stages, images, labels, (loss) => losses.push(loss));
    const all = Object.values(gradients).flatMap((g) => [...g.data()]);
    first ??= all;
    if (!Number.isFinite(normOf(all))) return "the gradient is not finite";
    optimizer.step(gradients);
    return undefined;
  };
  for (let epoch = 0; losses.length < STEPS; epoch++) {
    const order = { batchSize: BATCH, shuffle: 1, epoch, dtype };
    for (const batch of data.batches(set, { ...order, ...options })) {
      let end;
      try {
        end = scope(() => step(batch));
      } catch (error) {
        end = `\`${error.name}\`: gap ${error.gap?.toPrecision(1)}`;
      }
      if (end !== undefined) return { losses, first, end: `step ${losses.length}: ${end}` };
    }
  }
  return { losses, first, end: "" };
}

await init();
const cells = (...texts) => console.log(`| ${texts.join(" | ")} |`);
for (const task of [logGram, spdNet]) {
  for (const dtype of ["float64", "float32"]) {
    console.log(`\n${task.name}, ${dtype}\n`);
    cells("gradient of f(A)", "error of the first", ...SHOWN.map((step) => `loss ${step}`), "end");
    cells("---", "---:", ...SHOWN.map(() => "---:"), "---");
    const runs = Object.entries(ROUTES).map(([name, route]) => [name, run(task, route, dtype)]);
    const exact = runs.at(-1)[1].first;
    for (const [name, { losses, first, end }] of runs) {
      const error = first ? normOf(first.map((g, i) => g - exact[i])) / normOf(exact) : NaN;
      const shown = SHOWN.map((step) => losses[step - 1]?.toFixed(3) ?? "–");
      const digits = error >= 0.01 ? error.toFixed(2) : error > 0 ? error.toExponential(0) : "0";
      cells(name, Number.isFinite(error) ? digits : "–", ...shown, end);
    }
  }
}
