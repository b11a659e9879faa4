/** The small convnet of ../shared/reference/peers.md §f, by the public API. */
import { nn, optim, random, scope, tensor, valueAndGrad, type Tensor } from "../src/index.js";

export const BATCH = 64;

export interface Network {
  readonly model: nn.Sequential;
  readonly images: Tensor;
  readonly labels: Tensor<"int32">;
  /** One step; returns the loss before it. */
  step(): number;
  infer(): void;
}

/** conv3×3 1→16, ReLU, maxpool 2, conv3×3 16→32, ReLU, maxpool 2, flatten, linear 10, cross-entropy, SGD at 0.05. */
export function network(): Network {
  const model = new nn.Sequential([
    new nn.Conv2d(1, 16, 3, { padding: 1, seed: 1 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(16, 32, 3, { padding: 1, seed: 2 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Linear(1568, 10, { seed: 3 }),
  ]);
  const images = random.normal([BATCH, 28, 28, 1], { seed: 4 });
  const labels = tensor(Int32Array.from({ length: BATCH }, (_, i) => i % 10));
  const wrt = model.parameters();
  const opt = optim.sgd(wrt, { lr: 0.05 });
  const gradient = valueAndGrad(
    (x: Tensor, y: Tensor<"int32">) => nn.functional.crossEntropy(model.forward(x) as Tensor<"float32">, y),
    { wrt },
  );
  return {
    model,
    images,
    labels,
    step: () =>
      scope(() => {
        const { value, grads } = gradient(images, labels);
        opt.step(grads);
        return value.item();
      }),
    infer: () => scope(() => void model.forward(images)),
  };
}
