import type { Passage, SourceDocument } from "./contracts.ts";

/** Passages, and the documents that could not be cut into any. */
export type ChunkedDocuments = Readonly<{
  passages: readonly Passage[];
  skipped: readonly string[];
}>;

/**
 * Cuts documents into passages.
 *
 * @param documents The documents.
 * @param chunk Cuts one.
 * @returns The passages of all. One document that cannot be cut does not keep
 * the others from being searched.
 */
export async function chunkDocuments(
  documents: readonly SourceDocument[],
  chunk: (document: SourceDocument) => Promise<readonly Passage[]>,
): Promise<ChunkedDocuments> {
  const passages: Passage[] = [];
  const skipped: string[] = [];
  for (const document of documents) {
    try {
      passages.push(...await chunk(document));
    } catch {
      skipped.push(document.path);
    }
  }
  return { passages, skipped };
}
