/** What the fingerprint takes from the library: the public API, and the kernels themselves. */
export { data, hash, linalg, nn, optim, scope, tensor, train, valueAndGrad, type Tensor } from "../../index.js";
export { wasm } from "../../wasm/runtime.js";
