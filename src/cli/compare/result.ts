import { mean, signFlipTest, standardDeviation, type SignFlipResult } from "../stats.js";
import { describeVariant, type Variant } from "./variants.js";
import type { Outcome } from "./runs.js";
import type { Trial } from "./tune.js";
import type { Size } from "./widen.js";

/** A variant with everything that was measured of it. */
export interface Measured extends Size {
  readonly variant: Variant;
  readonly lr: number;
  /** Time of the training steps of an epoch. */
  readonly secondsPerEpoch: number;
  readonly trials: readonly Trial[];
  /** One outcome a seed, in the order of the seeds. */
  readonly outcomes: readonly Outcome[];
}

/** A line of the table of results. */
export interface ResultRow extends Size {
  readonly name: string;
  readonly description: string;
  readonly lr: number;
  /** Mean accuracy on the held-out training data at this learning rate. */
  readonly validation: number;
  /** Time of the training steps of an epoch, all variants measured side by side. */
  readonly secondsPerEpoch: number;
  readonly accuracies: readonly number[];
  readonly mean: number;
  readonly sd: number;
  /** Against the first line: null for the first line itself. */
  readonly against: SignFlipResult | null;
}

/** Means, deviations and tests of all variants against the first. */
export function resultRows(measured: readonly Measured[]): ResultRow[] {
  const first = measured[0]!;
  return measured.map((item) => {
    const accuracies = item.outcomes.map(({ accuracy }) => accuracy);
    // Whole numbers of right answers: their differences, and so ties, are exact.
    const differences = item.outcomes.map(({ correct }, i) => first.outcomes[i]!.correct - correct);
    return {
      name: item.variant.name,
      description: describeVariant(item.variant, item.width),
      width: item.width,
      parameters: item.parameters,
      secondsPerEpoch: item.secondsPerEpoch,
      lr: item.lr,
      validation: mean(item.trials.find(({ lr }) => lr === item.lr)!.outcomes.map(({ accuracy }) => accuracy)),
      accuracies,
      mean: mean(accuracies),
      sd: standardDeviation(accuracies),
      against: item === first ? null : signFlipTest(differences),
    };
  });
}

/** The cells of the table, as texts. */
export function resultCells(rows: readonly ResultRow[]): { head: string[]; body: string[][] } {
  const first = rows[0]!;
  const points = (share: number): string => (100 * share).toFixed(2);
  return {
    head: ["network", "parameters", "s/epoch", "learning rate", "test accuracy, %", "difference", "p (sign-flip)"],
    body: rows.map((row) => [
      row.description,
      String(row.parameters),
      showSeconds(row.secondsPerEpoch),
      String(row.lr),
      `${points(row.mean)} ± ${points(row.sd)}`,
      row.against ? `${points(row.mean - first.mean)}` : "–",
      row.against ? showP(row.against) : "–",
    ]),
  };
}

/** Two digits behind the point, or two that count where these would be zeros. */
function showSeconds(seconds: number): string {
  return seconds < 0.1 ? seconds.toPrecision(2) : seconds.toFixed(2);
}

function showP({ p, extreme, pairs }: SignFlipResult): string {
  return `${Number(p.toPrecision(3))} (${extreme}/2^${pairs})`;
}

/** The table in Markdown. */
export function markdownTable({
  head,
  body,
}: {
  head: readonly string[];
  body: readonly (readonly string[])[];
}): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...body.map(line)].join("\n");
}
