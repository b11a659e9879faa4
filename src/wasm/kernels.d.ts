/** `build/kernels.wasm` as hosts that import WebAssembly give it. */
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
