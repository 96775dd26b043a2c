import { z } from "npm:zod@^4.6.7";

const ANSWER_SCHEMA = z.object({
  data: z.array(z.object({
    index: z.int().min(0),
    embedding: z.array(z.number()),
  })),
});

/** Reads the vectors of a response. */
export function readEmbeddings(
  answer: unknown,
  count: number,
  dimensions: number,
): readonly Float32Array[] {
  const { success, data } = ANSWER_SCHEMA.safeParse(answer);
  if (!success) throw new Error("The response of the API has no embeddings");
  const vectors = new Map<number, Float32Array>();
  for (const { index, embedding } of data.data) {
    if (embedding.length !== dimensions) {
      throw new Error(
        `The API answered with vectors of ${embedding.length} dimensions ` +
          `instead of ${dimensions}`,
      );
    }
    vectors.set(index, normalize(embedding));
  }
  return Array.from({ length: count }, (_, index) => {
    const vector = vectors.get(index);
    if (vector === undefined) {
      throw new Error(
        `The API answered with ${data.data.length} embeddings for ` +
          `${count} texts, none of which is for text ${index + 1}`,
      );
    }
    return vector;
  });
}

function normalize(values: readonly number[]): Float32Array {
  const norm = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return norm === 0
    ? new Float32Array(values.length)
    : Float32Array.from(values, (value) => value / norm);
}
