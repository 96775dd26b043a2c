/** The length of the vectors of OpenAI's models. */
export const MODEL_DIMENSIONS: ReadonlyMap<string, number> = new Map([
  ["text-embedding-3-small", 1_536],
  ["text-embedding-3-large", 3_072],
  ["text-embedding-ada-002", 1_536],
]);

/**
 * Whether the API takes a wish for shorter vectors: others of its models, and
 * other servers, refuse a request that has one.
 *
 * @param model The model.
 * @returns Whether it can shorten its vectors.
 */
export function canShorten(model: string): boolean {
  return model.startsWith("text-embedding-3-");
}
