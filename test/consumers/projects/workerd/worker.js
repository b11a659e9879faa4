import * as matprop from "matprop";
import kernels from "matprop/kernels.wasm";
import { report } from "./report.mjs";

export default {
  async fetch() {
    return Response.json(await report(matprop, kernels));
  },
};
