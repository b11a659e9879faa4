import * as matprop from "./node_modules/matprop/build/src/index.js";
import { report, send } from "./report.mjs";

void send(report(matprop));
