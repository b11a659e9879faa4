import type { Contender, Group, Suite } from "./harness.js";
import { pythonPeers } from "./python.js";
import { DTYPES, near, randomArray, type Float } from "./support.js";
import { grad, hash, linalg, nn, scope, tensor, valueAndGrad, type FloatDType, type Tensor } from "../src/index.js";

const EPS = 1e-3;
/** [batch, positions, channels] */
const SHAPES = [
  [1, 784, 128],
  [32, 196, 64],
] as const;

/** Of the features, and of what happens inside. */
const PRECISIONS = [
  ["float32", "float32"],
  ["float32", "float64"],
  ["float64", "float64"],
] as const;

type Maps = Tensor<FloatDType>;

function pooled(x: Maps, precision: Float): Maps {
  return nn.functional.secondOrderPooling(x, { reduction: "sum", eps: EPS, precision, vectorize: false });
}

function made(dtype: Float, shape: readonly number[], seed: number, scale: number): Maps {
  const values = randomArray(
    dtype,
    shape.reduce((a, b) => a * b),
    seed,
    scale,
  ) as Float32Array;
  return tensor(values, { shape }) as Maps;
}

/** exp(log(FᵀF + εI)) against FᵀF + εI. */
function checkForward(x: Maps, precision: Float): void {
  const { ulp } = DTYPES[x.dtype];
  const [back, gram] = scope(() => [linalg.expm(pooled(x, precision)).data(), linalg.gram(x, { eps: EPS }).data()]);
  const size = Array.from(gram).reduce((top, value) => Math.max(top, Math.abs(value)), 0);
  const n = x.shape[2];
  back.forEach((value, i) => near(`exp(log(FᵀF + εI))[${i}]`, value, gram[i], size * n * ulp, 30));
}

/** ⟨gradient, v⟩ against the central difference along v, in float64. */
function checkBackward(x: Maps, g: Maps, gradient: Maps): void {
  const at: Maps = x.astype("float64");
  const weights: Maps = g.astype("float64");
  const v = made("float64", x.shape, 9, 1);
  const loss = (t: number): number =>
    scope(() =>
      pooled(at.add(v.mul(t)), "float64")
        .mul(weights)
        .sum()
        .item(),
    );
  const h = 1e-5;
  const difference = (loss(h) - loss(-h)) / (2 * h);
  const exact: Maps = gradient.astype("float64");
  const adjoint = scope(() => exact.mul(v).sum().item());
  near("⟨gF, v⟩", adjoint, difference, Math.abs(difference), x.dtype === "float64" ? 1e-5 : 2e-3);
}

async function contenders(shape: readonly [number, number, number], dtype: Float, precision: Float, backward: boolean) {
  const [batch, m, d] = shape;
  // Resident, as an activation would be: what is measured is the layer, not copying its input in.
  const x = nn.parameter(made(dtype, shape, 1, 1.7 / Math.sqrt(m)));
  const g = nn.parameter(made(dtype, [batch, d, d], 2, 1));
  const loss = (f: Maps): Maps => pooled(f, precision).mul(g).sum();
  const step = valueAndGrad(loss);
  const own: Contender = {
    name: `SecondOrderPooling, inside in ${precision}`,
    matrices: batch,
    run: backward ? () => scope(() => void step(x)) : () => scope(() => void pooled(x, precision)),
    check: () => (backward ? checkBackward(x, g, grad(loss)(x) as Maps) : checkForward(x, precision)),
    checksum: () => hash(backward ? grad(loss)(x) : pooled(x, precision)).slice(0, 8),
  };
  const torch = (inside: Float) =>
    pythonPeers("torch", { workload: "torch.log_gram", dtype: inside, m, d, batch, backward });
  const whole = dtype === precision ? [] : await torch(dtype);
  return [own, ...(await torch(precision)), ...whole.map((peer) => ({ ...peer, name: `${peer.name}, in ${dtype}` }))];
}

export default {
  name: "logGram",
  about: "log(FᵀF + εI), public API, beside PyTorch by eigh in the inner precision and in that of the features",
  groups: SHAPES.flatMap((shape) =>
    PRECISIONS.flatMap(([dtype, precision]) =>
      [false, true].map((backward): Group => {
        const pass = backward ? "forward and backward" : "forward";
        return {
          title: `logGram ${shape.join("×")} ${dtype}, inside ${precision}: ${pass}`,
          contenders: () => contenders(shape, dtype, precision, backward),
        };
      }),
    ),
  ),
} satisfies Suite;
