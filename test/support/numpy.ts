/** Asks NumPy and SciPy, where a Python that has them is found, for their answers: one child process for all questions. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const PYTHON = process.env.MATPROP_PYTHON ?? "/usr/bin/python3";
const SCRIPT = fileURLToPath(new URL("reference.py", import.meta.url));

export interface Question {
  readonly m: number;
  readonly n: number;
  readonly a: readonly number[];
  /** The spacing at 1 of the format whose cut-offs are wanted (pinv, lstsq, rank). */
  readonly ulp: number;
  /** Names of reference.py. */
  readonly ops: readonly string[];
}

/** By the op's name, its outputs, flat and row-major; nothing where NumPy refuses. */
export type Answer = Readonly<Record<string, readonly (readonly number[])[] | undefined>>;

/** The answers, or why there are none. Throws where Python has both libraries and fails all the same. */
export function askNumpy(cases: readonly Question[]): readonly Answer[] | string {
  const found = spawnSync(PYTHON, ["-c", "import numpy, scipy.linalg"], { encoding: "utf8" });
  if (found.status !== 0) {
    return `skipped: ${PYTHON} cannot import numpy and scipy (apt-get install python3-scipy, or MATPROP_PYTHON=python with both)`;
  }
  const { status, stdout, stderr } = spawnSync(PYTHON, ["-B", SCRIPT], {
    encoding: "utf8",
    input: JSON.stringify({ cases }),
    maxBuffer: 1 << 28,
    env: { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" },
  });
  if (status !== 0) throw new Error(`${PYTHON} ${SCRIPT} ended with ${status}:\n${stderr}`);
  // Python writes NaN and Infinity, which JSON does not know: as numbers beyond the range and as nulls.
  const json = stdout
    .replaceAll(/-?\bInfinity\b/g, (x) => (x[0] === "-" ? "-1e999" : "1e999"))
    .replaceAll("NaN", "null");
  return (JSON.parse(json) as { answers: Answer[] }).answers;
}
