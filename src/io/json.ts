import { FormatError } from "../errors.js";

/** A JSON value; objects are Maps, so that no name (`__proto__`, `constructor`) has a meaning of its own. */
export type Json = null | boolean | number | string | Json[] | Map<string, Json>;

const MAX_DEPTH = 32;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const LONE_SURROGATE = /[\ud800-\udfff]/u;

/**
 * Parses JSON (RFC 8259) from a file that nobody vouches for. `JSON.parse` will not do: of two equal names it silently
 * keeps the second, so that two readers can see two different files.
 *
 * @throws {FormatError} on anything that is not JSON, on a name that occurs twice in one object, on text that is not
 * Unicode (lone surrogates) and on nesting deeper than 32.
 */
export function parseJson(op: string, text: string): Json {
  return new Parser(op, text).document();
}

class Parser {
  private at = 0;
  private depth = 0;

  constructor(
    private readonly op: string,
    private readonly text: string,
  ) {}

  document(): Json {
    const value = this.value();
    this.space();
    if (this.at < this.text.length) throw this.error("more text after the end of the JSON value");
    return value;
  }

  private value(): Json {
    this.space();
    switch (this.text[this.at]) {
      case "{":
        return this.nested(() => this.object());
      case "[":
        return this.nested(() => this.array());
      case '"':
        return this.string();
      case "t":
        return this.word("true", true);
      case "f":
        return this.word("false", false);
      case "n":
        return this.word("null", null);
      default:
        return this.number();
    }
  }

  private nested<T>(read: () => T): T {
    if (++this.depth > MAX_DEPTH) throw this.error(`JSON nested deeper than ${MAX_DEPTH}`);
    this.at++;
    const value = read();
    this.depth--;
    return value;
  }

  private object(): Map<string, Json> {
    const out = new Map<string, Json>();
    if (this.take("}")) return out;
    do {
      this.space();
      if (this.text[this.at] !== '"') throw this.error("expected a name in quotes");
      const name = this.string();
      if (out.has(name)) throw this.error(`the name ${JSON.stringify(name)} occurs twice`);
      if (!this.take(":")) throw this.error('expected ":" after a name');
      out.set(name, this.value());
    } while (this.take(","));
    if (!this.take("}")) throw this.error('expected "," or "}"');
    return out;
  }

  private array(): Json[] {
    const out: Json[] = [];
    if (this.take("]")) return out;
    do out.push(this.value());
    while (this.take(","));
    if (!this.take("]")) throw this.error('expected "," or "]"');
    return out;
  }

  /** Finds the closing quote by hand (a regular expression could exhaust its stack) and lets JSON.parse decode. */
  private string(): string {
    const { text } = this;
    const from = this.at++;
    for (let code = 0; (code = text.charCodeAt(this.at)) !== 0x22; this.at++) {
      if (this.at >= text.length) throw this.error("a string does not end");
      if (code === 0x5c) this.at++;
    }
    this.at++;
    let value: string;
    try {
      value = JSON.parse(text.slice(from, this.at)) as string;
    } catch {
      throw this.error("a string holds a control character or an unknown escape");
    }
    if (LONE_SURROGATE.test(value)) throw this.error("a string is not Unicode text (lone surrogate)");
    return value;
  }

  private number(): number {
    NUMBER.lastIndex = this.at;
    const token = NUMBER.exec(this.text)?.[0];
    if (token === undefined) throw this.error(this.at < this.text.length ? "not JSON" : "the JSON text ends early");
    this.at += token.length;
    return Number(token);
  }

  private word<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) throw this.error("not JSON");
    this.at += word.length;
    return value;
  }

  private take(mark: string): boolean {
    this.space();
    if (this.text[this.at] !== mark) return false;
    this.at++;
    return true;
  }

  private space(): void {
    for (; ; this.at++) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
    }
  }

  private error(what: string): FormatError {
    return new FormatError(this.op, `${what}, at character ${this.at} of the header`);
  }
}
