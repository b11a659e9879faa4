/** ConvNetJS: the fastest of the JavaScript libraries at training a convolutional network. */
import { uniform } from "../../test/support/matrices.js";
import { load } from "../peers/load.mjs";
import type { Library, Rival } from "./rival.js";

type Volume = { readonly w: number[] | Float64Array };

interface ConvNet {
  Net: new () => { makeLayers(layers: readonly object[]): void };
  Vol: new (width: number, height: number, depth: number) => Volume;
  Trainer: new (net: object, options: object) => { train(x: Volume, label: number): { cost_loss: number } };
}

/** A step takes as long at any rate; above this one some of its random initial weights make it diverge. */
const RATE = 0.003;

async function open(): Promise<Library> {
  const { default: convnet } = (await load("convnetjs")) as { default: ConvNet };
  const conv = (filters: number): object => ({ type: "conv", sx: 3, filters, stride: 1, pad: 1, activation: "relu" });
  const pool = { type: "pool", sx: 2, stride: 2 };
  return {
    train: ({ batch }) => {
      const net = new convnet.Net();
      net.makeLayers([
        { type: "input", out_sx: 28, out_sy: 28, out_depth: 1 },
        ...[conv(16), pool, conv(32), pool],
        { type: "softmax", num_classes: 10 },
      ]);
      const trainer = new convnet.Trainer(net, { learning_rate: RATE, batch_size: batch, momentum: 0, l2_decay: 0 });
      const next = uniform(4);
      const images = Array.from({ length: batch }, () => {
        const image = new convnet.Vol(28, 28, 1);
        for (let i = 0; i < 784; i++) image.w[i] = 1.7 * next();
        return image;
      });
      const losses: number[] = [];
      const run = (): void =>
        void losses.push(images.reduce((sum, x, i) => sum + trainer.train(x, i % 10).cost_loss, 0) / batch);
      return { run, result: () => (run(), run(), run(), losses) };
    },
  };
}

export default { name: "convnetjs", package: "convnetjs", open } satisfies Rival;
