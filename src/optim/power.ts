/**
 * baseⁿ for an integer n ≥ 0 by repeated squaring: products only, so the same bits on every engine (`**` differs).
 * Relative error below n·2⁻⁵³.
 */
export function power(base: number, n: number): number {
  let result = 1;
  for (let square = base, rest = n; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}
