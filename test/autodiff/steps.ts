/** Trains a small model for 10 000 steps with `--expose-gc` and reports memory as JSON. */
import { initSync, memoryStats, nn, optim, random, scope, valueAndGrad, type Tensor } from "../../src/index.js";

initSync();
const gc = (globalThis as unknown as { gc: () => void }).gc;

function trainer(): () => number {
  const model = new nn.Sequential([new nn.Linear(4, 6, { seed: 1 }), new nn.Tanh(), new nn.Linear(6, 1, { seed: 2 })]);
  const optimizer = optim.adam(model.parameters(), { lr: 1e-3 });
  const x = random.normal([4, 4], { seed: 3 });
  const y = random.uniform([4, 1], { seed: 4 });
  const step = valueAndGrad((input: Tensor) => model.forward(input).sub(y).square().mean(), {
    wrt: model.parameters(),
  });
  return () =>
    scope(() => {
      const { value, grads } = step(x);
      optimizer.step(grads);
      return value.item();
    });
}

async function collect(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function main(): Promise<void> {
  const before = memoryStats().resident;
  let step: (() => number) | null = trainer();
  const first = step();
  // Compile everything first, so that the heap difference is the steps' alone; the count starts after it.
  for (let i = 0; i < 2000; i++) step();
  step = trainer();
  await collect();
  for (let i = 0; i < 10; i++) step();
  const early = memoryStats();
  await collect();
  const heapBefore = process.memoryUsage().heapUsed;
  let last = 0;
  for (let i = 10; i < 10_000; i++) last = step();
  const late = memoryStats();
  await collect();
  const heapBytes = process.memoryUsage().heapUsed - heapBefore;
  step = null;
  await collect();
  console.log(
    JSON.stringify({ early, late, heapBytes, residentLeft: memoryStats().resident - before, loss: [first, last] }),
  );
}

await main();
