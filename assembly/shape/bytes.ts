/** Copies `n` bytes between areas that do not overlap; short rows without the call that `memory.copy` costs. */
export function copyBytes(n: usize, from: usize, to: usize): void {
  if (n >= 256) {
    memory.copy(to, from, n);
    return;
  }
  const endVectors = to + (n & ~15);
  const end = to + n;
  while (to != endVectors) {
    v128.store(to, v128.load(from));
    from += 16;
    to += 16;
  }
  const endWords = to + (n & 12);
  while (to != endWords) {
    store<i32>(to, load<i32>(from));
    from += 4;
    to += 4;
  }
  while (to != end) {
    store<u8>(to, load<u8>(from));
    from++;
    to++;
  }
}
