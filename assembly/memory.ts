/** First address above the kernels' constants, from where the caller may use memory. */
export function heap_base(): usize {
  return __heap_base;
}
