import { data, hash, nn, optim, train } from "./library.js";

/** A network with a layer of every family, small enough for a second: 16 × 16 textures of four classes. */
function network(classes: number, seed: number): nn.Module {
  const s = 16 * seed;
  return new nn.Sequential([
    new nn.Conv2d(1, 8, 3, { padding: 1, bias: false, seed: s }),
    new nn.BatchNorm(8),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(8, 12, 3, { padding: 1, seed: s + 1 }),
    new nn.GroupNorm(3, 12),
    new nn.SiLU(),
    new nn.AvgPool2d(2),
    new nn.ConvTranspose2d(12, 10, 2, { stride: 2, seed: s + 2 }),
    new nn.LeakyReLU(),
    new nn.Upsample({ scale: 2, mode: "bilinear" }),
    new nn.Dropout(0.2, { seed: s + 3 }),
    new nn.SecondOrderPooling({ vectorize: false }),
    new nn.ExpEig(),
    new nn.BiMap(10, 6, { seed: s + 4 }),
    new nn.SPDBatchNorm(6),
    new nn.ReEig(),
    new nn.LogEig(),
    new nn.Flatten(),
    new nn.LayerNorm(36),
    new nn.Linear(36, 12, { seed: s + 5 }),
    new nn.GELU(),
    new nn.Linear(12, classes, { seed: s + 6 }),
  ]);
}

/** The hash of weights and optimizer after two epochs, ten steps. */
export async function trainBriefly(seed: number): Promise<string> {
  const set = data.synthetic({ seed, size: 16, classes: 4, perClass: 20 });
  const model = network(set.classes.length, seed);
  const optimizer = optim.adamw(model.parameters(), { lr: 0.01 });
  const schedule = optim.schedules.cosine({ lr: 0.01, steps: 10 });
  const normalization = data.statistics(set);
  const batches = (epoch: number, skip: number): data.Batches =>
    data.batches(set, {
      batchSize: 16,
      shuffle: seed,
      epoch,
      start: skip,
      augment: { flip: true, shift: 2 },
      ...normalization,
    });
  for await (const _ of train.fit(model, batches, { epochs: 2, optimizer, schedule, clipNorm: 5 }));
  return hash({ ...model.state(), ...optimizer.state() });
}
