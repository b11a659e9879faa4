/** Linear algebra on batches of matrices, [.., m, n]; everything here has a gradient. */
export { cholesky, type CholeskyOptions } from "../ops/cholesky.js";
export { det, slogdet, type Slogdet } from "../ops/det.js";
export { eigh, eigvalsh, type Eigh, type EighOptions } from "../ops/eigh.js";
export { gram, type GramOptions } from "../ops/gram.js";
export { inv } from "../ops/inv.js";
export { lu, type Lu } from "../ops/lu.js";
export { expm, invSqrtm, logm, powm, sqrtm } from "../ops/matrixFunction.js";
export { svd, svdvals, type Svd, type SvdOptions } from "../ops/svd.js";
export { solve } from "../ops/solve.js";
export { solveTriangular, type SolveTriangularOptions } from "../ops/solveTriangular.js";
export { sqrtmNewtonSchulz, type NewtonSchulzOptions } from "../ops/newtonSchulz.js";
export { spectralProjector } from "../ops/spectralProjector.js";
export { symFunc, type SymFuncOptions } from "../ops/symFunc.js";
export { polar, svdFunc, type SvdFuncOptions } from "../ops/svdFunc.js";
