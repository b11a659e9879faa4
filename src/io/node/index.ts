/** What `matprop/node` exports for files of tensors. */
export { writeFileAtomic } from "./files.js";
export { readNpy, readSafetensors, writeNpy, writeSafetensors } from "./tensors.js";
