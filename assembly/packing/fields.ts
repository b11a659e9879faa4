/**
 * What the next byte of the kernels' code section is, so that the model of `coder.ts` can ask what followed the last
 * instructions instead of the last bytes. A byte that is taken for something else costs room, never correctness.
 * WebAssembly Core Specification 2.0, chapter 5 (binary format).
 */
export const OUTSIDE = 0;
const SIZE = 1;
const GROUPS = 2;
const COUNT = 3;
const TYPE = 4;
export const OPCODE = 5;
const EXTENDED = 6;
export const IMMEDIATE = 7;

/** Opcodes, those behind the prefix 0xfd from 256 on, behind 0xfc from 512 on. */
export const OPCODES: u32 = 768;

/** The field of the next byte, its number among the immediates of an instruction, and its bytes so far, mixed. */
export let field = OUTSIDE;
export let slot = 0;
export let part: u32 = 0;

/** The last opcodes, the latest first. */
export let op0: u32 = 0;
export let op1: u32 = 0;
export let op2: u32 = 0;
export let op3: u32 = 0;
export let op4: u32 = 0;

/** The last local variables that were read or written, the latest first. */
export let local0: u32 = 0;
export let local1: u32 = 0;
export let local2: u32 = 0;

let position: i32 = 0;
let first: i32 = 0;
let last: i32 = 0;
let end: i32 = 0;
let value: u32 = 0;
let shift: u32 = 0;
let prefix: u32 = 0;
let groups: u32 = 0;
let numbers: u32 = 0;
let raw: u32 = 0;

/** Begins a module whose functions are its bytes `start` to `stop` exclusive. */
export function begin(start: i32, stop: i32): void {
  position = 0;
  first = start;
  last = stop;
  field = OUTSIDE;
  op0 = op1 = op2 = op3 = op4 = 0;
  local0 = local1 = local2 = 0;
  enter(OUTSIDE);
}

/** Takes the next byte; `latest` has room for the last first immediate of each opcode, an i32 each. */
export function take(byte: u32, latest: usize): void {
  position++;
  if (position <= first || position > last) {
    enter(position === first ? SIZE : OUTSIDE);
    return;
  }
  if (field === OPCODE) {
    if (byte === 0xfc || byte === 0xfd) {
      prefix = byte === 0xfd ? 256 : 512;
      enter(EXTENDED);
    } else opcode(byte);
    return;
  }
  if (field === TYPE) {
    groups--;
    enter(groups ? COUNT : OPCODE);
    return;
  }
  part = part * 0x2c9277b5 + byte + 1;
  if (field === IMMEDIATE && !numbers) {
    slot++;
    raw--;
    if (!raw) close();
    return;
  }
  value |= (byte & 127) << shift;
  shift += 7;
  if (byte < 128) number(latest);
}

/** Takes a whole LEB128 number. */
function number(latest: usize): void {
  switch (field) {
    case SIZE:
      end = position + value;
      enter(GROUPS);
      break;
    case GROUPS:
      groups = value;
      enter(value ? COUNT : OPCODE);
      break;
    case COUNT:
      enter(TYPE);
      break;
    case EXTENDED:
      opcode(prefix + (value & 255));
      break;
    default: {
      if (!slot) store<u32>(latest + op0 * 4, value);
      if (op0 >= 0x20 && op0 <= 0x22) {
        local2 = local1;
        local1 = local0;
        local0 = value;
      }
      const next = slot + 1;
      numbers--;
      if (numbers | raw) {
        enter(IMMEDIATE);
        slot = next;
      } else close();
    }
  }
}

function opcode(op: u32): void {
  op4 = op3;
  op3 = op2;
  op2 = op1;
  op1 = op0;
  op0 = op;
  numbers = numbersOf(op);
  raw = rawOf(op);
  if (numbers | raw) enter(IMMEDIATE);
  else close();
}

/** LEB128 numbers behind an opcode. */
function numbersOf(op: u32): u32 {
  if (op < 0x45) {
    if (op >= 0x28) return op < 0x3f ? 2 : op < 0x43 ? 1 : 0;
    if (op >= 0x20) return 1;
    if (op === 0x11 || op === 0x1c) return 2;
    return <u32>((op >= 0x02 && op <= 0x04) || op === 0x0c || op === 0x0d || op === 0x10);
  }
  if (op >= 0x208) return op === 0x208 || op === 0x20a ? 2 : 1;
  return op - 0x100 < 12 || op - 0x154 < 10 ? 2 : 0;
}

/** Bytes behind an opcode and its numbers. */
function rawOf(op: u32): u32 {
  if (op === 0x43) return 4;
  if (op === 0x44) return 8;
  if (op - 0x10c < 2) return 16;
  return <u32>(op - 0x115 < 14 || op - 0x154 < 8);
}

function close(): void {
  enter(position < end ? OPCODE : SIZE);
}

function enter(next: i32): void {
  field = next;
  slot = 0;
  part = value = shift = 0;
}
