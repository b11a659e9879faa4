import * as matprop from "matprop";
import { report } from "./report.mjs";

console.log(JSON.stringify(await report(matprop)));
