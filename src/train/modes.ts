import { Module } from "../nn/module.js";

/**
 * Puts a model into evaluation mode and returns the function that puts every module back into the mode it had: after
 * `model.backbone.eval()` some may evaluate while others train.
 */
export function evaluating(model: Module): () => void {
  const modes: [Module, boolean][] = [];
  const seen = new Set<unknown>();
  const visit = (item: unknown): void => {
    if (seen.has(item)) return;
    if (item instanceof Module) {
      seen.add(item);
      modes.push([item, item.training]);
      Object.values(item).forEach(visit);
    } else if (Array.isArray(item)) {
      item.forEach(visit);
    }
  };
  visit(model);
  model.eval();
  return () => {
    for (const [module, training] of modes) module.training = training;
  };
}
