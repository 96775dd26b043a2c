/** A plugin of type `filter`: transforms a text. */
export interface Filter {
  /** Transforms a text. */
  apply(text: string): string | Promise<string>;
}
