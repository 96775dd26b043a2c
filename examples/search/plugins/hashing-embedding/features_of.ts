/** The weight of each kind of feature. */
export type FeatureWeights = Readonly<{
  word: number;
  pair: number;
  part: number;
}>;

/**
 * Lists the features of a text: its words, its pairs of neighboring words, and
 * the parts of its words.
 *
 * The parts bring "permission" close to "permissions".
 */
export function featuresOf(
  words: readonly string[],
  ignored: ReadonlySet<string>,
  weights: FeatureWeights,
): ReadonlyMap<string, number> {
  const telling = words.filter((word) => !ignored.has(word));
  const counts = new Map<string, number>();
  const pairs = new Map<string, number>();
  for (const [index, word] of telling.entries()) {
    increment(counts, word);
    const next = telling[index + 1];
    if (next !== undefined) increment(pairs, `${word} ${next}`);
  }
  const features = new Map<string, number>();
  for (const [word, count] of counts) {
    const strength = 1 + Math.log(count);
    add(features, `w:${word}`, strength * weights.word);
    const parts = partsOf(word);
    // All parts of a long word weigh as much as those of a short one.
    const share = strength * weights.part / Math.sqrt(parts.length);
    for (const part of parts) add(features, `p:${part}`, share);
  }
  for (const [pair, count] of pairs) {
    add(features, `2:${pair}`, (1 + Math.log(count)) * weights.pair);
  }
  return features;
}

const PART_LENGTHS = [3, 4, 5];

function partsOf(word: string): readonly string[] {
  // By code points: half of a surrogate pair is no character. The marks tell
  // "auth" at the beginning of a word from "auth" inside of one.
  const characters = ["<", ...word, ">"];
  const parts: string[] = [];
  for (const length of PART_LENGTHS) {
    for (let start = 0; start + length <= characters.length; start++) {
      parts.push(characters.slice(start, start + length).join(""));
    }
  }
  return parts;
}

function increment(counts: Map<string, number>, key: string): void {
  add(counts, key, 1);
}

function add(map: Map<string, number>, key: string, amount: number): void {
  map.set(key, (map.get(key) ?? 0) + amount);
}
