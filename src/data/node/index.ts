/** What `matprop/node` exports for data sets on disk. */
export { readImages, type PictureOptions } from "./imageFolder.js";
export { mnistData } from "./mnist.js";
export { readDataset, readMatrices, type ReadOptions } from "./readDataset.js";
export { writeLabelMap } from "./labelFile.js";
export { openPictures, openSegmented, type SegmentedOptions, type SegmentedSet } from "./segmentedFolder.js";
