import * as matprop from "matprop";
import { report, send } from "./report.mjs";

void send(report(matprop));
