import * as matprop from "./node_modules/matprop/build/src/index.js";
import { report } from "./report.mjs";

addEventListener("message", (event) => {
  const [port] = event.ports;
  const answered = report(matprop).then(
    (value) => port.postMessage(value),
    (error) => port.postMessage({ error: String(error) }),
  );
  event.waitUntil(answered);
});
