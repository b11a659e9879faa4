/** The golden family `ncut`: the loss, its gradients, the eigenvalues and projectors of the affinity. */
import { nn, tensor } from "../../src/index.js";
import { goldenFamily, type Float } from "../support/goldenFamily.js";

const labelsOf = (labels: number[]) => tensor(Int32Array.from(labels));

goldenFamily("ncut", 11, () => ({ F, Lam }, { r, labels }) => {
  const loss = (): Float =>
    nn.functional.normalizedCutsLoss(F!, Lam!, labelsOf(labels), { target: "indicator", rank: r }) as Float;
  return { J: loss, loss };
});
