const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** HTML, as opposed to text that is yet to be escaped. */
export class Html {
  /** The HTML. */
  readonly text: string;

  /**
   * Holds HTML.
   *
   * @param text The HTML; what came from outside is escaped in it.
   */
  constructor(text: string) {
    this.text = text;
  }
}

/** What a template takes. */
export type HtmlValue = Html | string | number | readonly Html[];

function show(value: HtmlValue): string {
  if (value instanceof Html) return value.text;
  if (typeof value === "object") return value.map(show).join("");
  return String(value).replace(
    /[&<>"']/g,
    (character) => ENTITIES[character] ?? character,
  );
}

/**
 * A template of HTML: whatever is put into it is escaped, unless it is HTML.
 *
 * @param strings The literal parts.
 * @param values What stands between them.
 * @returns The HTML.
 */
export function html(
  strings: TemplateStringsArray,
  ...values: readonly HtmlValue[]
): Html {
  return new Html(
    strings.map((part, index) => {
      const value = values[index];
      return value === undefined ? part : part + show(value);
    }).join(""),
  );
}
