/** Linear algebra on batches of matrices, [.., m, n]; everything but matrixRank has a gradient. */
export { cholesky, type CholeskyOptions } from "../ops/cholesky.js";
export { cov, type CovOptions } from "../ops/cov.js";
export { det, slogdet, type Slogdet } from "../ops/det.js";
export { eigh, eigvalsh, type Eigh, type EighOptions, type GeneralizedEighOptions } from "../ops/eigh.js";
export { gaugecheck, type GaugecheckOptions } from "../ops/gaugecheck.js";
export { gram, type GramOptions } from "../ops/gram.js";
export { inv } from "../ops/inv.js";
export { lstsq, type LstsqOptions } from "../ops/lstsq.js";
export { lu, type Lu } from "../ops/lu.js";
export { expm, invSqrtm, logm, powm, sqrtm } from "../ops/matrixFunction.js";
export { matrixRank, type MatrixRankOptions } from "../ops/matrixRank.js";
export { sqrtmNewtonSchulz, type NewtonSchulzOptions } from "../ops/newtonSchulz.js";
export { cond, norm, type MatrixNorm } from "../ops/norm.js";
export { normalizedAffinity, type NormalizedAffinityOptions } from "../ops/normalizedAffinity.js";
export { normalizedCuts, type NormalizedCutsOptions, type SparseAffinity } from "../ops/normalizedCuts.js";
export {
  normalizedCutsEmbedding,
  type NormalizedCutsEmbedding,
  type NormalizedCutsEmbeddingOptions,
} from "../ops/normalizedCutsEmbedding.js";
export { pinv, type PinvOptions } from "../ops/pinv.js";
export { projector } from "../ops/projector.js";
export { qr, type PivotedQr, type Qr, type QrOptions } from "../ops/qr.js";
export { solve } from "../ops/solve.js";
export { solveTriangular, type SolveTriangularOptions } from "../ops/solveTriangular.js";
export { spdDistance, type SpdDistanceOptions } from "../ops/spdDistance.js";
export { spdExp, spdGeodesic, spdLog, type SpdGeodesicOptions, type SpdMetric } from "../ops/spdMaps.js";
export { spdMean, type SpdMeanOptions } from "../ops/spdMean.js";
export { spectralProjector } from "../ops/spectralProjector.js";
export { sqrtmApprox, type SqrtmApproxOptions } from "../ops/sqrtmApprox.js";
export { svd, svdvals, type Svd, type SvdOptions } from "../ops/svd.js";
export { polar, svdFunc, type SvdFuncOptions } from "../ops/svdFunc.js";
export { symFunc, type SymFuncOptions } from "../ops/symFunc.js";
export { whiten, type WhitenOptions } from "../ops/whiten.js";
export type { Degenerate, GapOptions } from "../ops/support/gaps.js";
