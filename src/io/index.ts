/** The public `io` namespace: files as bytes in memory. What touches a disk is in `matprop/node`. */
export type { Bytes } from "./bytes.js";
export { loadNpy, loadSafetensors } from "./load.js";
export { decodeNpy, encodeNpy } from "./npy.js";
export { fromOIHW, toOIHW } from "./oihw.js";
export { bytesFrom, type Source } from "./source.js";
export { decodeSafetensors, encodeSafetensors, type Safetensors } from "./safetensors.js";
