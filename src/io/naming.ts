import { FormatError } from "../errors.js";

/** What `parse` returns, with `op` and the name of the file in its FormatErrors. */
export function naming<T>(op: string, name: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const reason = error.message.slice(error.op.length + ": ".length);
    throw withCause(new FormatError(op, `${name}: ${reason}`), error);
  }
}

export function withCause<E extends Error>(error: E, cause: unknown): E {
  error.cause = cause;
  return error;
}
