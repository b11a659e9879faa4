import { data, nn, optim } from "matprop";
import { serveTraining } from "matprop/worker";

serveTraining(({ epochs }) => {
  const set = data.synthetic({ seed: 1, size: 8, classes: 4, perClass: 12 });
  const model = new nn.Sequential([new nn.Flatten(), new nn.Linear(64, 4, { seed: 1 })]);
  const batches = (epoch, skip) => data.batches(set, { batchSize: 16, shuffle: 1, epoch, start: skip });
  return { model, data: batches, optimizer: optim.adam(model.parameters()), epochs };
});
