/** Starts workerd, asks it once, and prints the answer. */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";

const { default: workerd } = createRequire(import.meta.url)("workerd");
const child = spawn(workerd, ["serve", "config.capnp", "--control-fd=1"], { stdio: ["ignore", "pipe", "inherit"] });
child.stdout.once("data", async (line) => {
  const { port } = JSON.parse(String(line).split("\n")[0]);
  const answer = await fetch(`http://127.0.0.1:${port}/`);
  console.log(await answer.text());
  child.kill();
});
