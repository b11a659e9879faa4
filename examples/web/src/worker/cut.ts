/** Cuts one image in a worker, and trains the features that it is cut by. */
import { argmax, data, init, io, nn, oneHot, optim, reshape, scope, segment, tensor, type Tensor } from "matprop";
import { serveTraining } from "matprop/worker";
import { PALETTE } from "../data/palette.ts";
import { gridOf, type Photo, type Size } from "../data/photo.ts";
import { rasterize } from "../data/scribbles.ts";
import { heatmapOf } from "../ui/heatmap.ts";
import type { Connect } from "./connect.ts";
import type { Cut, CutQuestions, CutSettings, Wish } from "./cutMessages.ts";
import { PixelNetwork, PLANES } from "./pixelNetwork.ts";
import { answerQuestions, type Answers } from "./questions.ts";
import { agreementOf, coloursOfSegments, overlayOf } from "./segments.ts";

const RATE = 5e-3;
/** Steps from one picture of the segments to the next, after the one that follows the first step. */
const SHOWN_EVERY = 5;
/** Regions of a sample, at most. */
const REGIONS = 5;
const SAMPLE = { width: 160, height: 120 } as const;

/** Painted pixels, as the loss takes them. */
interface Scribbles {
  readonly index: Tensor<"int32">;
  readonly colours: Tensor<"int32">;
  readonly count: number;
}

/** An image that is being cut. */
interface Work {
  readonly image: number;
  readonly photo: Photo;
  readonly grid: Size;
  readonly planes: Tensor;
  readonly network: PixelNetwork;
  wish: Wish;
  painted: Int8Array;
  trained: boolean;
  /** Of two colours at least: what is trained on stays when the page takes back too much. */
  scribbles?: Scribbles;
}

let current: Work | undefined;

function opened(): Work {
  if (current === undefined) throw new Error("there is no image yet");
  return current;
}

function served({ training, questions }: Connect): void {
  serveTraining<CutSettings, Cut>(
    ({ steps }, { send }) => {
      const work = opened();
      const { planes, network } = work;
      const images = { images: planes, labels: tensor(new Int32Array(1)) };
      return {
        model: network,
        data: () => [images],
        optimizer: optim.adamw(network.parameters(), { lr: RATE }),
        epochs: steps,
        // Read anew in every step: strokes count from the moment when they are painted.
        loss: () => [lossOf(work), null],
        callbacks: {
          onStep: ({ step }) => {
            work.trained = true;
            if (work === current && (step === 1 || step % SHOWN_EVERY === 0)) send(cutOf(work));
          },
        },
      };
    },
    { port: training },
  );
  answerQuestions(questions, answers, init);
}

function lossOf({ planes, network, scribbles }: Work): Tensor {
  if (scribbles === undefined) throw new Error("paint with two colours at least");
  return network.loss(planes, scribbles.index, scribbles.colours, scribbles.count);
}

const answers: Answers<CutQuestions> = {
  sample({ seed }) {
    const { height, width } = SAMPLE;
    const [scene] = data.syntheticScenes({ seed, count: 1, height, width, regions: REGIONS });
    const image = tensor(scene!.pixels, { shape: [height, width, 3] });
    return scope(() => data.toImageData(image));
  },
  open({ image, photo, weights }) {
    const grid = gridOf(photo);
    const network = new PixelNetwork();
    if (weights !== null) network.loadState(io.decodeSafetensors(weights).tensors);
    const planes = tensor(planesOf(photo, grid), { shape: [1, grid.height, grid.width, PLANES] });
    const wish = { number: 0, strokes: [], segments: 0 };
    const trained = weights !== null;
    current = { image, photo, grid, planes, network, wish, painted: rasterize([], grid), trained };
    return null;
  },
  cut(wish) {
    const work = opened();
    work.wish = wish;
    work.painted = rasterize(wish.strokes, work.grid);
    work.scribbles = scribblesOf(work.painted) ?? work.scribbles;
    return cutOf(work);
  },
  labels() {
    const work = opened();
    const { photo, grid } = work;
    return scope(() => {
      const { colours } = segmented(work);
      const shares = reshape(oneHot(tensor(colours), PALETTE.length), [1, grid.height, grid.width, PALETTE.length]);
      const enlarged = nn.functional.upsample(shares, { size: [photo.height, photo.width], mode: "bilinear" });
      return Uint8Array.from(argmax(enlarged, -1).data());
    });
  },
};

/** Red, green and blue with mean 0 and deviation 1, and the position, −1 … 1 along the longer side. */
function planesOf(photo: Photo, { width, height }: Size): Float32Array {
  const set = data.fromImageData(photo, { size: [height, width] });
  const { mean, std } = data.statistics(set);
  const half = Math.max(width, height) / 2;
  const planes = new Float32Array(PLANES * width * height);
  for (let i = 0, at = 0; i < width * height; i++, at += PLANES) {
    for (let c = 0; c < 3; c++) planes[at + c] = (set.images[3 * i + c]! / 255 - mean[c]!) / (std[c]! || 1);
    planes[at + 3] = ((i % width) - (width - 1) / 2) / half;
    planes[at + 4] = (Math.floor(i / width) - (height - 1) / 2) / half;
  }
  return planes;
}

/** The painted pixels; undefined if they do not have two colours. */
function scribblesOf(painted: Int8Array): Scribbles | undefined {
  const index = Int32Array.from(painted.keys()).filter((i) => painted[i]! >= 0);
  const colours = index.map((i) => painted[i]!);
  const count = new Set(colours).size;
  return count < 2 ? undefined : { index: tensor(index), colours: tensor(colours), count };
}

/** The colour of each pixel's segment, and what the segments come from. */
function segmented({ planes, network, grid, wish, painted, scribbles }: Work) {
  const { eigenvectors, eigenvalues } = network.embedding(planes, PALETTE.length);
  const k = wish.segments || (scribbles?.count ?? 2);
  const leading = reshape(eigenvectors.slice([null, [0, k]]), [grid.height, grid.width, k]);
  const labels = segment(leading, { k }).data();
  const byLabel = coloursOfSegments(labels, painted);
  return { colours: labels.map((label) => byLabel[label]!), eigenvectors, eigenvalues };
}

function cutOf(work: Work): Cut {
  return scope(() => {
    const { colours, eigenvectors, eigenvalues } = segmented(work);
    const columns = eigenvectors.transpose().data();
    const pixels = colours.length;
    return {
      image: work.image,
      wish: work.wish.number,
      ...work.grid,
      overlay: overlayOf(colours, work.grid),
      eigenvectors: Array.from(
        eigenvalues.data(),
        (_, i) => heatmapOf(columns.subarray(i * pixels, (i + 1) * pixels) as Float32Array).pixels,
      ),
      eigenvalues: [...eigenvalues.data()],
      agreement: agreementOf(colours, work.painted),
      weights: work.trained ? io.encodeSafetensors(work.network.state()) : null,
    };
  });
}

addEventListener("message", ({ data: connect }: MessageEvent<Connect>) => served(connect));
