/** What the worker of `worker.test.ts` trains. */
import { ArgumentError } from "../../src/errors.js";
import { serveTraining } from "../../src/worker.js";
import { batches, Noisy, OPTIMIZERS } from "./support.js";

/** What `start` says. */
export interface Settings {
  readonly epochs: number;
  /** Fails after so many steps. */
  readonly fails?: number;
  readonly refuses?: boolean;
}

serveTraining<Settings, string>(({ epochs, fails, refuses }, { send }) => {
  if (refuses) throw new ArgumentError("program", "refused");
  const model = new Noisy(1);
  const onStep = ({ step }: { readonly step: number }): void => {
    if (step === fails) model.failure = new RangeError("in the forward pass");
  };
  const callbacks = { onStep, onEpoch: ({ epoch }: { readonly epoch: number }) => send(`epoch ${epoch}`) };
  return { model, data: batches, optimizer: OPTIMIZERS.sgd!(model), epochs, seed: 7, callbacks };
});
