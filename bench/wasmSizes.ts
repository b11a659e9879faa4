/** Reads the code and name sections of a WebAssembly binary. */

export interface FunctionSize {
  readonly name: string;
  /** Bytes of its body in the code section, the length prefix included. */
  readonly bytes: number;
}

const IMPORT_SECTION = 2;
const CODE_SECTION = 10;
const DATA_SECTION = 11;
const CUSTOM_SECTION = 0;
const FUNCTION_NAMES = 1;
const HEADER_BYTES = 8;

class Reader {
  constructor(
    private readonly bytes: Uint8Array,
    public at: number,
  ) {}

  /** An unsigned LEB128 number of up to 32 bits. */
  u32(): number {
    let [value, shift] = [0, 0];
    for (;;) {
      const byte = this.bytes[this.at++];
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
      shift += 7;
    }
  }

  byte(): number {
    return this.bytes[this.at++];
  }

  text(): string {
    const length = this.u32();
    this.at += length;
    return new TextDecoder().decode(this.bytes.subarray(this.at - length, this.at));
  }
}

export interface BinarySizes {
  /** What the binary defines, in order; without a name section they are called `#index`. */
  readonly functions: readonly FunctionSize[];
  /** Bytes of the data segments: tables of constants. */
  readonly data: number;
}

export function sizesOf(binary: Uint8Array): BinarySizes {
  const reader = new Reader(binary, HEADER_BYTES);
  const sizes: number[] = [];
  const names = new Map<number, string>();
  let data = 0;
  while (reader.at < binary.length) {
    const id = reader.byte();
    const end = reader.u32() + reader.at;
    if (id === IMPORT_SECTION) refuseFunctions(reader);
    else if (id === DATA_SECTION) data = end - reader.at;
    else if (id === CODE_SECTION) readBodies(reader, sizes);
    else if (id === CUSTOM_SECTION && reader.text() === "name") readNames(reader, end, names);
    reader.at = end;
  }
  return { functions: sizes.map((bytes, i) => ({ name: names.get(i) ?? `#${i}`, bytes })), data };
}

/** The kernels import their memory and nothing else, so that function indices start at the first body. */
function refuseFunctions(reader: Reader): void {
  const count = reader.u32();
  const [module, name, kind] = [reader.text(), reader.text(), reader.byte()];
  if (count !== 1 || kind !== 2) throw new Error(`expected one imported memory, found ${count}, ${module}.${name}`);
}

function readBodies(reader: Reader, sizes: number[]): void {
  for (let left = reader.u32(); left > 0; left--) {
    const start = reader.at;
    const end = reader.u32() + reader.at;
    sizes.push(end - start);
    reader.at = end;
  }
}

function readNames(reader: Reader, end: number, names: Map<number, string>): void {
  while (reader.at < end) {
    const kind = reader.byte();
    const stop = reader.u32() + reader.at;
    if (kind === FUNCTION_NAMES) {
      for (let left = reader.u32(); left > 0; left--) names.set(reader.u32(), reader.text());
    }
    reader.at = stop;
  }
}
