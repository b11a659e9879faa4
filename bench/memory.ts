import type { Figure, Suite } from "./harness.js";
import { BATCH, network } from "./network.js";
import { hash, memoryStats } from "../src/index.js";
import { resetMemoryPeak } from "../src/tensor/scope.js";

const STEPS = 10;

/** What backward reads of an item: images, what ReLUs put out, maxima and where they stood, logits and probabilities. */
const SAVED_PER_ITEM = 784 + (784 + 2 * 196) * 16 + (196 + 2 * 49) * 32 + 2 * 10;
const SAVED = 4 * BATCH * SAVED_PER_ITEM;

function figures(): Figure[] {
  const net = network();
  const before = memoryStats().resident;
  net.step();
  resetMemoryPeak();
  for (let i = 0; i < STEPS; i++) net.step();
  const checksum = hash(net.model.state()).slice(0, 8);
  const arena = resetMemoryPeak();
  const { resident, total } = memoryStats();
  const figure = (name: string, value: number, unit = "KiB"): Figure => {
    return { name, unit, measure: () => (unit === "KiB" ? Math.round(value / 1024) : value), checksum: () => checksum };
  };
  return [
    figure("largest arena of a training step", arena),
    figure("activations that backward reads", SAVED),
    figure("their ratio", arena / SAVED, "×"),
    figure("resident: parameters and optimizer", resident),
    figure(`growth of resident over ${STEPS} steps`, resident - before, "bytes"),
    figure("WebAssembly memory", total),
  ];
}

export default {
  name: "memory",
  about: "the training step of the small convnet, public API",
  groups: [{ title: "memory convnet step", contenders: figures }],
} satisfies Suite;
