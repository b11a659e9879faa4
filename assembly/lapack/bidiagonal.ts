/**
 * A = Q·B·Pᵀ for m×n, m ≥ n, B upper bidiagonal: Q = H_0 ⋯ H_{n−1}, P = G_0 ⋯ G_{n−2}, one pass over A a step.
 *
 * What step k leaves to be done, A ← A − u·yᵀ − x·pᵀ (u, p the reflectors, y = τAᵀu, x = τ'Ap), is delayed into the pass
 * of the next step, where each row is updated, multiplied by the new p and, as that gives the row's entry c of the next
 * column, added to Aᵀc: a fused form of gebrd (Howell, Demmel, Fulton, Hammarling and Marmol, ACM TOMS 34 (2008); Van
 * Zee, van de Geijn and Quintana-Ortí, ACM TOMS 40 (2014)), but for c as it is, not as a combination, so that nothing
 * cancels. Order of summation: rows in fours, ascending; dot products as in householder.ts.
 */
import { at, lanes, VECTOR_BYTES } from "../simd";
import { dotVectors, larfg } from "./householder";
import { sumLanes, tiny } from "./scalar";

/** Two rows r ← r − u·y − x·p and s = r·v; s takes the place of x. */
function updateTwoRows<T>(bytes: usize, r: usize, stride: usize, u: usize, y: usize, x: usize, p: usize, v: usize): void {
  const r1 = r + stride;
  const u0 = v128.splat<T>(load<T>(u));
  const u1 = v128.splat<T>(load<T>(u, sizeof<T>()));
  const x0 = v128.splat<T>(load<T>(x));
  const x1 = v128.splat<T>(load<T>(x, sizeof<T>()));
  let s0 = v128.splat<T>(0);
  let s1 = s0;
  for (let j: usize = 0; j < bytes; j += VECTOR_BYTES) {
    const yj = v128.load(y + j);
    const pj = v128.load(p + j);
    const vj = v128.load(v + j);
    const a0 = v128.sub<T>(v128.sub<T>(v128.load(r + j), v128.mul<T>(u0, yj)), v128.mul<T>(x0, pj));
    const a1 = v128.sub<T>(v128.sub<T>(v128.load(r1 + j), v128.mul<T>(u1, yj)), v128.mul<T>(x1, pj));
    v128.store(r + j, a0);
    v128.store(r1 + j, a1);
    s0 = v128.add<T>(s0, v128.mul<T>(a0, vj));
    s1 = v128.add<T>(s1, v128.mul<T>(a1, vj));
  }
  store<T>(x, sumLanes<T>(s0));
  store<T>(x, sumLanes<T>(s1), sizeof<T>());
}

/** sum += c_0·r_0 + … + c_3·r_3 for four rows. */
function addFourRows<T>(bytes: usize, r: usize, stride: usize, c: usize, sum: usize): void {
  const r1 = r + stride;
  const r2 = r1 + stride;
  const r3 = r2 + stride;
  const c0 = v128.splat<T>(load<T>(c));
  const c1 = v128.splat<T>(load<T>(c, sizeof<T>()));
  const c2 = v128.splat<T>(load<T>(c, 2 * sizeof<T>()));
  const c3 = v128.splat<T>(load<T>(c, 3 * sizeof<T>()));
  for (let j: usize = 0; j < bytes; j += VECTOR_BYTES) {
    let s = v128.add<T>(v128.load(sum + j), v128.mul<T>(c0, v128.load(r + j)));
    s = v128.add<T>(s, v128.mul<T>(c1, v128.load(r1 + j)));
    s = v128.add<T>(s, v128.mul<T>(c2, v128.load(r2 + j)));
    v128.store(sum + j, v128.add<T>(s, v128.mul<T>(c3, v128.load(r3 + j))));
  }
}

/** row −= f·p. */
function subtractRow<T>(bytes: usize, row: usize, f: T, p: usize): void {
  const ff = v128.splat<T>(f);
  for (let j: usize = 0; j < bytes; j += VECTOR_BYTES) {
    v128.store(row + j, v128.sub<T>(v128.load(row + j), v128.mul<T>(ff, v128.load(p + j))));
  }
}

/** Room for x and c (`ldu` + 4 each) and y, the sum and a row of zeros (`lda` each). */
export function gebrdWork<T>(ldu: i32, lda: i32): usize {
  return (2 * (<usize>ldu + 4) + 3 * <usize>lda) * sizeof<T>();
}

/**
 * A: rows of `lda` elements (whole vectors, the padding 0) with three more rows of zeros below; destroyed, entries at
 * most about 1. d: n, e: n−1 (f64); u: n×ldu, p: n×lda, both zero on entry, rows of whole vectors and room for four more
 * elements in u: reflector i is row i, u_ii = 1, p_i(i+1) = 1 (row n−1 of p stays zero); tauU, tauP: n.
 */
// prettier-ignore
export function gebrd<T>(
  m: i32, n: i32, a: usize, lda: i32, d: usize, e: usize, u: usize, ldu: i32, p: usize, tauU: usize, tauP: usize,
  work: usize,
): void {
  const stride = <usize>lda * sizeof<T>();
  const uStride = <usize>ldu * sizeof<T>();
  const size = sizeof<T>();
  const x = work;
  const c = at<T>(x, ldu + 4);
  const y = at<T>(c, ldu + 4);
  const sum = y + stride;
  memory.fill(work, 0, gebrdWork<T>(ldu, lda));
  for (let i = 0; i < m; i++) store<T>(at<T>(c, i), load<T>(a + <usize>i * stride));
  for (let i = 0; i < m; i += 4) addFourRows<T>(stride, a + <usize>i * stride, stride, at<T>(c, i), sum);
  let before = sum + stride; // p of the step before: none yet
  const beta = tauP; // its first element is written last
  for (let k = 0; k < n; k++) {
    const uk = u + <usize>k * uStride;
    const pk = p + <usize>k * stride;
    const head = <usize>(k & ~(lanes<T>() - 1)) * size; // where whole vectors begin
    const wide = stride - head;
    const tall = uStride - head;
    memory.copy(at<T>(uk, k), at<T>(c, k), <usize>(m - k) * size);
    const alpha = load<T>(at<T>(uk, k));
    store<T>(at<T>(uk, k), 0);
    const square = dotVectors<T>(tall, uk + head, uk + head) + alpha * alpha;
    const t = larfg<T>(tall, uk + head, alpha, beta);
    const diagonal = load<T>(beta);
    store<f64>(at<f64>(d, k), <f64>diagonal);
    store<T>(at<T>(uk, k), 1);
    store<T>(at<T>(tauU, k), t);
    if (k == n - 1) break;

    const row = a + <usize>k * stride;
    subtractRow<T>(wide, row + head, load<T>(at<T>(x, k)), before + head);
    let factor: T = t / (alpha - diagonal);
    let part = diagonal;
    if (square < tiny<T>()) {
      // c was too small for its products: once more with u itself.
      memory.fill(sum, 0, stride);
      store<T>(at<T>(x, k), 0);
      for (let i = k & ~3; i < m; i += 4) addFourRows<T>(wide, a + <usize>i * stride + head, stride, at<T>(uk, i), sum + head);
      factor = t;
      part = 0;
      subtractRow<T>(wide, sum + head, dotVectors<T>(tall, x + head, uk + head), before + head);
    } else subtractRow<T>(wide, sum + head, dotVectors<T>(tall, x + head, c + head), before + head);
    if (t == 0) factor = 0;
    for (let j = head; j < stride; j += VECTOR_BYTES) {
      const s = v128.sub<T>(v128.load(sum + j), v128.mul<T>(v128.splat<T>(part), v128.load(row + j)));
      v128.store(y + j, v128.mul<T>(v128.splat<T>(factor), s));
    }
    for (let j = k & ~(lanes<T>() - 1); j <= k; j++) store<T>(at<T>(y, j), 0);

    for (let j = k + 1; j < n; j++) store<T>(at<T>(pk, j), load<T>(at<T>(row, j)) - load<T>(at<T>(y, j)));
    const next = at<T>(pk, k + 1);
    const first = load<T>(next);
    store<T>(next, 0);
    const right = larfg<T>(wide, pk + head, first, beta);
    store<f64>(at<f64>(e, k), <f64>load<T>(beta));
    store<T>(next, 1);
    store<T>(at<T>(tauP, k + 1), right);

    memory.fill(sum, 0, stride);
    for (let i = (k + 1) & ~3; i < m; i += 4) {
      const r = a + <usize>i * stride + head;
      updateTwoRows<T>(wide, r, stride, at<T>(uk, i), y + head, at<T>(x, i), before + head, pk + head);
      updateTwoRows<T>(wide, r + 2 * stride, stride, at<T>(uk, i + 2), y + head, at<T>(x, i + 2), before + head, pk + head);
      for (let l = i; l < i + 4; l++) {
        const scaled = l > k ? right * load<T>(at<T>(x, l)) : <T>0;
        store<T>(at<T>(x, l), scaled);
        store<T>(at<T>(c, l), l > k ? load<T>(at<T>(a + <usize>l * stride, k + 1)) - scaled : <T>0);
      }
      addFourRows<T>(wide, r, stride, at<T>(c, i), sum + head);
    }
    before = pk;
  }
}
