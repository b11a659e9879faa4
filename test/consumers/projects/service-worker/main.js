import { send } from "./report.mjs";

async function main() {
  await navigator.serviceWorker.register("/worker.js", { type: "module" });
  const { active } = await navigator.serviceWorker.ready;
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise((resolve) => (port1.onmessage = resolve));
  active.postMessage("report", [port2]);
  const { data } = await answer;
  if (data.error) throw new Error(data.error);
  return data;
}

void send(main());
