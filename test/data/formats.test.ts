import assert from "node:assert/strict";
import * as fc from "fast-check";
import { ArgumentError, DtypeError, FormatError, MatpropError, ShapeError } from "../../src/errors.js";
import { fromIdx, fromImageData, parseCifar10, parseIdx, toImageData } from "../../src/data/index.js";
import { tensor, zeros } from "../../src/index.js";
import { idxFile } from "./support.js";

describe("data: IDX", () => {
  it("reads labels and images", () => {
    assert.deepEqual(parseIdx(idxFile([3], [7, 0, 255])), { shape: [3], values: Uint8Array.of(7, 0, 255) });
    const set = fromIdx(idxFile([2, 1, 2], [1, 2, 3, 4]), idxFile([2], [3, 0]));
    assert.deepEqual(set.shape, [1, 2, 1]);
    assert.deepEqual([...set.labels], [3, 0]);
    assert.deepEqual(set.classes, ["0", "1", "2", "3"]);
    assert.deepEqual(fromIdx(idxFile([1, 1, 1, 3], [1, 2, 3]), idxFile([1], [0]), ["a"]).shape, [1, 1, 3]);
  });

  const malformed: [string, Uint8Array, RegExp][] = [
    ["nothing", new Uint8Array(0), /starts with two zero bytes/],
    ["another magic", Uint8Array.of(1, 0, 8, 1, 0, 0, 0, 0), /starts with two zero bytes/],
    ["gzip", Uint8Array.of(0x1f, 0x8b, 8, 0, 0), /it is gzip-compressed/],
    ["floats", idxFile([1], [0, 0, 0, 0], 0x0d), /element type 0x0d; only 0x08/],
    ["no axes", Uint8Array.of(0, 0, 8, 0), /0 axes/],
    ["many axes", Uint8Array.of(0, 0, 8, 255), /255 axes/],
    ["a cut header", Uint8Array.of(0, 0, 8, 1, 0), /ends inside its 8-byte header/],
    ["too few bytes", idxFile([4], [1, 2, 3]), /shape \[4\] needs 4 bytes, but 3 follow/],
    ["too many bytes", idxFile([2], [1, 2, 3]), /needs 2 bytes, but 3 follow/],
    ["a huge shape", idxFile([0xffffffff, 0xffffffff, 0xffffffff], []), /needs \S+ bytes, but 0 follow/],
  ];
  for (const [what, file, message] of malformed) {
    it(`refuses ${what}`, () => {
      assert.throws(() => parseIdx(file), FormatError);
      assert.throws(() => parseIdx(file), message);
    });
  }

  it("refuses files that do not belong together", () => {
    const images = idxFile([2, 1, 1], [1, 2]);
    assert.throws(() => fromIdx(images, idxFile([3], [0, 0, 0])), /2 images, but 3 labels/);
    assert.throws(() => fromIdx(images, images), /labels \[N\], got \[2, 1, 1\] and \[2, 1, 1\]/);
    assert.throws(() => fromIdx(idxFile([2], [0, 0]), idxFile([2], [0, 0])), FormatError);
    assert.throws(() => fromIdx(images, idxFile([2], [0, 1]), ["only"]), /label 1 is 1, but there are 1 classes/);
    assert.throws(() => fromIdx(idxFile([2, 0, 1], []), idxFile([2], [0, 0])), /no size/);
  });

  it("throws nothing but FormatError on any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        for (const file of [bytes, Uint8Array.of(0, 0, 8, ...bytes)]) {
          try {
            parseIdx(file);
          } catch (error) {
            assert.ok(error instanceof FormatError, String(error));
          }
        }
      }),
    );
  });
});

describe("data: CIFAR-10", () => {
  it("turns planes into interleaved channels", () => {
    const file = new Uint8Array(2 * 3073);
    file[0] = 9;
    for (let i = 0; i < 3072; i++) file[1 + i] = (i >> 10) * 80 + (i % 80);
    const set = parseCifar10(file);
    assert.deepEqual(set.shape, [32, 32, 3]);
    assert.deepEqual([...set.labels], [9, 0]);
    assert.equal(set.classes[9], "truck");
    for (const pixel of [0, 1, 1023]) {
      const expected = [0, 1, 2].map((c) => c * 80 + ((c * 1024 + pixel) % 80));
      assert.deepEqual([...set.images.subarray(3 * pixel, 3 * pixel + 3)], expected);
    }
  });

  it("refuses other lengths and labels", () => {
    assert.throws(() => parseCifar10(new Uint8Array(3074)), /records of 3073 bytes, but the file has 3074/);
    assert.throws(() => parseCifar10(new Uint8Array(0)), FormatError);
    assert.throws(() => parseCifar10(new Uint8Array(3073).fill(10)), /record 0 has label 10, expected 0 … 9/);
    assert.throws(() => parseCifar10(null as never), MatpropError);
  });
});

describe("data: pictures of a canvas", () => {
  const picture = { width: 2, height: 1, data: Uint8ClampedArray.of(255, 0, 0, 255, 10, 20, 30, 128) };

  it("lie over the background, in colour or grey", () => {
    const half = (value: number): number => Math.round((value * 128 + 255 * 127) / 255);
    assert.deepEqual([...fromImageData(picture).images], [255, 0, 0, half(10), half(20), half(30)]);
    assert.deepEqual([...fromImageData(picture, { channels: 1, background: 0 }).images], [76, 9]);
    assert.deepEqual([...fromImageData(picture).labels], [-1]);
  });

  it("keep grey levels when they become grey", () => {
    const data = Uint8ClampedArray.from({ length: 1024 }, (_, i) => (i % 4 === 3 ? 255 : i >> 2));
    assert.deepEqual(
      fromImageData({ width: 256, height: 1, data }, { channels: 1 }).images,
      Uint8Array.from(Array(256).keys()),
    );
  });

  it("come to one size, with labels if there are any", () => {
    const other = { width: 1, height: 1, data: new Uint8Array([9, 9, 9, 255]) };
    const set = fromImageData([picture, other], { size: [2, 2], labels: [1, 0], classes: ["a", "b"] });
    assert.deepEqual(set.shape, [2, 2, 3]);
    assert.deepEqual([...set.images.subarray(12)], new Array(12).fill(9));
    assert.throws(() => fromImageData([picture, other]), /picture 1 is 1 × 1, not 2 × 1: set size/);
  });

  it("are refused when they do not fit", () => {
    assert.throws(() => fromImageData({ ...picture, width: 3 }), /picture 0 of 3 × 1 has 8 values, expected RGBA/);
    assert.throws(() => fromImageData({ ...picture, width: 0 }), ArgumentError);
    assert.throws(() => fromImageData([]), ArgumentError);
    for (const data of [new Float32Array(8), Array(8).fill(0)]) {
      assert.throws(() => fromImageData({ ...picture, data: data as never }), DtypeError);
    }
    assert.throws(() => fromImageData(picture, { channels: 2 as never }), /channels must be 1 or 3/);
    assert.throws(() => fromImageData(picture, { background: 256 }), /background must be/);
    assert.throws(() => fromImageData(picture, { labels: [0, 1] }), ShapeError);
  });
});

describe("data: tensors as pictures of a canvas", () => {
  const pixels = (x: Parameters<typeof toImageData>[0], range?: [number, number]): number[] => [
    ...toImageData(x, range && { range }).data,
  ];

  it("come back as they went", () => {
    const image = tensor(
      Uint8Array.from({ length: 2 * 3 * 3 }, (_, i) => 14 * i),
      { shape: [2, 3, 3] },
    );
    const { images, shape } = fromImageData(toImageData(image));
    assert.deepEqual([shape, images], [[2, 3, 3], image.data()]);
  });

  it("grey, colour, with and without alpha", () => {
    assert.deepEqual(pixels(tensor([[0, 1]])), [0, 0, 0, 255, 255, 255, 255, 255]);
    assert.deepEqual(pixels(tensor([[[1]]])), [255, 255, 255, 255]);
    assert.deepEqual(pixels(tensor([[[0, 0.2, 1]]])), [0, 51, 255, 255]);
    assert.deepEqual(pixels(tensor([[[0, 0.2, 1, 0.4]]], { dtype: "float64" })), [0, 51, 255, 102]);
    assert.deepEqual(pixels(tensor([[1]], { dtype: "bool" })), [255, 255, 255, 255]);
    assert.deepEqual(pixels(tensor([[7]], { dtype: "int32" })), [7, 7, 7, 255]);
  });

  it("between black and white of any numbers, clipped and rounded", () => {
    const grey = (x: number[], range?: [number, number]): number[] =>
      pixels(tensor([x], { dtype: "float64" }), range).filter((_, i) => i % 4 === 0);
    assert.deepEqual(grey([-1, -3, 0, 1, 9], [-1, 1]), [0, 0, 128, 255, 255]);
    assert.deepEqual(grey([2, 3, 4], [4, 2]), [255, 128, 0]);
    assert.deepEqual(grey([NaN, Infinity, -Infinity, 10.4 / 255, 10.6 / 255]), [0, 255, 0, 10, 11]);
  });

  it("are refused if they are no picture", () => {
    for (const shape of [[4], [2, 2, 2], [1, 2, 2, 3], [0, 3], [2, 2, 0]]) {
      assert.throws(() => toImageData(zeros(shape)), ShapeError);
    }
    assert.throws(() => toImageData([[1]] as never), DtypeError);
    for (const range of [
      [1, 1],
      [0, Infinity],
      [NaN, 1],
    ] as const) {
      assert.throws(() => toImageData(zeros([1, 1]), { range }), ArgumentError);
    }
  });
});
