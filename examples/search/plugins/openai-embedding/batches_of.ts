// The API refuses requests of more than 300,000 tokens; a token is hardly ever
// less than a character.
const MAX_BATCH_CHARACTERS = 250_000;

/** Groups texts into requests. */
export function batchesOf(
  texts: readonly string[],
  size: number,
  characters: number = MAX_BATCH_CHARACTERS,
): readonly (readonly string[])[] {
  const batches: string[][] = [];
  let batch: string[] = [];
  let length = 0;
  for (const text of texts) {
    const full = batch.length >= size || length + text.length > characters;
    if (full && batch.length > 0) {
      batches.push(batch);
      batch = [];
      length = 0;
    }
    batch.push(text);
    length += text.length;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
