/** Every error matprop throws on purpose; all share {@link MatpropError}. */

/** Base of all matprop errors: `op` names the operation, `code` is stable and meant for programs. */
export class MatpropError extends Error {
  constructor(
    readonly op: string,
    readonly code: string,
    message: string,
  ) {
    super(`${op}: ${message}`);
    this.name = new.target.name;
  }
}

/** An operation ran before `await init()` (or `initSync()`). */
export class NotInitializedError extends MatpropError {
  constructor(op: string) {
    super(op, "NOT_INITIALIZED", 'call "await init();" (or "initSync();") once before the first operation');
  }
}

/** Shapes do not fit the operation. */
export class ShapeError extends MatpropError {
  constructor(op: string, message: string) {
    super(op, "SHAPE", message);
  }
}

/** Element types do not fit the operation; matprop never converts silently. */
export class DtypeError extends MatpropError {
  constructor(op: string, message: string) {
    super(op, "DTYPE", message);
  }
}

/** An option or argument is outside its range. */
export class ArgumentError extends MatpropError {
  constructor(op: string, message: string) {
    super(op, "ARGUMENT", message);
  }
}

/** A tensor was used after the scope that made it had ended, or after its owner was disposed. */
export class ScopeEndedError extends MatpropError {
  constructor(op: string) {
    super(
      op,
      "SCOPE_ENDED",
      "this tensor's scope has ended; return it from the scope, or read it with .data() or .item() inside",
    );
  }
}

/** WebAssembly memory could not grow to hold `bytes` more. Parameters and other live tensors are intact. */
export class OutOfMemoryError extends MatpropError {
  constructor(
    op: string,
    readonly bytes: number,
  ) {
    super(op, "OUT_OF_MEMORY", `WebAssembly memory cannot hold ${bytes} more bytes (the limit is 4 GiB in all)`);
  }
}

/** A parameter or buffer was changed between the forward pass that read it and the backward pass. */
export class StaleTensorError extends MatpropError {
  constructor(op: string) {
    super(op, "STALE", "an input was changed by assign() or an optimizer after the forward pass; run backward first");
  }
}

/** No derivative rule of the asked order exists for the operation. */
export class NotDifferentiableError extends MatpropError {
  constructor(op: string, message: string) {
    super(op, "NOT_DIFFERENTIABLE", message);
  }
}

/** NaN or infinity where the algorithm needs finite numbers. `batchIndex` is the first offending item. */
export class NonFiniteError extends MatpropError {
  constructor(
    op: string,
    readonly batchIndex: number,
    message = `item ${batchIndex} of the batch holds NaN or infinity`,
  ) {
    super(op, "NON_FINITE", message);
  }
}

/** An iteration reached its cap. `info` counts what had not converged in item `batchIndex`. */
export class ConvergenceError extends MatpropError {
  constructor(
    op: string,
    readonly batchIndex: number,
    readonly info: number,
  ) {
    super(op, "CONVERGENCE", `item ${batchIndex} of the batch did not converge (info = ${info})`);
  }
}

/** A matrix that must be positive definite is not. */
export class NotPositiveDefiniteError extends MatpropError {
  constructor(
    op: string,
    readonly batchIndex: number,
    message = `item ${batchIndex} of the batch is not positive definite; add a larger eps to its diagonal`,
  ) {
    super(op, "NOT_POSITIVE_DEFINITE", message);
  }
}

/** A matrix that must be invertible is singular to the last bit. */
export class SingularMatrixError extends MatpropError {
  constructor(
    op: string,
    readonly batchIndex: number,
    reason: string,
  ) {
    super(op, "SINGULAR", `item ${batchIndex} of the batch is singular: ${reason}`);
  }
}

/** A gradient through eigen- or singular vectors i and j is undefined because their values coincide. */
export class DegenerateError extends MatpropError {
  constructor(
    op: string,
    readonly i: number,
    readonly j: number,
    readonly gap: number,
    readonly batchIndex: number,
    advice: string,
  ) {
    super(
      op,
      "DEGENERATE",
      `vectors ${i} and ${j} of item ${batchIndex} belong to one repeated value (gap ${gap}), ` +
        `so their separate gradients do not exist; ${advice}`,
    );
  }
}

/**
 * A loss depends on something that a decomposition leaves free: the basis of a repeated value's vectors (i and j) or of the
 * complement, or the sign of a vector (i = j). `residual` is the dependence relative to the cotangents or the loss.
 */
export class GaugeError extends MatpropError {
  constructor(
    op: string,
    readonly i: number,
    readonly j: number,
    readonly batchIndex: number,
    readonly residual: number,
    reason: string,
  ) {
    super(op, "GAUGE", `the loss depends on ${reason} (item ${batchIndex}, relative residual ${residual})`);
  }
}

/** A response was an error, or bytes stopped coming before the end. `status` and `url` are those of a response, else null. */
export class ReadError extends MatpropError {
  constructor(
    op: string,
    message: string,
    readonly status: number | null = null,
    readonly url: string | null = null,
  ) {
    super(op, "READ", message);
  }
}

/** A file or buffer does not hold what its format promises. */
export class FormatError extends MatpropError {
  constructor(op: string, message: string) {
    super(op, "FORMAT", message);
  }
}
