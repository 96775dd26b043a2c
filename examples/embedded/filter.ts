/** A plugin of type `filter`: makes another text of a text. */
export interface Filter {
  /**
   * Makes another text of a text.
   *
   * @param text The text.
   * @returns The other text.
   */
  apply(text: string): string | Promise<string>;
}
