/**
 * `Symbol.dispose`, or what stands in for it where the engine has none (WebKit): the symbol that Babel's and esbuild's
 * `using` and the polyfills agree on. Without it a method `[Symbol.dispose]` would be called "undefined".
 */
export const disposal: typeof Symbol.dispose =
  (Symbol as { readonly dispose?: typeof Symbol.dispose }).dispose ??
  (Symbol.for("Symbol.dispose") as typeof Symbol.dispose);
