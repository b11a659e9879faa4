import { appendFileSync, readFileSync } from "node:fs";
import { writeFileAtomic } from "./library.js";

/** One training step. */
export interface StepRow {
  readonly kind: "step";
  /** Steps done, from 1, over all epochs. */
  readonly step: number;
  /** Epoch the step belongs to, from 0. */
  readonly epoch: number;
  readonly loss: number;
  /** Share of the batch that was classified right. */
  readonly accuracy: number;
  readonly lr: number;
}

/** The test set after an epoch. */
export interface EpochRow {
  readonly kind: "epoch";
  /** Steps done so far. */
  readonly step: number;
  /** Epochs done so far. */
  readonly epoch: number;
  readonly testLoss: number;
  readonly testAccuracy: number;
}

export type MetricsRow = StepRow | EpochRow;

/**
 * The file `metrics.jsonl`: one JSON object a line. Rows are appended as they come. A resumed run first cuts off what
 * was written after its checkpoint, so that the file is the one of an uninterrupted run.
 */
export class Metrics<R extends { readonly kind: string; readonly step: number } = MetricsRow> {
  private pending = "";

  private constructor(
    private readonly path: string,
    readonly rows: R[],
  ) {}

  /** Opens the file with the rows of the first `steps` steps; 0 starts an empty one. */
  static async open<R extends { readonly kind: string; readonly step: number } = MetricsRow>(
    path: string,
    steps: number,
  ): Promise<Metrics<R>> {
    const rows = steps === 0 ? [] : readRows<R>(path).filter(({ step }) => step <= steps);
    const text = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
    await writeFileAtomic(path, new TextEncoder().encode(text));
    return new Metrics(path, rows);
  }

  add(row: R): void {
    this.rows.push(row);
    this.pending += `${JSON.stringify(row)}\n`;
    if (this.pending.length > 8192) this.flush();
  }

  flush(): void {
    if (this.pending !== "") appendFileSync(this.path, this.pending);
    this.pending = "";
  }

  get steps(): Extract<R, { kind: "step" }>[] {
    return this.rows.filter((row) => row.kind === "step") as Extract<R, { kind: "step" }>[];
  }

  get epochs(): Extract<R, { kind: "epoch" }>[] {
    return this.rows.filter((row) => row.kind === "epoch") as Extract<R, { kind: "epoch" }>[];
  }
}

/** The whole rows of a file; a last line that a kill cut short is left out. */
function readRows<R>(path: string): R[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return [];
  }
  const lines = text.split("\n").slice(0, -1);
  return lines.flatMap((line) => {
    try {
      return [JSON.parse(line) as R];
    } catch {
      return [];
    }
  });
}
