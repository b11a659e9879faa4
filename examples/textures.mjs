/**
 * Second-order against first-order pooling on textures that differ only in how pixels go together:
 * `node examples/textures.mjs` after `npm ci`, a few seconds.
 */
import { data, init, nn, optim, train } from "matprop";

const SEED = 1;
const EPOCHS = 4;

/** Two convolutions, a pooling layer, a linear classifier. */
class TextureNet extends nn.Module {
  constructor(pooling, size, classes) {
    super();
    this.features = new nn.Sequential([
      new nn.Conv2d(1, 12, 3, { padding: 1, seed: 11 }),
      new nn.ReLU(),
      new nn.MaxPool2d(2),
      new nn.Conv2d(12, 16, 3, { padding: 1, seed: 12 }),
      new nn.ReLU(),
    ]);
    this.pooling = pooling;
    this.normalize = new nn.BatchNorm(size);
    this.classifier = new nn.Linear(size, classes, { seed: 13 });
  }

  forward(x) {
    return this.classifier.forward(this.normalize.forward(this.pooling.forward(this.features.forward(x))));
  }
}

await init();
const images = data.synthetic({ seed: SEED, size: 32, classes: 6, perClass: 120 });
const [training, test] = data.split(images, { fraction: 0.25, seed: SEED });
const statistics = data.statistics(training);

const networks = {
  "log(FᵀF/m + εI)": new TextureNet(new nn.SecondOrderPooling({ eps: 1e-3 }), (16 * 17) / 2, 6),
  "average pooling": new TextureNet(new nn.GlobalAvgPool(), 16, 6),
};
for (const [name, model] of Object.entries(networks)) {
  const optimizer = optim.adamw(model.parameters(), { lr: 3e-3 });
  const epoch = (number, skip) =>
    data.batches(training, { batchSize: 30, shuffle: SEED, epoch: number, start: skip, ...statistics });
  for await (const report of train.fit(model, epoch, { epochs: EPOCHS, optimizer })) {
    if (report.step % 18 === 0) console.log(`${name}: step ${report.step}, loss ${report.loss.toFixed(3)}`);
  }
  const { accuracy } = await train.evaluate(model, data.batches(test, { batchSize: 60, ...statistics }));
  console.log(`${name}: test accuracy ${(100 * accuracy).toFixed(1)} %\n`);
}
