/** Covariance pooling and SPD networks against the 256-bit references. */
import { linalg, nn, tensor } from "../../src/index.js";
import { goldenFamily, type Float, type GoldenOp } from "../support/goldenFamily.js";

const { biMap, crossEntropy, isqrtCov, linear, logEig, mpnCov, reEig } = nn.functional;

const isqrt: GoldenOp = ({ Sigma, X }, { iters: iterations, norm }) => ({
  C: () =>
    Sigma
      ? linalg.sqrtmNewtonSchulz(Sigma, { iterations, norm })
      : isqrtCov(X!, { iterations, norm, precision: X!.dtype }),
});

const mpn: GoldenOp = ({ X }, { alpha, eps }) => ({ C: () => mpnCov(X!, { alpha, eps, precision: X!.dtype }) });

const network: GoldenOp = (inputs, { eps, layers, labels }) => {
  const precision = inputs.X!.dtype;
  const logits = (): Float => {
    let X: Float = inputs.X!;
    for (let i = 0; i < layers; i++) X = reEig(biMap(X, inputs[`W${i}`]!), { eps: eps[i], precision });
    const Y = logEig(X, { precision });
    return linear(Y.reshape(Y.shape[0]!, Y.shape[1]! * Y.shape[2]!), inputs.FC!, inputs.bias!) as Float;
  };
  return { logits, loss: () => crossEntropy(logits(), tensor(labels, { dtype: "int32" })) as Float };
};

goldenFamily("isqrt", 13, () => isqrt);
goldenFamily("mpn", 7, () => mpn);
goldenFamily("spdnet", 12, ({ meta }) => {
  if (meta.kind === "bimap") return ({ X, W }) => ({ Y: () => biMap(X!, W!) });
  if (meta.kind === "reeig") return ({ A }, { eps }) => ({ C: () => reEig(A!, { eps, precision: A!.dtype }) });
  return network;
});
