const worker = new Worker("/worker.js", { type: "module" });
worker.addEventListener("error", ({ message }) => {
  throw new Error(message);
});
