/**
 * What the search host expects of its plugins, one interface a type of plugin.
 *
 * A method may answer at once or with a promise: the host awaits either, so a
 * plugin that asks a server fits where a plugin that computes does.
 *
 * @module
 */

/** A value, or a promise of it. */
export type Awaitable<T> = T | PromiseLike<T>;

/** What may be said with each call of a plugin. */
export interface CallOptions {
  /** Aborted when the answer is no longer wanted. */
  readonly signal?: AbortSignal;
}

/** A file of text to be searched. */
export interface SourceDocument {
  /** Where it is, as it is shown to a person. */
  readonly path: string;
  /** What it says. */
  readonly text: string;
}

/** A part of a document that can stand as an answer. */
export interface Passage {
  /** The path of its document. */
  readonly path: string;
  /** The headings it stands under, outermost first. */
  readonly headings: readonly string[];
  /** The line of the document that its first line comes from; the first is 1. */
  readonly startLine: number;
  /** The line of the document that its last line comes from. */
  readonly endLine: number;
  /**
   * What it says, without markup, and with one line for each line of the
   * document from `startLine` to `endLine`.
   */
  readonly text: string;
}

/** A plugin of the type `chunker`: cuts documents into passages. */
export interface Chunker {
  /**
   * Cuts a document.
   *
   * @param document The document.
   * @returns Its passages, from its beginning to its end.
   */
  chunk(document: SourceDocument): Awaitable<readonly Passage[]>;
}

/** A plugin of the type `embedding`: turns texts into vectors. */
export interface Embedding {
  /** The length of every vector. */
  readonly dimensions: number;
  /**
   * Embeds texts.
   *
   * @param texts The texts.
   * @param options What may end the call early.
   * @returns For each text, in the same order, a vector of length one, or of
   * length zero for a text that says nothing.
   */
  embed(
    texts: readonly string[],
    options?: CallOptions,
  ): Awaitable<readonly Float32Array[]>;
}

/** A plugin of the type `reranker`: judges passages by a query. */
export interface Reranker {
  /**
   * Scores passages.
   *
   * @param query What is searched for.
   * @param passages The passages to judge.
   * @param options What may end the call early.
   * @returns For each passage, in the same order, a score: the higher, the
   * better; zero for one that has nothing to do with the query.
   */
  rerank(
    query: string,
    passages: readonly Passage[],
    options?: CallOptions,
  ): Awaitable<readonly number[]>;
}
