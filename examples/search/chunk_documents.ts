import type { Passage, SourceDocument } from "./contracts.ts";

/** Passages, and the documents that could not be cut. */
export type ChunkedDocuments = Readonly<{
  passages: readonly Passage[];
  skipped: readonly string[];
}>;

/**
 * Cuts documents into passages; a document that fails does not stop the others.
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
