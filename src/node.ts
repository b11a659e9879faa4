/** What needs Node: files and folders. Everything else is in `matprop`. */
export * from "./data/node/index.js";
export * from "./io/node/index.js";
