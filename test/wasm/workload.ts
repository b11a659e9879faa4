/** A bit of everything whose kernels compute addresses, on seeded inputs. */
import * as mp from "../../src/index.js";
import { address } from "../../src/tensor/tensor.js";

mp.initSync();

type Any = any;

export function workload(): { lowest: number; hashes: Record<string, string> } {
  const hashes: Record<string, string> = {};
  let lowest = Infinity;
  for (const dtype of ["float32", "float64"] as const) {
    mp.scope(() => {
      const note = (name: string, x: mp.Tensor<mp.DType>): void => {
        lowest = Math.min(lowest, address("test", x));
        hashes[`${name} ${dtype}`] = mp.hash(x);
      };
      const draw = (shape: number[], stream: number): Any => mp.random.normal(shape, { seed: 9, stream, dtype });
      const [A, B] = [draw([67, 130], 1), draw([130, 45], 2)];
      note("matmul", A.matmul(B));
      note("matmul batched", draw([3, 5, 7], 3).matmul(draw([3, 7, 5], 4)));
      note("sum", A.sum(0));
      note("exp", A.exp());
      note("broadcast", A.add(draw([130], 5)));
      note("permute", draw([4, 5, 6], 6).permute([2, 0, 1]));
      note("slice", A.slice("::-2, 3:100:7"));
      note("concat", mp.concat([A, A.mul(2)], 1));
      note("gather", mp.gather(A, mp.tensor(new Int32Array([5, 66, 0]))));
      note("max", A.max(1));
      const S: Any = mp.linalg.gram(draw([2, 40, 20], 7), { eps: 0.5 });
      const { eigenvalues, eigenvectors } = mp.linalg.eigh(S);
      note("eigh values", eigenvalues);
      note("eigh vectors", eigenvectors);
      note("gradient of logm", mp.grad((X: Any) => mp.linalg.logm(X).mul(S).sum())(S));
      const [x, w, b] = [draw([2, 9, 9, 3], 8), draw([5, 3, 3, 3], 9), draw([5], 10)];
      const loss = (x: Any, w: Any, b: Any): Any =>
        mp.nn.functional
          .maxPool2d(mp.nn.functional.conv2d(x, w, b, { padding: 1 }).relu(), 2)
          .square()
          .sum();
      const { value, grads } = mp.valueAndGrad(loss as Any)(x, w, b) as Any;
      note("conv2d", mp.nn.functional.conv2d(x, w, b, { padding: 1, stride: 2 }));
      note("conv2d loss", value);
      grads.forEach((g: mp.Tensor, i: number) => note(`conv2d gradient ${i}`, g));
    });
  }
  return { lowest, hashes };
}
