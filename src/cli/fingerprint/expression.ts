/**
 * Arithmetic of the kernel table: numbers, names, `+ − * /` and calls, so that a size can be written as `m*k` or
 * `*gemm_work(0,0,m,n,k)` (a `*` that begins an operand stands for the BLAS letter).
 */

/** What names and calls in an expression mean. */
export interface Meaning {
  value(name: string): number;
  call(name: string, args: readonly number[]): number;
}

/** The value of `text`. Throws a SyntaxError that quotes it. */
export function evaluate(text: string, meaning: Meaning): number {
  const tokens = text.match(/[\w.]*\de-?\d+|[A-Za-z_]\w*|\d*\.?\d+|[-+*/(),]/g) ?? [];
  if (tokens.join("") !== text) throw new SyntaxError(`cannot read "${text}"`);
  let at = 0;
  const expect = (token: string): void => {
    if (tokens[at++] !== token) throw new SyntaxError(`"${text}": expected ${token}`);
  };
  const sum = (): number => {
    let value = product();
    while (tokens[at] === "+" || tokens[at] === "-") {
      const plus = tokens[at++] === "+";
      const term = product();
      value += plus ? term : -term;
    }
    return value;
  };
  const product = (): number => {
    let value = operand();
    while (tokens[at] === "*" || tokens[at] === "/") {
      const times = tokens[at++] === "*";
      const factor = operand();
      value = times ? value * factor : value / factor;
    }
    return value;
  };
  const operand = (): number => {
    const token = tokens[at++];
    if (token === undefined) throw new SyntaxError(`"${text}" ends too early`);
    if (token === "-") return -operand();
    if (token === "(") {
      const value = sum();
      expect(")");
      return value;
    }
    const lettered = token === "*";
    const name = lettered ? tokens[at++]! : token;
    if (/^[\d.]/.test(name)) return Number(name);
    if (tokens[at] !== "(") return meaning.value(name);
    at++;
    const args: number[] = [];
    while (tokens[at] !== ")") {
      args.push(sum());
      if (tokens[at] === ",") at++;
      else if (tokens[at] !== ")") throw new SyntaxError(`"${text}": expected , or )`);
    }
    at++;
    return meaning.call(lettered ? `*${name}` : name, args);
  };
  const value = sum();
  if (at !== tokens.length) throw new SyntaxError(`"${text}": unexpected "${tokens[at]}"`);
  return value;
}
