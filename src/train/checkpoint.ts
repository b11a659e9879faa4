import { ArgumentError, FormatError } from "../errors.js";
import type { Bytes } from "../io/bytes.js";
import { parseJson, type Json } from "../io/json.js";
import { decodeSafetensors, encodeSafetensors } from "../io/safetensors.js";
import type { Module, TensorRecord } from "../nn/module.js";
import { checkCount, checkRecord } from "../optim/check.js";
import type { Ema } from "../optim/ema.js";
import type { Optimizer } from "../optim/optimizer.js";
import { PACKAGE_VERSION } from "./version.js";

/** Raised when a file of this version could be misread by an older reader. */
const FORMAT = 1;
const KEY = "matprop.checkpoint";
const PARTS = ["model", "optimizer", "ema"] as const;

type Part = (typeof PARTS)[number];

/** What takes part in a checkpoint. */
export interface Trainee {
  readonly model: Module;
  readonly optimizer?: Optimizer;
  readonly ema?: Ema;
}

/** Where a run stands. */
export interface Progress {
  /** Steps done over all epochs: `fit` goes on from here as `startStep`, a schedule as its argument. */
  readonly step: number;
  /** Epoch of the next step, from 0 (default 0; informative: `fit` derives it from the step). */
  readonly epoch?: number;
  /** The seed the run was started with (default 0). */
  readonly seed?: number;
  /** Texts of your own, such as a configuration in JSON. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What {@link restore} found. */
export interface Restored extends Required<Progress> {
  /** Version of matprop that wrote the checkpoint: another one may go on with other bits. */
  readonly version: string;
}

/**
 * Everything a run needs to go on bit for bit, as the bytes of a safetensors file: `model.state()` (weights, running
 * statistics, generators) under `model/`, `optimizer.state()` (with its step and learning rate) under `optimizer/`, the
 * averages under `ema/`, and step, epoch, seed and package version as JSON in the metadata. Order and augmentation of
 * the data and the schedule are functions of step, epoch and seed. Equal states give equal bytes.
 *
 * @throws {ArgumentError} if step, epoch or seed is no non-negative integer, `metadata` holds no texts or uses the name
 * `"matprop.checkpoint"`, or the averages are applied to the model at the moment; {@link ScopeEndedError} if a tensor
 * has been disposed.
 * @example
 * import { init, nn, optim, train } from "matprop";
 * await init();
 * const make = () => {
 *   const model = new nn.Linear(3, 2, { seed: 1 });
 *   return { model, optimizer: optim.adam(model.parameters()) };
 * };
 * const bytes = train.checkpoint(make(), { step: 40, epoch: 2, seed: 1 });
 * const { step } = train.restore(bytes, make()); // 40
 */
export function checkpoint(trainee: Trainee, progress: Progress): Uint8Array<ArrayBuffer> {
  const op = "train.checkpoint";
  const { step, epoch = 0, seed = 0, metadata = {} } = progress;
  checkCount(op, "step", step, 0);
  checkCount(op, "epoch", epoch, 0);
  checkCount(op, "seed", seed, 0);
  if (Object.hasOwn(metadata, KEY)) throw new ArgumentError(op, `metadata cannot be called "${KEY}"`);
  if (trainee.ema?.applied) throw new ArgumentError(op, "the averages of ema are applied; restore() the model first");
  const tensors: TensorRecord = {};
  for (const part of PARTS) {
    for (const [name, tensor] of Object.entries(trainee[part]?.state() ?? {})) tensors[`${part}/${name}`] = tensor;
  }
  const parts = PARTS.filter((part) => trainee[part] !== undefined);
  const head = JSON.stringify({ format: FORMAT, version: PACKAGE_VERSION, step, epoch, seed, parts });
  return encodeSafetensors(tensors, { ...metadata, [KEY]: head });
}

/**
 * Brings a model, its optimizer and its averages to the state of a {@link checkpoint}. All of it is checked first: a
 * call that throws has changed nothing. What the file holds and `trainee` does not name is left alone (a model can be
 * restored without its optimizer); what `trainee` names, the file must hold.
 *
 * @throws {FormatError} if the bytes are no checkpoint, or one of a later format; {@link ArgumentError},
 * {@link ShapeError}, {@link DtypeError} if it is one of another model or optimizer.
 * @example
 * import { init, nn, train } from "matprop";
 * await init();
 * const bytes = train.checkpoint({ model: new nn.Linear(3, 2, { seed: 1 }) }, { step: 0, metadata: { note: "fresh" } });
 * const model = new nn.Linear(3, 2, { seed: 2 });
 * console.log(train.restore(bytes, { model }).metadata.note); // fresh
 */
export function restore(bytes: Bytes, trainee: Trainee): Restored {
  const op = "train.restore";
  const { tensors, metadata } = decodeSafetensors(bytes);
  const { parts, ...progress } = readHead(op, metadata[KEY]);
  const found = Object.fromEntries(PARTS.map((part) => [part, {}])) as Record<Part, TensorRecord>;
  for (const [path, tensor] of Object.entries(tensors)) {
    const slash = path.indexOf("/");
    const part = path.slice(0, Math.max(0, slash));
    if (!isPart(part)) throw new FormatError(op, `a checkpoint holds no tensor called ${JSON.stringify(path)}`);
    found[part][path.slice(slash + 1)] = tensor;
  }
  const { model, optimizer, ema } = trainee;
  for (const part of PARTS) {
    if (trainee[part] !== undefined && !parts.has(part)) {
      throw new ArgumentError(op, `the checkpoint was taken without ${part}, so that ${part} cannot go on from it`);
    }
  }
  const own = model.state();
  checkRecord(op, "model tensor", found.model, own);
  for (const tensor of Object.values(own)) tensor._storage.check(op);
  optimizer?._checkState(op, found.optimizer);
  ema?._checkState(op, found.ema);
  if (ema?.applied) throw new ArgumentError(op, "the averages of ema are applied; restore() the model first");
  model.loadState(found.model);
  optimizer?.loadState(found.optimizer);
  ema?.loadState(found.ema);
  const rest = Object.entries(metadata).filter(([name]) => name !== KEY);
  return { ...progress, metadata: Object.fromEntries(rest) };
}

type Head = Omit<Restored, "metadata"> & { readonly parts: ReadonlySet<Part> };

function readHead(op: string, text: string | undefined): Head {
  if (text === undefined) throw new FormatError(op, `these tensors are no checkpoint: "${KEY}" is not in the metadata`);
  const head = parseJson(op, text);
  if (!(head instanceof Map)) throw new FormatError(op, `"${KEY}" must be a JSON object`);
  const format = count(op, head, "format");
  if (format !== FORMAT) {
    throw new FormatError(
      op,
      `checkpoint format ${format}; this version of matprop (${PACKAGE_VERSION}) reads ${FORMAT}`,
    );
  }
  const version = head.get("version");
  const parts = head.get("parts");
  if (typeof version !== "string") throw new FormatError(op, "version must be text");
  if (!Array.isArray(parts) || !parts.every(isPart)) throw new FormatError(op, "parts must be a list of known parts");
  return {
    step: count(op, head, "step"),
    epoch: count(op, head, "epoch"),
    seed: count(op, head, "seed"),
    version,
    parts: new Set(parts),
  };
}

function count(op: string, head: Map<string, Json>, name: string): number {
  const value = head.get(name);
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw new FormatError(op, `${name} must be a non-negative integer, got ${JSON.stringify(value)}`);
  }
  return value as number;
}

function isPart(name: unknown): name is Part {
  return (PARTS as readonly unknown[]).includes(name);
}
