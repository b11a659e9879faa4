/**
 * The tests that do not run in a browser, by the reason: nothing else is left out there. `test/house.test.ts` holds
 * the list against the imports of every test, so a file that needs Node has to be on it, and one that does not may not.
 */
export const NODE_ONLY = {
  "the command line": [
    "test/cli/args.test.ts",
    "test/cli/compare.test.ts",
    "test/cli/files.test.ts",
    "test/cli/matrices.test.ts",
    "test/cli/models.test.ts",
    "test/cli/report.test.ts",
    "test/cli/segment.test.ts",
    "test/cli/segmentParts.test.ts",
    "test/cli/stats.test.ts",
    "test/cli/train.test.ts",
  ],
  "files and folders": [
    "test/data/matrices.test.ts",
    "test/data/pictures.test.ts",
    "test/data/readers.test.ts",
    "test/data/realSets.test.ts",
    "test/data/segmented.test.ts",
    "test/io/files.test.ts",
  ],
  "Python beside": ["test/io/exchange.test.ts", "test/linalg/numpy.test.ts"],
  "the garbage collector": ["test/autodiff/steps.test.ts", "test/train/memory.test.ts"],
  "flags of V8": ["test/determinism/compilers.test.ts"],
  "the compiler of the kernels": ["test/assembly/math-lanes.test.ts"],
  "Node's inspect": ["test/tensor/inspect.test.ts"],
  "the sources": [
    "test/derivations.test.ts",
    "test/eigenGradients.test.ts",
    "test/examples.test.ts",
    "test/house.test.ts",
    "test/notebook.test.ts",
  ],
};

/** The reason by the file. */
export const reasonOf = new Map(
  Object.entries(NODE_ONLY).flatMap(([reason, files]) => files.map((file) => [file, reason])),
);
