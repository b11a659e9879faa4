import assert from "node:assert/strict";
import * as mp from "../../src/index.js";
import { Tape, type Node } from "../../src/autodiff/tape.js";

mp.initSync();

type Any = any;

/**
 * Bytes a backward pass needs: what its adjoints read, and the largest set of cotangents alive at once. A node's
 * cotangent lives from the first use of its output (seen from the end) until the node has been visited; while it is
 * visited those of its inputs are alive too. A reshaped tensor shares its storage, and so does its cotangent.
 */
function neededBytes(tape: Tape, loss: mp.Tensor): { saved: number; cotangents: number } {
  const live = new Map<Node, number>();
  const bytesOf = (x: mp.Tensor<mp.DType>): number => x.size * (x.dtype === "float32" ? 4 : 8);
  live.set(loss._node as Node, bytesOf(loss));
  let cotangents = 0;
  for (const node of [...tape.nodes].reverse()) {
    const own = live.get(node);
    if (own === undefined) continue;
    if (node.rule!.name === "reshape") live.delete(node);
    node.sources.forEach((source, i) => source !== null && live.set(source, bytesOf(node.inputs[i])));
    cotangents = Math.max(
      cotangents,
      [...live.values()].reduce((a, b) => a + b, 0),
    );
    live.delete(node);
  }
  return { saved: tape.savedBytes(), cotangents };
}

const { nn } = mp;
const front = (): mp.nn.Module[] => [
  new nn.Conv2d(1, 16, 3, { padding: 1, seed: 1 }),
  new nn.ReLU(),
  new nn.MaxPool2d(2),
  new nn.Conv2d(16, 32, 3, { padding: 1, seed: 2 }),
  new nn.ReLU(),
];
const MODELS: Record<string, () => mp.nn.Sequential> = {
  "convolutional network": () =>
    new nn.Sequential([...front(), new nn.MaxPool2d(2), new nn.Flatten(), new nn.Linear(1568, 10, { seed: 3 })]),
  "second-order network": () =>
    new nn.Sequential([...front(), new nn.SecondOrderPooling(), new nn.Linear(528, 10, { seed: 3 })]),
};

describe("autodiff: peak memory of a step", () => {
  for (const [name, make] of Object.entries(MODELS)) {
    it(`${name}: the arena holds at most 1.2 times what the backward pass needs`, () => {
      const model = make();
      const parameters = model.parameters();
      const images = mp.random.normal([64, 28, 28, 1], { seed: 1 });
      const labels = mp.tensor(Int32Array.from({ length: 64 }, (_, i) => i % 10));
      const lossOf = (x: Any): Any => nn.functional.crossEntropy(model.forward(x) as Any, labels);

      const needed = mp.scope(() => {
        const tape = new Tape();
        for (const parameter of Object.values(parameters)) tape.watch(parameter);
        const x = images.add(0);
        const loss: mp.Tensor = tape.recordWhile(() => lossOf(x));
        const found = neededBytes(tape, loss);
        tape.end();
        return found;
      });
      const step: (x: Any) => unknown = mp.valueAndGrad(lossOf, { wrt: parameters });
      const peak = mp.scope(() => {
        const x = images.add(0);
        mp.resetMemoryPeak();
        step(x);
        return mp.resetMemoryPeak();
      });
      const sum = needed.saved + needed.cotangents;
      const kib = (bytes: number): string => `${Math.round(bytes / 1024)} KiB`;
      console.log(
        `      saved ${kib(needed.saved)} + cotangents ${kib(needed.cotangents)}; peak arena ${kib(peak)}: ${(peak / sum).toFixed(3)}`,
      );
      assert.ok(peak <= 1.2 * sum, `peak ${peak}, needed ${sum}`);
      assert.ok(peak >= needed.saved, "the accounting is not above what is really there");
      model.dispose();
    });
  }

  it("tensors made inside f end with the call, those returned live, within one scope too", () => {
    mp.scope(() => {
      let saved: Any;
      let unsaved: Any;
      const x = mp.tensor([1, 2], { dtype: "float64" });
      const f = (t: Any): Any => {
        unsaved = t.add(1);
        saved = unsaved.mul(2).exp();
        const views = mp.scope(() => saved.mul(3)).reshape(2, 1);
        return [saved.sum(), { views, inner: [saved.add(1)] }];
      };
      const { aux, grads, value } = (mp.valueAndGrad as Any)(f, { hasAux: true })(x);
      const e = [4, 6].map((power) => mp.exp(mp.tensor(power, { dtype: "float64" })).item());
      assert.throws(() => unsaved.data(), mp.ScopeEndedError);
      assert.throws(() => saved.data(), mp.ScopeEndedError);
      assert.deepEqual(
        aux.views.toArray(),
        e.map((v) => [3 * v]),
      );
      assert.deepEqual(
        aux.inner[0].toArray(),
        e.map((v) => v + 1),
      );
      assert.deepEqual(
        grads[0].toArray(),
        e.map((v) => 2 * v),
      );
      assert.equal(value.item(), e[0] + e[1]);
    });
  });

  it("many calls in one scope use the same memory again", () => {
    const step = (mp.valueAndGrad as Any)((t: Any) => t.mul(t).add(1).exp().sum());
    mp.scope(() => {
      const x = mp.random.uniform([1000], { seed: 1 });
      const after: number[] = [];
      for (let i = 0; i < 20; i++) {
        step(x);
        after.push(mp.memoryStats().arena);
      }
      // What stays of a call: its value, its gradient, the seed, and the adjoint's last cotangent if it is the gradient.
      assert.ok(after[19] - after[18] <= 4096 + 2 * 64, `${after[19] - after[18]} bytes a call`);
    });
  });

  it("a step fed by a pass inside a pass keeps what the outer tape reads", () => {
    mp.scope(() => {
      const x = mp.tensor([0.5, 1], { dtype: "float64" });
      const inner = (t: Any): Any => t.mul(t).exp().sum();
      const hvp = mp.grad((t: Any) => mp.grad(inner)(t).mul(t.add(1)).sum())(x);
      const outside = mp.grad((t: Any) => mp.grad(inner)(t).mul(t.add(1)).sum());
      assert.deepEqual(hvp.toArray(), outside(x).toArray());
      assert.ok(mp.gradcheck((t: Any) => mp.grad(inner)(t), [x]).ok);
    });
  });
});
