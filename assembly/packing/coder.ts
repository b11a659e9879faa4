/**
 * Packs the kernels for bundles, and unpacks them there: `scripts/pack.mjs` and `src/wasm/inlined.ts` run this module. An
 * arithmetic coder spends −log₂ p on a bit of probability p, and p comes from a model that both ends keep alike. Under each
 * of seven contexts (what the byte is for, the last opcodes, the last local variables, the last bytes) it knows the last
 * bits that came, and how often a one followed such a history; a logistic regression, learned on the way, makes one
 * probability of these and of what followed the last time that the same bytes had come.
 * M. Mahoney, "Adaptive weighing of context models for lossless data compression", Florida Tech CS-2005-16.
 * Everything is + − × ÷ in a fixed order or a table: the same bits on every engine.
 */
import {
  begin,
  field,
  IMMEDIATE,
  local0,
  local1,
  local2,
  op0,
  op1,
  op2,
  op3,
  op4,
  OPCODE,
  OPCODES,
  part,
  slot,
  take,
} from "./fields";

const CONTEXTS: u32 = 7;
/** The inputs of the regression: the contexts and the repetition. */
const INPUTS: u32 = 8;
const STEPS: u32 = 4096;
/** Logits are cut at ± this many steps of this width. */
const HALF: f32 = 2048;
const WIDTH: f32 = 12.0 / 2048;
const SLOT_BITS = 22;
const PLACE_BITS = 16;
/** Repetitions are told apart up to this length, and believed from this one on. */
const LONGEST: u32 = 31;
const SHORTEST: u32 = 4;

const RATE: f32 = 0.0045;
/** A bit that was as good as known teaches the regression nothing and costs no time. */
const LEAST_SURPRISE: f32 = 0.01;
const CHANCE_RATE: f32 = 0.006;
const TRUST_RATE: f32 = 0.01;
const FIRST_WEIGHT: f32 = 0.12;

// The work space, from 0 on, which is zero at the start.
const HISTORIES: usize = 0;
const CHANCES: usize = HISTORIES + (1 << SLOT_BITS);
const STRETCH: usize = CHANCES + CONTEXTS * 256 * 4;
const SQUASH: usize = STRETCH + STEPS * 4;
const BY_OPCODE: usize = SQUASH + STEPS * 4;
const BY_BITS: usize = BY_OPCODE + (2 * OPCODES + 8) * INPUTS * 4;
const BY_LENGTH: usize = BY_BITS + 8 * 256 * INPUTS * 4;
const TRUST: usize = BY_LENGTH + (LONGEST + 1) * INPUTS * 4;
const PLACES: usize = TRUST + (LONGEST + 1) * 4;
const LATEST: usize = PLACES + (4 << PLACE_BITS);
const HASHES: usize = LATEST + OPCODES * 4;
const BASES: usize = HASHES + CONTEXTS * 4;

/** Bytes of the work space. */
export const work: usize = (BASES + CONTEXTS * 4 + 31) & ~15;

let weights0: usize = 0;
let weights1: usize = 0;
let weights2: usize = 0;

// The interval of the arithmetic coder, both ends inclusive, the number in it, and where its next byte is.
let low: u32 = 0;
let high: u32 = 0;
let code: u32 = 0;
let cursor: usize = 0;
let packing: bool = false;

// The next byte, and the repetition: where the bytes went on that were like the last ones, and how many were.
let at: usize = 0;
let from: usize = 0;
let length: u32 = 0;

/**
 * Begins to unpack what lies at `packed`, or to pack to there. What is unpacked lies where the work space ends.
 * @param start where the functions of a WebAssembly module begin in it
 * @param stop where they end
 * @param packs whether to pack
 */
export function open(packed: usize, start: i32, stop: i32, packs: bool): void {
  prepare();
  begin(start, stop);
  at = work;
  high = -1;
  cursor = packed;
  packing = packs;
  if (!packs) for (let i = 0; i < 4; i++) code = (code << 8) | load<u8>(cursor++);
}

/** Unpacks the next `count` bytes, or packs all, which are as many; the end of what is packed. */
export function run(count: usize): usize {
  for (const end = at + count; at < end; at++) {
    const before = load<u32>(at - 4);
    findContexts(before);
    const byte = nextByte(length ? 256 | <u32>load<u8>(from) : 0, min<u32>(length, LONGEST));
    store<u8>(at, byte);
    take(byte, LATEST);
    if (length && load<u8>(from) === byte) {
      length++;
      from++;
    } else length = 0;
    const place = PLACES + ((((before * 0x9e3779b1) ^ byte) * 0x85ebca6b) >> (32 - PLACE_BITS)) * 4;
    if (!length) {
      from = load<u32>(place);
      if (from) while (length < LONGEST && load<u8>(from - 1 - length) === load<u8>(at - length)) length++;
      if (length < SHORTEST) length = 0;
    }
    store<u32>(place, at + 1);
  }
  if (packing) for (let i = 0; i < 4; i++, high <<= 8) store<u8>(cursor++, high >> 24);
  return cursor;
}

function prepare(): void {
  // The logistic function at STEPS points around zero, and its inverse; (1 + x/n)ⁿ for eˣ will do.
  const ratio = 1 + <f64>WIDTH;
  let r: f64 = 1;
  for (let i: u32 = 0; i < STEPS / 2; i++, r *= ratio) {
    const p = r / (1 + r);
    store<f32>(SQUASH + (STEPS / 2 + i) * 4, <f32>p);
    store<f32>(SQUASH + (STEPS / 2 - 1 - i) * 4, <f32>(1 - p));
  }
  let j: u32 = 0;
  for (let i: u32 = 0; i < STEPS; i++) {
    while (j < STEPS - 1 && load<f32>(SQUASH + j * 4) * <f32>STEPS < <f32>i + 0.5) j++;
    store<f32>(STRETCH + i * 4, (<f32>j - HALF) * WIDTH);
  }
  for (let at: usize = BY_OPCODE; at < TRUST; at += 4) store<f32>(at, FIRST_WEIGHT);
  for (let i: u32 = 0; i <= LONGEST; i++) store<f32>(TRUST + i * 4, 0.9);
  for (let h: u32 = 0; h < 256; h++) {
    const history = max(h, 1);
    const bits: u32 = 31 - clz(history);
    const ones: u32 = popcnt(history) - 1;
    const chance = (<f32>ones + 0.4) / (<f32>bits + 0.8);
    for (let i: u32 = 0; i < CONTEXTS; i++) store<f32>(CHANCES + (i * 256 + h) * 4, chance);
  }
}

/** The next byte; `guess` is 256 more than the one that followed `length` bytes like the last, or 0. */
function nextByte(guess: u32, length: u32): u32 {
  const set: u32 = field === OPCODE ? op0 : field === IMMEDIATE ? OPCODES + op0 : 2 * OPCODES + field;
  weights0 = BY_OPCODE + set * INPUTS * 4;
  weights2 = BY_LENGTH + length * INPUTS * 4;
  const trust = TRUST + length * 4;
  let seen: u32 = 1;
  for (let place: i32 = 7; place >= 0; place--) {
    const known = 3 - (place & 3);
    if (!known) findBases(seen);
    const nibble: u32 = (1 << known) | (seen & ((1 << known) - 1));
    const guesses = guess >> (place + 1) === seen;
    const expected: u32 = (guess >> place) & 1;
    const t = load<f32>(trust);
    const repetition: f32 = guesses ? (expected ? stretch(t) : -stretch(t)) : 0;
    const bit = nextBit(seen, nibble, repetition, (<u32>load<u8>(at) >> place) & 1);
    if (guesses) store<f32>(trust, t + ((bit === expected ? <f32>1 : <f32>0) - t) * TRUST_RATE);
    seen = (seen << 1) | bit;
  }
  return seen & 255;
}

// @ts-ignore: decorator
@inline
function mix(a: u32, b: u32): u32 {
  const x = (a ^ (b * 0x9e3779b1)) * 0x85ebca6b;
  return x ^ (x >> 15);
}

/** The hashes of the contexts of the next byte; `before` has the last four bytes, the latest on top. */
function findContexts(before: u32): void {
  const place = field === IMMEDIATE ? (op0 * 16 + slot) * 8 + field : field;
  const base = mix(part, place);
  const one = mix(base, op0 + 1);
  const two = mix(one, op1);
  const three = mix(two, op2);
  const locals = (local0 << 12) ^ (local1 << 20);
  store<u32>(HASHES, base);
  store<u32>(HASHES, two, 4);
  store<u32>(HASHES, three, 8);
  store<u32>(HASHES, mix(three, op3 * 1024 + op4), 12);
  store<u32>(HASHES, mix(one, locals ^ local2), 16);
  store<u32>(HASHES, mix(one, load<u32>(LATEST + op0 * 4)), 20);
  store<u32>(HASHES, mix(before >> 16, field), 24);
  for (let i: u32 = 0; i < CONTEXTS; i++) {
    store<u32>(HASHES + i * 4, mix(load<u32>(HASHES + i * 4), i));
  }
}

/** Where the sixteen histories of the next four bits begin: in one line of the cache. */
function findBases(seen: u32): void {
  for (let i: u32 = 0; i < CONTEXTS; i++) {
    store<u32>(BASES + i * 4, ((load<u32>(HASHES + i * 4) + seen) * 0x2c9277b5) >> (32 - SLOT_BITS));
  }
}

// @ts-ignore: decorator
@inline
function historyAt(context: u32, nibble: u32): usize {
  return HISTORIES + (load<u32>(BASES + context * 4) ^ nibble);
}

// @ts-ignore: decorator
@inline
function chanceAt(context: u32, history: u32): usize {
  return CHANCES + (context * 256 + history) * 4;
}

// @ts-ignore: decorator
@inline
function stretch(p: f32): f32 {
  return load<f32>(STRETCH + <u32>(p * <f32>STEPS) * 4);
}

// @ts-ignore: decorator
@inline
function inputOf(context: u32, nibble: u32): f32 {
  return stretch(load<f32>(chanceAt(context, load<u8>(historyAt(context, nibble)))));
}

// @ts-ignore: decorator
@inline
function inputsOf(context: u32, nibble: u32, last: f32): v128 {
  let x = f32x4.splat(last);
  x = f32x4.replace_lane(x, 0, inputOf(context, nibble));
  x = f32x4.replace_lane(x, 1, inputOf(context + 1, nibble));
  return f32x4.replace_lane(x, 2, inputOf(context + 2, nibble));
}

// @ts-ignore: decorator
@inline
function remember(context: u32, nibble: u32, bit: u32): void {
  const at = historyAt(context, nibble);
  const history = <u32>load<u8>(at);
  const chance = chanceAt(context, history);
  const p = load<f32>(chance);
  store<f32>(chance, p + (<f32>bit - p) * CHANCE_RATE);
  // The last seven bits behind a one; zero stands for none.
  const next = (max(history, 1) << 1) | bit;
  store<u8>(at, next < 256 ? next : 128 | (next & 127));
}

// @ts-ignore: decorator
@inline
function sumOfWeights(i: u32): v128 {
  return f32x4.add(f32x4.add(v128.load(weights0 + i), v128.load(weights1 + i)), v128.load(weights2 + i));
}

// @ts-ignore: decorator
@inline
function adjust(i: u32, step: v128): void {
  v128.store(weights0 + i, f32x4.add(v128.load(weights0 + i), step));
  v128.store(weights1 + i, f32x4.add(v128.load(weights1 + i), step));
  v128.store(weights2 + i, f32x4.add(v128.load(weights2 + i), step));
}

/** The next bit of a byte whose bits `seen` are known, which is `given` if it is to be packed. */
function nextBit(seen: u32, nibble: u32, repetition: f32, given: u32): u32 {
  weights1 = BY_BITS + (field * 256 + seen) * INPUTS * 4;
  const x0 = inputsOf(0, nibble, repetition);
  const x1 = inputsOf(3, nibble, inputOf(6, nibble));
  const products = f32x4.add(f32x4.mul(sumOfWeights(0), x0), f32x4.mul(sumOfWeights(16), x1));
  const pairs = f32x4.add(products, v128.shuffle<i32>(products, products, 2, 3, 0, 1));
  const logit = f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
  const step = min<f32>(max<f32>(logit * (1 / WIDTH) + HALF, 0), 2 * HALF - 1);
  const p = load<f32>(SQUASH + <u32>step * 4);
  const split = low + ((high - low) >> 16) * max(<u32>(p * 65536), 1);
  const bit = packing ? given : <u32>(code <= split);
  if (bit) high = split;
  else low = split + 1;
  while (!((low ^ high) >> 24)) {
    if (packing) store<u8>(cursor++, high >> 24);
    else code = (code << 8) | load<u8>(cursor++);
    low <<= 8;
    high = (high << 8) | 255;
  }
  const surprise = <f32>bit - p;
  if (abs(surprise) > LEAST_SURPRISE) {
    const error = f32x4.splat(surprise * RATE);
    adjust(0, f32x4.mul(error, x0));
    adjust(16, f32x4.mul(error, x1));
  }
  remember(0, nibble, bit);
  remember(1, nibble, bit);
  remember(2, nibble, bit);
  remember(3, nibble, bit);
  remember(4, nibble, bit);
  remember(5, nibble, bit);
  remember(6, nibble, bit);
  return bit;
}
