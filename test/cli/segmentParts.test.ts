/** The parts of `matprop segment`: planes, network, crops, losses, pictures. */
import assert from "node:assert/strict";
import { enlargeLabels } from "../../src/cli/segment/enlarge.js";
import { SegmentModel } from "../../src/cli/segment/model.js";
import { FeatureNetwork } from "../../src/cli/segment/network.js";
import { eigenvectorPicture, overlayOf } from "../../src/cli/segment/pictures.js";
import { modelFeatures, rawFeatures, regionsOf } from "../../src/cli/segment/pipeline.js";
import { pixelLoss } from "../../src/cli/segment/pixelLoss.js";
import { planesOf } from "../../src/cli/segment/planes.js";
import { DEFAULTS } from "../../src/cli/segment/settings.js";
import { crops, sampleOf, type Sample } from "../../src/cli/segment/samples.js";
import { chosen } from "../../src/cli/segment/validate.js";
import {
  allclose,
  concat,
  data,
  eye,
  grad,
  hash,
  init,
  random,
  segmentation,
  tensor,
  type Tensor,
  valueAndGrad,
} from "../../src/index.js";

const close = (actual: number, expected: number, tolerance: number): void => {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);
};

let samples: Sample[] = [];

before(async () => {
  await init();
  samples = data.syntheticScenes({ seed: 4, count: 5, height: 24, width: 40 }).map((scene) => sampleOf(scene, 120));
});

describe("segment: planes", () => {
  it("L*a*b* of known colours and the position", () => {
    // Lindbloom's calculator, sRGB and D65: white, black, red, blue.
    const pixels = Uint8Array.of(255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 0, 255);
    const planes = planesOf({ id: "", pixels, height: 1, width: 4, truths: [] });
    const expected = [
      [100, 0, 0],
      [0, 0, 0],
      [53.2408, 80.0925, 67.2032],
      [32.297, 79.1875, -107.8602],
    ];
    expected.forEach(([L, a, b], i) => {
      close(50 * (planes[5 * i]! + 1), L!, 0.02);
      close(30 * planes[5 * i + 1]!, a!, 0.02);
      close(30 * planes[5 * i + 2]!, b!, 0.02);
    });
    assert.deepEqual(
      [0, 1, 2, 3].map((i) => planes[5 * i + 3]),
      [-0.75, -0.25, 0.25, 0.75],
    );
    assert.equal(planes[4], 0);
  });

  it("images above the side are brought to it, smaller ones stay", () => {
    const [scene] = data.syntheticScenes({ seed: 1, count: 1, height: 50, width: 100 });
    assert.deepEqual([sampleOf(scene!, 40).image.height, sampleOf(scene!, 40).image.width], [20, 40]);
    assert.equal(sampleOf(scene!, 100).image, scene);
  });
});

describe("segment: crops", () => {
  const options = { batch: 2, seed: 3, epoch: 1, skip: 0, size: 16 };

  it("are a pure function of seed and epoch, also after a skip", () => {
    const whole = Array.from(crops(samples, options));
    const rest = Array.from(crops(samples, { ...options, skip: 1 }));
    assert.equal(whole.length, 2);
    assert.equal(hash(whole[1]!.images), hash(rest[0]!.images));
    assert.equal(whole[1]!.seed, rest[0]!.seed);
    assert.notEqual(hash(whole[0]!.images), hash(Array.from(crops(samples, { ...options, epoch: 2 }))[0]!.images));
  });

  it("maps go with their pixels: positions tell where each came from", () => {
    for (const { images, labels, truths } of crops(samples, options)) {
      const planes = images.data();
      labels.data().forEach((member, i) => {
        const { image } = samples[member]!;
        // A mirrored crop has the x of its mirror image: one of the two signs must explain every pixel.
        const explained = (sign: number): boolean =>
          Array.from({ length: 256 }, (_, at) => at).every((at) => {
            const [x, y] = [3, 4].map((c) => planes[5 * (256 * i + at) + c]!);
            const from = Math.round(y! * 20 + 11.5) * 40 + Math.round(sign * x! * 20 + 19.5);
            return image.truths.every((truth, a) => truths[i]!.data()[a * 256 + at] === truth.labels[from]);
          });
        assert.ok(explained(1) || explained(-1));
      });
    }
  });
});

describe("segment: network", () => {
  let network: FeatureNetwork;
  before(() => (network = new FeatureNetwork({ planes: 5, width: 8, features: 6, seed: 1 })));

  it("keeps the size of the image, odd ones too", () => {
    const x = random.normal([1, 19, 26, 5], { seed: 1 });
    assert.deepEqual(network.forward(x).shape, [1, 19, 26, 6]);
  });

  it("an image's features do not depend on its batch", () => {
    const x = random.normal([2, 16, 16, 5], { seed: 2 });
    const second = tensor(x.data().slice(16 * 16 * 5), { shape: [1, 16, 16, 5] });
    assert.deepEqual(
      network
        .forward(x)
        .data()
        .slice(16 * 16 * 6),
      network.forward(second).data(),
    );
  });

  it("the coarsest scale sees far: a pixel changes features in the opposite corner", () => {
    const x = new Float32Array(32 * 32 * 5);
    const before = network.forward(tensor(x, { shape: [1, 32, 32, 5] })).data();
    x[0] = 5;
    const after = network.forward(tensor(x, { shape: [1, 32, 32, 5] })).data();
    assert.notDeepEqual(after.slice(-6), before.slice(-6));
  });
});

describe("segment: the pixel loss", () => {
  const maps = (...annotators: number[][]): Tensor<"int32"> =>
    tensor(Int32Array.from(annotators.flat()), { shape: [annotators.length, 2, 2] });
  const features = (...rows: number[][]) => tensor(Float32Array.from(rows.flat()), { shape: [1, 2, 2, 2] });

  it("features that are the segments cost −log 0.99, the opposite −log 0.01", () => {
    const halves = features([1, 0], [1, 0], [0, 3], [0, 1]);
    close(pixelLoss(halves, [maps([0, 0, 1, 1])], 1).item(), -Math.log(0.99), 1e-5);
    const same = features([1, 0], [2, 0], [1, 0], [1, 0]);
    const pairs = 4096;
    // A quarter of the pairs is a pixel with itself; with all features equal the others are all wrong.
    const draws = random.uniform([2, pairs], { seed: 7 }).data();
    const selves = Array.from({ length: pairs }, (_, i) => i).filter(
      (i) => Math.floor(draws[i]! * 4) === Math.floor(draws[pairs + i]! * 4),
    ).length;
    const expected = (-selves * Math.log(0.99) - (pairs - selves) * Math.log(0.01)) / pairs;
    close(pixelLoss(same, [maps([0, 1, 2, 3])], 7).item(), expected, 1e-4);
  });

  it("annotators who disagree are a share; the gradient points to more agreement", () => {
    const F = features([1, 0.5], [1, 0.4], [0.3, 1], [0.4, 1]);
    const loss = (x: Tensor) => pixelLoss(x, [maps([0, 0, 1, 1], [0, 0, 0, 0])], 1);
    const g = grad(loss)(F);
    const step = F.sub(g.mul(0.1) as Tensor<"float32">) as Tensor;
    assert.ok(loss(step).item() < loss(F).item());
  });
});

describe("segment: the loss of crops whose affinity has fewer eigenvectors than are compared", () => {
  /** Features are a softmax of lightness and position, each alone in one channel, if the crop has any. */
  const model = (): SegmentModel => {
    const made = new SegmentModel({ ...DEFAULTS, width: 8, features: 4, rank: 3, data: "", epochs: 1 });
    const state = made.state();
    const last = Object.keys(state).find((name) => name.endsWith("last.weight"))!;
    const weight = new Float32Array(state[last]!.size);
    const channels = weight.length / 4;
    [0, 3, 4].forEach((plane, feature) => (weight[feature * channels + channels - 5 + plane] = 3));
    made.loadState({ ...state, [last]: tensor(weight, { shape: state[last]!.shape }) });
    return made;
  };
  it("they are compared by all they have, the others as always, and every gradient is finite", () => {
    const size = 16;
    const quarters = Int32Array.from({ length: size * size }, (_, i) => (i % size < 8 ? 0 : 1) + (i < 128 ? 0 : 2));
    const truth = tensor(quarters, { shape: [1, size, size] });
    const lively = random.uniform([1, size, size, 5], { seed: 3 }).mul(2).sub(1);
    const flat = tensor(new Float32Array(size * size * 5).fill(0.3), { shape: [1, size, size, 5] });
    const segmenter = model();
    const one = segmenter.loss(lively, [truth], 0);
    assert.equal(one.unranked, 0);
    const both = valueAndGrad(
      (x: Tensor) => {
        const { loss, unranked } = segmenter.loss(x, [truth, truth], 0);
        return [loss, unranked];
      },
      { wrt: segmenter.parameters(), hasAux: true },
    )(concat([lively, flat], 0));
    assert.equal(both.aux, 1);
    // All pixels alike: one eigenvector, which every target contains. J = ½(1 + 4) − 1.
    close(both.value.item(), (one.loss.item() + 1.5) / 2, 1e-5);
    const largest = Object.values(both.grads).map((g) => g.abs().max().item());
    assert.ok(largest.every(Number.isFinite) && Math.max(...largest) > 0);
  });
});

describe("segment: from features to segments", () => {
  it("raw features find the halves of a picture", () => {
    const [height, width] = [32, 48];
    const pixels = Uint8Array.from({ length: 3 * height * width }, (_, i) =>
      Math.floor(i / 3) % width < 20 ? 40 : 220,
    );
    const sample = sampleOf({ id: "halves", pixels, height, width, truths: [] }, 120);
    const { hierarchy } = regionsOf(rawFeatures(sample), 4);
    const truth = {
      labels: Uint8Array.from({ length: height * width }, (_, i) => ((i % width) / 20) | 0),
      height,
      width,
    };
    const halves = { ...truth, labels: truth.labels.map((label) => Math.min(label, 1)) };
    assert.ok(segmentation.covering(halves, hierarchy.cut({ k: 2 })) > 0.9);
  });

  it("the mirror image has the mirrored affinities of the image", () => {
    const model = new SegmentModel({ ...DEFAULTS, width: 8, features: 8, data: "", epochs: 1 });
    const { image } = samples[0]!;
    const { height, width, pixels } = image;
    const turned = pixels.map((_, i) => {
      const [y, x, c] = [Math.floor(i / 3 / width), Math.floor(i / 3) % width, i % 3];
      return pixels[3 * (y * width + width - 1 - x) + c]!;
    });
    const [here, there] = [pixels, turned].map((values) => {
      const { F } = modelFeatures(model)(sampleOf({ ...image, pixels: values, truths: [] }, 120));
      return F;
    });
    // Image and mirror image change places, and columns run backwards.
    const expected = concat([here!.slice(":, ::-1, 8:"), here!.slice(":, ::-1, :8")], 2);
    assert.ok(allclose(there!, expected, { rtol: 1e-4, atol: 1e-6 }));
    assert.deepEqual(modelFeatures(model)(samples[0]!).Lambda.shape, [16, 16]);
    assert.deepEqual([here!.shape[0], here!.shape[1]], [height, width]);
  });

  it("a constant image is one segment", () => {
    const pixels = new Uint8Array(3 * 24 * 32).fill(90);
    const sample = sampleOf({ id: "flat", pixels, height: 24, width: 32, truths: [] }, 120);
    const flat = { F: tensor(new Float32Array(24 * 32 * 16).fill(0.5), { shape: [24, 32, 16] }), Lambda: eye(16) };
    assert.equal(new Set(regionsOf(flat, 8).hierarchy.cut({ threshold: 0.001 }).labels).size, 1);
    assert.ok(regionsOf(rawFeatures(sample), 8).embedding.every(Number.isFinite));
  });

  it("labels are enlarged with smooth borders, shrunk and kept", () => {
    const labels = Int32Array.of(0, 1, 0, 1);
    assert.deepEqual(Array.from(enlargeLabels(labels, [2, 2], [2, 4])), [0, 0, 1, 1, 0, 0, 1, 1]);
    assert.deepEqual(enlargeLabels(labels, [2, 2], [2, 2]), labels);
    // A single pixel of another label in the middle becomes a diamond, not a block.
    const dot = Int32Array.of(0, 0, 0, 0, 1, 0, 0, 0, 0);
    const large = enlargeLabels(dot, [3, 3], [12, 12]);
    assert.equal(large[4 * 12 + 4], 0);
    assert.equal(large[5 * 12 + 5], 1);
  });

  it("the scale with the largest sum of best and average is chosen, the first of equals", () => {
    const scale = (threshold: number, best: number, average: number) => ({ threshold, best, average, segments: 3 });
    assert.equal(chosen([scale(1, 0.5, 0.25), scale(2, 0.75, 0.5), scale(3, 0.5, 0.75)]).threshold, 2);
  });

  it("pictures: borders are white, eigenvectors fill the range", () => {
    const image = { pixels: new Uint8Array(12), height: 2, width: 2 };
    const overlay = overlayOf(image, { labels: Uint8Array.of(0, 1, 0, 1), height: 2, width: 2 });
    assert.deepEqual(Array.from(overlay.subarray(0, 3)), [255, 255, 255]);
    assert.notDeepEqual(Array.from(overlay.subarray(3, 6)), [255, 255, 255]);
    const { pixels, width } = eigenvectorPicture(Float32Array.of(0, 5, 1, 5, 2, 5, 4, 5), 2, 2);
    assert.equal(width, 4);
    assert.deepEqual(Array.from(pixels), [0, 64, 0, 0, 128, 255, 0, 0]);
  });
});
