/** What every consumer does with the package: trains three steps, and says what its host is. */
import { fingerprint } from "./fingerprint.mjs";

/** The hash of all weights after three steps of a small second-order network; `m` is the package. */
async function threeSteps(m) {
  await m.init();
  const { nn, optim, random, scope, tensor, valueAndGrad } = m;
  const model = new nn.Sequential([
    new nn.Conv2d(1, 6, 3, { padding: 1, seed: 1 }),
    new nn.ReLU(),
    new nn.SecondOrderPooling({ eps: 1e-3 }),
    new nn.Linear(21, 2, { seed: 2 }),
  ]);
  const x = random.normal([8, 10, 10, 1], { seed: 3 });
  const y = tensor(Int32Array.from({ length: 8 }, (_, i) => i % 2));
  const optimizer = optim.adam(model.parameters(), { lr: 0.01 });
  const step = valueAndGrad(() => nn.functional.crossEntropy(model.forward(x), y), { wrt: model.parameters() });
  for (let i = 0; i < 3; i++) scope(() => optimizer.step(step().grads));
  return m.hash(model.state());
}

/** Weights after three steps, whether threads could share memory, and the fingerprint; `wasm` as `init` takes it. */
export async function report(m, wasm) {
  return { weights: await threeSteps(m), threads: threadsAvailable(), fingerprint: await fingerprint(wasm) };
}

/** Whether memory can be shared with threads that this host can start. */
function threadsAvailable() {
  const { crossOriginIsolated, process, SharedArrayBuffer, Worker } = globalThis;
  const starts = typeof Worker === "function" || process?.getBuiltinModule?.("node:worker_threads") !== undefined;
  return starts && typeof SharedArrayBuffer === "function" && crossOriginIsolated !== false;
}

/** Sends a report, or why there is none, to the server the page came from; prints it where there is no page. */
export function send(reported) {
  const say = (value) => {
    const body = JSON.stringify(value);
    return globalThis.location === undefined ? console.log(body) : fetch("/report", { method: "POST", body });
  };
  return reported.then(say, (error) => say({ error: String(error?.stack ?? error) }));
}
