/** The ABI: every kernel of the binary by name, grouped by family. Names and conventions: docs/architecture.md. */

export { heap_base } from "./memory";

// Elementary functions
export {
  sexp,
  dexp,
  sexpm1,
  dexpm1,
  stanh,
  dtanh,
  ssigmoid,
  dsigmoid,
  slog,
  dlog,
  slog1p,
  dlog1p,
  serf,
  derf,
  ssin,
  dsin,
  scos,
  dcos,
  spow,
  dpow,
} from "./math/arrays";

// Elementwise
export { saccumulate, daccumulate, saxpby, daxpby } from "./elementwise/accumulate";
export {
  ssoftplus,
  dsoftplus,
  ssilu,
  dsilu,
  sgelu,
  dgelu,
  selu,
  delu,
  sleakyRelu,
  dleakyRelu,
} from "./elementwise/activations";
export {
  sadd,
  sadd_same,
  sadds,
  dadd,
  dadd_same,
  dadds,
  ssub,
  ssub_same,
  ssubs,
  srsubs,
  dsub,
  dsub_same,
  dsubs,
  drsubs,
  smul,
  smul_same,
  smuls,
  dmul,
  dmul_same,
  dmuls,
  sdiv,
  sdiv_same,
  sdivs,
  srdivs,
  ddiv,
  ddiv_same,
  ddivs,
  drdivs,
  smaximum,
  smaximum_same,
  smaximums,
  dmaximum,
  dmaximum_same,
  dmaximums,
  sminimum,
  sminimum_same,
  sminimums,
  dminimum,
  dminimum_same,
  dminimums,
} from "./elementwise/binary";
export {
  cast_f32_f64,
  cast_f64_f32,
  cast_i32_f32,
  cast_i32_f64,
  cast_u8_f32,
  cast_u8_f64,
  cast_u8_i32,
  cast_f32_i32,
  cast_f64_i32,
  cast_f32_u8,
  cast_f64_u8,
  cast_i32_u8,
  cast_f32_bool,
  cast_f64_bool,
  cast_i32_bool,
} from "./elementwise/cast";
export {
  seq,
  deq,
  ieq,
  sne,
  dne,
  ine,
  slt,
  dlt,
  ilt,
  sle,
  dle,
  ile,
  sgt,
  dgt,
  igt,
  sge,
  dge,
  ige,
} from "./elementwise/compare";
export { sfill, dfill, seye, deye, soneHot, doneHot } from "./elementwise/fill";
export { band, bor, bxor, bnot } from "./elementwise/logical";
export { spow_broadcast, dpow_broadcast, spows, dpows } from "./elementwise/pow";
export { where4, where8, sclip, dclip, sclip_vjp, dclip_vjp } from "./elementwise/select";
export {
  sneg,
  dneg,
  sabs,
  dabs,
  ssqrt,
  dsqrt,
  ssquare,
  dsquare,
  srecip,
  drecip,
  ssign,
  dsign,
  sfloor,
  dfloor,
  sceil,
  dceil,
  sround,
  dround,
  srelu,
  drelu,
  ssignSqrt,
  dsignSqrt,
} from "./elementwise/unary";
export {
  srelu_vjp,
  drelu_vjp,
  ssigmoid_vjp,
  dsigmoid_vjp,
  stanh_vjp,
  dtanh_vjp,
  ssoftplus_vjp,
  dsoftplus_vjp,
  ssilu_vjp,
  dsilu_vjp,
  sgelu_vjp,
  dgelu_vjp,
  selu_vjp,
  delu_vjp,
  sleakyRelu_vjp,
  dleakyRelu_vjp,
  ssignSqrt_vjp,
  dsignSqrt_vjp,
} from "./elementwise/vjp";

// Reductions
export { smax, dmax, smin, dmin, sargmax, dargmax, sargmin, dargmin } from "./reduce/extrema";
export { ssum, dsum, ssumsq, dsumsq, ssumsqdev, dsumsqdev } from "./reduce/sum";

// Shape
export { gather, sscatter_add, dscatter_add } from "./shape/gather";
export {
  copy_strided1,
  copy_strided4,
  copy_strided8,
  put_strided1,
  put_strided4,
  put_strided8,
  sadd_strided,
  dadd_strided,
} from "./shape/strided";
export { striangle, dtriangle } from "./shape/triangle";

// Random
export {
  philox,
  suniform,
  duniform,
  snormal,
  dnormal,
  bernoulli,
  sdropout,
  ddropout,
  irandint,
  permutation,
} from "./random";

// BLAS
export {
  sgemm,
  dgemm,
  sgemm_work,
  dgemm_work,
  sgemm_epilogue,
  dgemm_epilogue,
  sgemm_batched,
  dgemm_batched,
} from "./blas/gemm";
export {
  sgram,
  dgram,
  dgram_s,
  sgram_work,
  dgram_work,
  sgram_batched,
  dgram_batched,
  dgram_s_batched,
} from "./blas/gram";
export { saxpy, daxpy, dscal, dcopy, dswap, drot, ddot } from "./blas/level1";
export { dgemv, dger } from "./blas/level2";
export { dsyrk, dsyrk_work } from "./blas/syrk";
export { dtrsm_work, dtrsm_batched } from "./blas/trsm";
export { sgemm_ukr_2x16, dgemm_ukr_2x8 } from "./blas/ukernel";

// LAPACK
export { dsecular, dlowner } from "./lapack/secular";
export { dgetrf_work, dgetrf_batched } from "./lapack/lu";
export {
  dgetrs_work,
  dgetrs_batched,
  dgetri_batched,
  dgetrf_det,
} from "./lapack/lusolve";
export { dpotrf_work, dpotrf_batched } from "./lapack/cholesky";
export { dsyev_subset_work, dsyev_subset } from "./lapack/eigh";
export { ssyev_work, dsyev_work, ssyev, dsyev, ssyev_batched, dsyev_batched } from "./lapack/eigh";
export { dbdsdc_work, dbdsdc } from "./lapack/bdsdc";
export { scanonical } from "./lapack/canonical";
export { dgejsv_work, dgejsv_batched } from "./lapack/gejsv";
export { dgesdd_work, dgesdd_batched } from "./lapack/gesdd";
export { dqr_work, dqr_batched } from "./lapack/qr";
export { dgesvj_work, dgesvj } from "./lapack/jacobi";

// Spectral
export {
  dspectral_batched_work,
  dspectral_batched,
  sspectral_vjp_batched_work,
  sspectral_vjp_batched,
  dspectral_vjp_batched_work,
  dspectral_vjp_batched,
} from "./spectral/batched";
export { dsyev_vjp_work, dsyev_vjp_batched } from "./spectral/eigenvectors";
export { dspectral_values } from "./spectral/functions";
export { dloewner } from "./spectral/loewner";
export {
  dspectral_apply_work,
  dspectral_apply,
  dspectral_vjp_work,
  dspectral_vjp,
} from "./spectral/products";
export {
  dspectral_second_work,
  dspectral_second,
} from "./spectral/second";

// Layers
export { sconv2d, dconv2d } from "./nn/conv";
export { sconv2d_igrad, dconv2d_igrad } from "./nn/convigrad";
export { sconv2d_wgrad, dconv2d_wgrad } from "./nn/convwgrad";
export { sconv2d_work, dconv2d_work } from "./nn/convwork";
export {
  sgroupnorm,
  dgroupnorm,
  sgroupnorm_vjp,
  dgroupnorm_vjp,
  sbatchnorm_eval,
  dbatchnorm_eval,
} from "./nn/groupnorm";
export { sl2norm, dl2norm, sl2norm_vjp, dl2norm_vjp } from "./nn/l2norm";
export {
  smse,
  dmse,
  smse_vjp,
  dmse_vjp,
  shuber,
  dhuber,
  shuber_vjp,
  dhuber_vjp,
  sbce_logits,
  dbce_logits,
  sbce_logits_vjp,
  dbce_logits_vjp,
} from "./nn/losses";
export {
  smaxpool2d,
  dmaxpool2d,
  smaxpool2d_vjp,
  dmaxpool2d_vjp,
  savgpool2d,
  davgpool2d,
  savgpool2d_vjp,
  davgpool2d_vjp,
} from "./nn/pool";
export {
  ssoftmax,
  dsoftmax,
  ssoftmax_vjp,
  dsoftmax_vjp,
  slogsoftmax,
  dlogsoftmax,
  slogsoftmax_vjp,
  dlogsoftmax_vjp,
  ssoftmax_xent,
  dsoftmax_xent,
  ssoftmax_xent_vjp,
  dsoftmax_xent_vjp,
} from "./nn/softmax";
export {
  striu_pack,
  dtriu_pack,
  striu_unpack,
  dtriu_unpack,
  scenter,
  dcenter,
  scenter_vjp,
  dcenter_vjp,
} from "./nn/spd";
export {
  supsample_nearest,
  dupsample_nearest,
  supsample_nearest_vjp,
  dupsample_nearest_vjp,
  supsample_bilinear,
  dupsample_bilinear,
  supsample_bilinear_vjp,
  dupsample_bilinear_vjp,
} from "./nn/upsample";

// Optimizers
export { sadam, dadam } from "./optim/adam";
export { srmsprop, drmsprop, sadagrad, dadagrad } from "./optim/adaptive";
export { sema, dema } from "./optim/ema";
export { ssgd, dsgd } from "./optim/sgd";
