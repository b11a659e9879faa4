/** Training off the main thread: the worker's side and the page's. Everything else is in `matprop`. */
export type { Command, Endpoint, ErrorMessage, Message, TrainingEnd } from "./train/worker/messages.js";
export { RemoteTraining, remoteTraining, type RemoteOptions, type StartOptions } from "./train/worker/remote.js";
export { serveTraining, type ServeOptions, type TrainingProgram, type WorkerContext } from "./train/worker/serve.js";
