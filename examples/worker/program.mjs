/** What the worker trains: this file is the same in a web worker and in Node's worker_threads. */
import { data, nn, optim } from "matprop";
import { serveTraining } from "matprop/worker";

serveTraining(({ epochs, seed }) => {
  const set = data.synthetic({ seed, size: 16, classes: 4, perClass: 60 });
  const statistics = data.statistics(set);
  const model = new nn.Sequential([
    new nn.Conv2d(1, 12, 3, { padding: 1, seed }),
    new nn.ReLU(),
    new nn.SecondOrderPooling({ eps: 1e-3 }),
    new nn.Linear((12 * 13) / 2, 4, { seed: seed + 1 }),
  ]);
  const batches = (epoch, skip) =>
    data.batches(set, { batchSize: 20, shuffle: seed, epoch, start: skip, ...statistics });
  return { model, data: batches, optimizer: optim.adam(model.parameters(), { lr: 0.01 }), epochs };
});
