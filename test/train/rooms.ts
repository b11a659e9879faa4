/** The namespaces as the package exports them. */
export * as data from "../../src/data/index.js";
export * as nn from "../../src/nn/index.js";
export * as optim from "../../src/optim/index.js";
export * as train from "../../src/train/index.js";
