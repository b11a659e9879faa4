/** What is pinned: hashes of ops on seeded inputs and of weights after training. */
import * as mp from "../../src/index.js";

mp.initSync();

type Any = any;

/** SHA-256 of the outputs of a representative set of ops, in both dtypes. */
export function opHashes(): Record<string, string> {
  const hashes: Record<string, string> = {};
  for (const dtype of ["float32", "float64"] as const) {
    const draw = (shape: number[], stream: number): Any => mp.random.normal(shape, { seed: 2024, stream, dtype });
    const note = (name: string, x: mp.Tensor<mp.DType>): void => void (hashes[`${name} ${dtype}`] = mp.hash(x));
    const x = draw([37, 29], 1);
    const p = x.abs().add(0.1);
    for (const name of [
      "exp",
      "expm1",
      "sin",
      "cos",
      "tanh",
      "erf",
      "sigmoid",
      "gelu",
      "silu",
      "softplus",
      "reciprocal",
    ] as const) {
      note(name, (mp as Any)[name](x));
    }
    for (const name of ["log", "log1p", "sqrt"]) note(name, p[name]());
    note("pow", mp.pow(p, draw([29], 2)));
    note("div", x.div(draw([37, 1], 3)));
    note("sum", x.sum());
    note("mean over axis 0", x.mean(0));
    note("variance over axis 1", x.variance(1, { ddof: 1 }));
    note("matmul", x.matmul(draw([29, 41], 4)));
    note("matmul batched", draw([3, 17, 600], 5).matmul(draw([3, 600, 5], 6)));
    const A = mp.linalg.gram(draw([4, 30, 12], 7), { eps: 0.25 }) as Any;
    note("gram", A);
    const { eigenvalues, eigenvectors } = mp.linalg.eigh(A);
    note("eigh values", eigenvalues);
    note("eigh vectors", eigenvectors);
    note("eigh of order 60", mp.linalg.eigh(mp.linalg.gram(draw([80, 60], 8)) as Any).eigenvectors);
    for (const name of ["logm", "expm", "sqrtm", "invSqrtm"] as const) note(name, mp.linalg[name](A.mul(0.05)));
    note("powm", mp.linalg.powm(A, 0.3));
    note("gradient of logm", mp.grad((t: Any) => mp.linalg.logm(t).mul(A).sum())(A));
    const conv = (a: Any, w: Any, b: Any): Any => mp.nn.functional.conv2d(a, w, b, { padding: 1 });
    const convLoss = (...args: Any[]): Any => conv(args[0], args[1], args[2]).square().sum();
    const direct = [draw([2, 11, 9, 6], 9), draw([8, 3, 3, 6], 10), draw([8], 11)];
    const winograd = [draw([3, 9, 11, 16], 12), draw([28, 3, 3, 16], 13), draw([28], 14)];
    for (const [name, maps] of Object.entries({ conv2d: direct, "conv2d by Winograd": winograd })) {
      note(name, conv(maps[0], maps[1], maps[2]));
      const { grads } = (mp.valueAndGrad as Any)(convLoss)(...maps);
      grads.forEach((g: mp.Tensor, i: number) => note(`${name} gradient ${i}`, g));
    }
    const labels = mp.tensor(Int32Array.from({ length: 37 }, (_, i) => i % 29));
    note("crossEntropy", mp.nn.functional.crossEntropy(x, labels));
    note("uniform", mp.random.uniform([100], { seed: 5, dtype }));
    note("normal", mp.random.normal([100], { seed: 5, dtype }));
  }
  hashes.permutation = mp.hash(mp.random.permutation(1000, { seed: 5 }));
  hashes.bernoulli = mp.hash(mp.random.bernoulli([1000], { seed: 5, p: 0.3 }));
  return hashes;
}

export function network(seed: number): mp.nn.Sequential {
  return new mp.nn.Sequential([
    new mp.nn.Conv2d(1, 6, 3, { padding: 1, seed }),
    new mp.nn.ReLU(),
    new mp.nn.MaxPool2d(2),
    new mp.nn.Conv2d(6, 8, 3, { padding: 1, seed: seed + 1 }),
    new mp.nn.ReLU(),
    new mp.nn.SecondOrderPooling({ eps: 1e-3 }),
    new mp.nn.Linear(36, 3, { seed: seed + 2 }),
  ]);
}

/** Stripes of three directions with noise: [90, 12, 12, 1] and their labels. */
export function stripes(): { x: mp.Tensor<"float32">; y: mp.Tensor<"int32"> } {
  const n = 90;
  const noise = mp.random.normal([n, 12, 12, 1], { seed: 77 }).data();
  const x = noise.map((value, i) => {
    const [item, row, column] = [Math.floor(i / 144), Math.floor(i / 12) % 12, i % 12];
    const phase = [row, column, row + column][item % 3];
    return 0.3 * value + (phase % 4 < 2 ? 1 : -1);
  });
  return { x: mp.tensor(x, { shape: [n, 12, 12, 1] }), y: mp.tensor(Int32Array.from({ length: n }, (_, i) => i % 3)) };
}

/** Weights and losses after 50 steps of a convolution and second-order network with the given optimizer. */
export function train(kind: "sgd" | "adam", seed = 1): { weights: string; optimizer: string; losses: number[] } {
  const model = network(seed);
  const parameters = model.parameters();
  const optimizer =
    kind === "sgd" ? mp.optim.sgd(parameters, { lr: 0.05, momentum: 0.9 }) : mp.optim.adam(parameters, { lr: 0.01 });
  const { x, y } = stripes();
  const step = (mp.valueAndGrad as Any)((a: Any, b: Any) => mp.nn.functional.crossEntropy(model.forward(a) as Any, b), {
    wrt: parameters,
  });
  const losses: number[] = [];
  for (let i = 0; i < 50; i++) {
    const batch = mp.tensor(mp.random.permutation(90, { seed: 3, stream: i }).data().slice(0, 18));
    losses.push(
      mp.scope(() => {
        const { value, grads } = step(mp.gather(x, batch), mp.gather(y, batch));
        optimizer.step(grads);
        return value.item();
      }),
    );
  }
  return { weights: mp.hash(model.state()), optimizer: mp.hash(optimizer.state()), losses };
}

export function everything(): Record<string, string> {
  const [sgd, adam] = [train("sgd"), train("adam")];
  return {
    ...opHashes(),
    "weights after 50 steps of sgd": sgd.weights,
    "weights after 50 steps of adam": adam.weights,
    "state of adam after 50 steps": adam.optimizer,
  };
}
