import * as matprop from "matprop";
import { report, send } from "./report.mjs";

send(report(matprop));
