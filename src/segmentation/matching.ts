/** Pixels of two sets that may be matched: those at most a radius apart. */
export interface Neighbourhood {
  /** Pixels of the left set, ascending. */
  readonly left: Int32Array;
  /** For every pixel of the image, its index in the right set, or −1. */
  readonly rightAt: Int32Array;
  readonly rightCount: number;
  readonly height: number;
  readonly width: number;
  /** Vertical and horizontal offsets that are allowed, in turn, in the order in which they are tried. */
  readonly offsets: Int32Array;
}

/**
 * A maximum matching of two sets of pixels, each used once: for every pixel of the left set its partner's index in the
 * right set, or −1. Hopcroft and Karp's algorithm on the implicit graph of the neighbourhoods: O(E √V), deterministic.
 *
 * Source: Hopcroft, Karp, "An n^(5/2) algorithm for maximum matchings in bipartite graphs", SIAM J. Comput. 2 (1973).
 */
export function maximumMatching(graph: Neighbourhood): Int32Array {
  const { left, rightCount } = graph;
  const partner = new Int32Array(left.length).fill(-1);
  const owner = new Int32Array(rightCount).fill(-1);
  const layer = new Int32Array(left.length);
  const next = new Int32Array(left.length);
  while (layers(graph, partner, owner, layer)) {
    next.fill(0);
    for (let u = 0; u < left.length; u++) {
      if (partner[u]! < 0) augment(graph, u, partner, owner, layer, next);
    }
  }
  return partner;
}

/** The right index that the pixel u meets at offset e, or −1. */
function neighbour({ left, rightAt, height, width, offsets }: Neighbourhood, u: number, e: number): number {
  const pixel = left[u]!;
  const y = Math.floor(pixel / width) + offsets[2 * e]!;
  const x = (pixel % width) + offsets[2 * e + 1]!;
  return y < 0 || x < 0 || y >= height || x >= width ? -1 : rightAt[y * width + x]!;
}

/** Distances from the free pixels of the left along alternating paths; says whether one ends at a free right pixel. */
function layers(graph: Neighbourhood, partner: Int32Array, owner: Int32Array, layer: Int32Array): boolean {
  const edges = graph.offsets.length / 2;
  const queue = new Int32Array(partner.length);
  let [head, tail] = [0, 0];
  layer.fill(-1);
  for (let u = 0; u < partner.length; u++) {
    if (partner[u]! >= 0) continue;
    layer[u] = 0;
    queue[tail++] = u;
  }
  let found = false;
  while (head < tail) {
    const u = queue[head++]!;
    for (let e = 0; e < edges; e++) {
      const v = neighbour(graph, u, e);
      if (v < 0) continue;
      const w = owner[v]!;
      if (w < 0) found = true;
      else if (layer[w]! < 0) {
        layer[w] = layer[u]! + 1;
        queue[tail++] = w;
      }
    }
  }
  return found;
}

/** Follows the layers from a free pixel to a free partner and swaps along the path, if there is one. */
function augment(
  graph: Neighbourhood,
  start: number,
  partner: Int32Array,
  owner: Int32Array,
  layer: Int32Array,
  next: Int32Array,
): void {
  const edges = graph.offsets.length / 2;
  const path = [start];
  const taken: number[] = [];
  while (path.length > 0) {
    const u = path[path.length - 1]!;
    if (next[u]! === edges) {
      // A dead end for the rest of this phase.
      path.pop();
      taken.pop();
      continue;
    }
    const v = neighbour(graph, u, next[u]!++);
    if (v < 0) continue;
    const w = owner[v]!;
    if (w < 0) {
      taken.push(v);
      path.forEach((pixel, i) => {
        partner[pixel] = taken[i]!;
        owner[taken[i]!] = pixel;
      });
      return;
    }
    if (layer[w]! === layer[u]! + 1) {
      taken.push(v);
      path.push(w);
    }
  }
}
