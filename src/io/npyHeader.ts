import { FormatError } from "../errors.js";

/** The dictionary at the head of an npy file, not interpreted yet. */
export interface NpyHeader {
  /** NumPy's type string, such as `<f4`. */
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Offset of the data within the file. */
  readonly dataStart: number;
}

export const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY
const MAX_HEADER_BYTES = 100_000_000;

/** Splits off magic, version and dictionary (versions 1.0, 2.0 and 3.0). */
export function readNpyHeader(op: string, bytes: Uint8Array): NpyHeader {
  if (bytes.length < 10 || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new FormatError(op, "the file does not start with \\x93NUMPY: this is no npy file");
  }
  const [major, minor] = [bytes[6]!, bytes[7]!];
  if (major < 1 || major > 3 || minor !== 0) {
    throw new FormatError(op, `npy version ${major}.${minor}; known are 1.0, 2.0 and 3.0`);
  }
  const prefix = major === 1 ? 10 : 12;
  if (bytes.length < prefix) throw new FormatError(op, "the file ends inside its header length");
  const view = new DataView(bytes.buffer, bytes.byteOffset, prefix);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_HEADER_BYTES) throw new FormatError(op, `the header claims ${length} bytes, more than 100 MB`);
  if (length > bytes.length - prefix) {
    throw new FormatError(op, `the header claims ${length} bytes, but ${bytes.length - prefix} follow`);
  }
  const dataStart = prefix + length;
  const encoding = major === 3 ? "utf-8" : "latin1";
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes.slice(prefix, dataStart));
  } catch {
    throw new FormatError(op, "the header is not UTF-8 text");
  }
  return { ...new Dictionary(op, text).read(), dataStart };
}

const SPACE = /[ \t\n\r]*/y;
const TEXT = /'([^'\\\n]*)'|"([^"\\\n]*)"/y;
const BOOLEAN = /True|False/y;
// Python 2 wrote long integers with an L.
const INTEGER = /([0-9]+)L?/y;

/** A parser of exactly the Python literal that NumPy writes: three keys in any order, nothing evaluated. */
class Dictionary {
  private at = 0;

  constructor(
    private readonly op: string,
    private readonly text: string,
  ) {}

  read(): Omit<NpyHeader, "dataStart"> {
    const found = new Map<string, string | boolean | number[]>();
    this.expect("{");
    while (!this.take("}")) {
      const key = this.string();
      if (found.has(key)) throw this.error(`the key '${key}' occurs twice`);
      this.expect(":");
      found.set(key, this.valueOf(key));
      if (this.take(",")) continue;
      this.expect("}");
      break;
    }
    if (this.match(SPACE) === undefined || this.at < this.text.length) throw this.error("text after the dictionary");
    if (found.size !== 3) throw this.error("the dictionary must have the keys descr, fortran_order and shape");
    return {
      descr: found.get("descr") as string,
      fortranOrder: found.get("fortran_order") as boolean,
      shape: found.get("shape") as number[],
    };
  }

  private valueOf(key: string): string | boolean | number[] {
    switch (key) {
      case "descr":
        if (this.take("[")) throw this.error("structured element types are not supported");
        return this.string();
      case "fortran_order":
        return this.boolean();
      case "shape":
        return this.tuple();
      default:
        throw this.error(`unknown key '${key}'`);
    }
  }

  private string(): string {
    const found = this.match(TEXT);
    if (!found) throw this.error("expected a string");
    return (found[1] ?? found[2])!;
  }

  private boolean(): boolean {
    const found = this.match(BOOLEAN);
    if (!found) throw this.error("expected True or False");
    return found[0] === "True";
  }

  /** `()`, `(3,)` or `(3, 4)`; `(3)` is no tuple in Python. */
  private tuple(): number[] {
    const out: number[] = [];
    let comma = false;
    this.expect("(");
    while (!this.take(")")) {
      if (out.length > 0 && !comma) throw this.error('expected "," in the shape');
      const found = this.match(INTEGER);
      if (!found) throw this.error("the shape must be a tuple of non-negative integers");
      out.push(Number(found[1]));
      comma = this.take(",");
    }
    if (out.length === 1 && !comma) throw this.error("the shape must be a tuple");
    return out;
  }

  private expect(mark: string): void {
    if (!this.take(mark)) throw this.error(`expected "${mark}"`);
  }

  private take(mark: string): boolean {
    this.match(SPACE);
    if (this.text[this.at] !== mark) return false;
    this.at++;
    return true;
  }

  private match(pattern: RegExp): RegExpExecArray | undefined {
    if (pattern !== SPACE) this.match(SPACE);
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (!found) return undefined;
    this.at = pattern.lastIndex;
    return found;
  }

  private error(what: string): FormatError {
    return new FormatError(this.op, `malformed npy header: ${what}, at character ${this.at}`);
  }
}
