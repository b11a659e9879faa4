import * as matprop from "matprop";
import { remoteTraining } from "matprop/worker";
import { report, send } from "./report.mjs";

async function main() {
  const run = remoteTraining(new Worker(new URL("./program.js", import.meta.url), { type: "module" }));
  const { step } = await run.start({ epochs: 1 });
  if (step !== 3) throw new Error(`the worker took ${step} steps`);
  return report(matprop);
}

void send(main());
