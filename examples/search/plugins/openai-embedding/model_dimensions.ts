/** The vector lengths of OpenAI's models. */
export const MODEL_DIMENSIONS: ReadonlyMap<string, number> = new Map([
  ["text-embedding-3-small", 1_536],
  ["text-embedding-3-large", 3_072],
  ["text-embedding-ada-002", 1_536],
]);

/**
 * Checks whether a model accepts a request for shorter vectors; other models
 * and servers refuse it.
 */
export function canShorten(model: string): boolean {
  return model.startsWith("text-embedding-3-");
}
