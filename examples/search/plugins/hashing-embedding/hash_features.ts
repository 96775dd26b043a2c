const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * Folds features into a vector of fixed length (Weinberger and others, 2009:
 * "Feature hashing for large scale multitask learning").
 *
 * The hash of a feature decides its place and its sign. Because of the sign,
 * features that share a place do not make texts look more alike than they are.
 */
export function hashFeatures(
  features: ReadonlyMap<string, number>,
  dimensions: number,
): Float32Array {
  const sums = new Float64Array(dimensions);
  for (const [feature, weight] of features) {
    const hash = hashOf(feature);
    const place = (hash >>> 1) % dimensions;
    sums[place] = (sums[place] ?? 0) + ((hash & 1) === 0 ? weight : -weight);
  }
  let squares = 0;
  for (const sum of sums) squares += sum * sum;
  const norm = Math.sqrt(squares);
  return norm === 0
    ? new Float32Array(dimensions)
    : Float32Array.from(sums, (sum) => sum / norm);
}

/** FNV-1a over UTF-16 code units, with the final mix of MurmurHash3. */
function hashOf(text: string): number {
  let hash = FNV_OFFSET;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), FNV_PRIME);
  }
  // FNV alone mixes its low bits badly, and one of them is the sign.
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
