/**
 * The contracts of the search host, one interface for each type of plugin.
 *
 * A method may return a value or a promise. The host awaits both, so plugins
 * that compute and plugins that call a server are interchangeable.
 */

/** A value, or a promise of it. */
export type Awaitable<T> = T | PromiseLike<T>;

/** Options of every call of a plugin. */
export interface CallOptions {
  /** Aborted when the result is no longer needed. */
  readonly signal?: AbortSignal;
}

/** A text file to search. */
export interface SourceDocument {
  /** The path as it is shown to people. */
  readonly path: string;
  readonly text: string;
}

/** A part of a document that can be a search result. */
export interface Passage {
  /** The path of its document. */
  readonly path: string;
  /** The headings above it, outermost first. */
  readonly headings: readonly string[];
  /** The line of the document on which it begins, from 1. */
  readonly startLine: number;
  /** The line of the document on which it ends. */
  readonly endLine: number;
  /**
   * The text without markup, one line for each line from `startLine` to
   * `endLine`.
   */
  readonly text: string;
}

/** A plugin of the type `chunker`: cuts documents into passages. */
export interface Chunker {
  /** Cuts a document into passages, from its beginning to its end. */
  chunk(document: SourceDocument): Awaitable<readonly Passage[]>;
}

/** A plugin of the type `embedding`: turns texts into vectors. */
export interface Embedding {
  /** The length of every vector. */
  readonly dimensions: number;
  /**
   * Embeds texts: for each, in order, a vector of length one, or of length zero
   * for a text without meaning.
   */
  embed(
    texts: readonly string[],
    options?: CallOptions,
  ): Awaitable<readonly Float32Array[]>;
}

/** A plugin of the type `reranker`: scores passages for a query. */
export interface Reranker {
  /**
   * Scores passages in order: the higher, the better; zero for one that is
   * unrelated.
   */
  rerank(
    query: string,
    passages: readonly Passage[],
    options?: CallOptions,
  ): Awaitable<readonly number[]>;
}
