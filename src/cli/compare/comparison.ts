import { sha256Of } from "../dataset.js";
import { data, type LabelledSamples } from "../library.js";
import type { Settings } from "../settings.js";
import { duration, percent } from "../terminal.js";
import { version } from "../version.js";
import { Journal } from "./journal.js";
import type { Measured } from "./result.js";
import { outcomeOf, secondsPerEpoch, type Outcome } from "./runs.js";
import { bestRate, type Trial } from "./tune.js";
import { isPlain, type Variant } from "./variants.js";
import { sizeOf, widened, type Size } from "./widen.js";

/** What is compared, and under which equal conditions. */
export interface Plan {
  /** The first one is what the others are tested against. */
  readonly variants: readonly Variant[];
  readonly train: LabelledSamples;
  readonly test: LabelledSamples;
  readonly base: Omit<Settings, "model" | "frozen" | "width" | "lr" | "seed">;
  /** Runs with seeds 1 … seeds. */
  readonly seeds: number;
  readonly grid: readonly number[];
  readonly tuneSeeds: number;
  /** Share of the training images held out for tuning. */
  readonly validation: number;
  /** Width of networks without a matrix layer; null: measured. */
  readonly plainWidth: number | null;
}

/** Seeds of the tuning runs begin here: none of the measured ones. */
const FIRST_TUNE_SEED = 1_000_001;

/** Steps of each variant whose time is taken. */
const TIMED_STEPS = 25;

/** Measures every variant. Finished runs come from the journal. */
export async function compareAll(
  plan: Plan,
  journalPath: string,
  note: (line: string) => void,
  signal: AbortSignal,
): Promise<Measured[]> {
  const work = new Work(plan, new Journal(journalPath), note, signal);
  const sized = await work.sizes();
  const tuned: { trials: Trial[]; lr: number }[] = [];
  for (const [i, variant] of plan.variants.entries()) {
    const trials = await work.trials(variant, sized[i]!.width);
    const lr = bestRate(trials);
    note(`${variant.name}: learning rate ${lr}`);
    tuned.push({ trials, lr });
  }
  const outcomes: Outcome[][] = plan.variants.map(() => []);
  // Seed by seed: an unfinished comparison has all variants of the seeds it has.
  for (let seed = 1; seed <= plan.seeds; seed++) {
    for (const [i, variant] of plan.variants.entries()) {
      outcomes[i]!.push(await work.measured(variant, sized[i]!.width, tuned[i]!.lr, seed));
    }
  }
  const seconds = await work.seconds(sized);
  return plan.variants.map((variant, i) => {
    return { variant, ...sized[i]!, ...tuned[i]!, outcomes: outcomes[i]!, secondsPerEpoch: seconds[i]! };
  });
}

class Work {
  /** What every result depends on besides its own settings. */
  private readonly images: string;
  private counted = 0;
  private readonly total: number;

  constructor(
    private readonly plan: Plan,
    private readonly journal: Journal,
    private readonly note: (line: string) => void,
    private readonly signal: AbortSignal,
  ) {
    const { train, test, variants, grid, tuneSeeds, seeds } = plan;
    this.images = `${version()} ${sha256Of(train, test)}`;
    this.total = variants.length * (grid.length * tuneSeeds + seeds);
  }

  private settings({ model, frozen }: Variant, width: number, lr: number, seed: number): Settings {
    return { ...this.plan.base, model, frozen, width, lr, seed };
  }

  /** Width and parameters of every variant. */
  async sizes(): Promise<Size[]> {
    const { variants, train, plainWidth, grid } = this.plan;
    const first = this.settings(variants[0]!, 1, grid[0]!, 0);
    const found: Size[] = [];
    for (const variant of variants) {
      const plain = isPlain(variant) && variant !== variants[0];
      const settings = this.settings(variant, plain ? (plainWidth ?? 1) : 1, grid[0]!, 0);
      const search = plain && plainWidth === null;
      const key = { images: this.images, size: settings, atLeast: search ? first : null };
      const size = await this.journal.once(key, async () =>
        search ? widened(settings, first, train) : sizeOf(settings, train),
      );
      this.note(`${variant.name}: width × ${size.width}, ${size.parameters} parameters`);
      found.push(size);
    }
    return found;
  }

  /** Every learning rate with its outcomes on held-out training images. */
  async trials(variant: Variant, width: number): Promise<Trial[]> {
    const { grid, tuneSeeds, train, validation } = this.plan;
    const trials: Trial[] = [];
    for (const lr of grid) {
      const outcomes: Outcome[] = [];
      for (let i = 0; i < tuneSeeds; i++) {
        const seed = FIRST_TUNE_SEED + i;
        const settings = this.settings(variant, width, lr, seed);
        const what = `tuning ${variant.name}, learning rate ${lr}, seed ${seed}: validation`;
        const key = { images: this.images, validation, run: settings };
        outcomes.push(
          await this.outcome(key, what, () => {
            const [rest, heldOut] = data.split(train, { fraction: validation, seed });
            return outcomeOf(settings, rest, heldOut, this.signal);
          }),
        );
      }
      trials.push({ lr, outcomes });
    }
    return trials;
  }

  /** One of the runs that count. */
  measured(variant: Variant, width: number, lr: number, seed: number): Promise<Outcome> {
    const { train, test } = this.plan;
    const settings = this.settings(variant, width, lr, seed);
    const key = { images: this.images, run: settings };
    return this.outcome(key, `${variant.name}, seed ${seed}: test`, () =>
      outcomeOf(settings, train, test, this.signal),
    );
  }

  /** Time per epoch of every variant, measured side by side. */
  seconds(sized: readonly Size[]): Promise<number[]> {
    const { variants, train, grid } = this.plan;
    const all = variants.map((variant, i) => this.settings(variant, sized[i]!.width, grid[0]!, 0));
    return this.journal.once({ images: this.images, seconds: all }, () => secondsPerEpoch(all, train, TIMED_STEPS));
  }

  private async outcome(key: unknown, what: string, run: () => Promise<Outcome>): Promise<Outcome> {
    const kept = this.journal.has(key);
    const outcome = await this.journal.once(key, run);
    const time = kept ? "kept" : duration(outcome.seconds);
    this.note(`[${++this.counted}/${this.total}] ${what} ${percent(outcome.accuracy)} (${time})`);
    return outcome;
  }
}
