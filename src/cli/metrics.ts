import { appendFileSync, readFileSync } from "node:fs";
import { writeFileAtomic } from "./library.js";

/** One training step; what a command measures of it besides stands in the same row. */
export interface StepRow {
  readonly kind: "step";
  /** Steps done, from 1, over all epochs. */
  readonly step: number;
  /** Epoch the step belongs to, from 0. */
  readonly epoch: number;
  readonly loss: number;
  readonly lr: number;
}

/** A look at held-out data after an epoch; what was seen stands in the same row. */
export interface EpochRow {
  readonly kind: "epoch";
  /** Steps done so far. */
  readonly step: number;
  /** Epochs done so far. */
  readonly epoch: number;
}

/**
 * The file `metrics.jsonl`: one JSON object a line. Rows are appended as they come. A resumed run first cuts off what
 * was written after its checkpoint, so that the file is the one of an uninterrupted run.
 */
export class Metrics<S extends StepRow = StepRow, E extends EpochRow = EpochRow> {
  private pending = "";

  private constructor(
    private readonly path: string,
    private readonly rows: (S | E)[],
  ) {}

  /** Opens the file with the rows of the first `steps` steps; 0 starts an empty one. */
  static async open<S extends StepRow, E extends EpochRow>(path: string, steps: number): Promise<Metrics<S, E>> {
    const rows = steps === 0 ? [] : readRows<S | E>(path).filter(({ step }) => step <= steps);
    const text = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
    await writeFileAtomic(path, new TextEncoder().encode(text));
    return new Metrics<S, E>(path, rows);
  }

  add(row: S | E): void {
    this.rows.push(row);
    this.pending += `${JSON.stringify(row)}\n`;
    if (this.pending.length > 8192) this.flush();
  }

  flush(): void {
    if (this.pending !== "") appendFileSync(this.path, this.pending);
    this.pending = "";
  }

  get steps(): S[] {
    return this.rows.filter((row): row is S => row.kind === "step");
  }

  get epochs(): E[] {
    return this.rows.filter((row): row is E => row.kind === "epoch");
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
