import { escapeControls } from "../base/text.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** HTML, as opposed to text that still needs escaping. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type HtmlValue = Html | string | number | readonly Html[];

export const NOTHING: Html = new Html("");

// Characters that reorder text or stay invisible would forge what a person reads.
function escape(text: string): string {
  return escapeControls(text).replace(
    /[&<>"']/g,
    (character) => ENTITIES[character] ?? character,
  );
}

function show(value: HtmlValue): string {
  if (value instanceof Html) return value.text;
  if (typeof value === "object") return value.map(show).join("");
  return escape(String(value));
}

// The formatter of the code indents templates; readers get no byte of that.
function compact(parts: readonly string[]): readonly string[] {
  const last = parts.length - 1;
  return parts.map((part, index) => {
    const from = index === 0 ? part.replace(/^\s*\n\s*/, "") : part;
    const text = index === last ? from.replace(/\s*\n\s*$/, "") : from;
    return text.replace(/>\s*\n\s*</g, "><").replace(/\s*\n\s*/g, " ");
  });
}

const COMPACT = new WeakMap<TemplateStringsArray, readonly string[]>();

/** Makes HTML from a template, and escapes every value that is not HTML. */
export function html(
  strings: TemplateStringsArray,
  ...values: readonly HtmlValue[]
): Html {
  let parts = COMPACT.get(strings);
  if (parts === undefined) COMPACT.set(strings, parts = compact(strings));
  let text = parts[0] ?? "";
  for (let index = 0; index < values.length; index++) {
    text += show(values[index] ?? "") + (parts[index + 1] ?? "");
  }
  return new Html(text);
}

/** Makes an attribute of a tag, if a condition holds. */
export function attribute(text: string, isOn: boolean): Html {
  return isOn ? new Html(` ${text}`) : NOTHING;
}

/** Escapes a text whose line breaks are kept, for `pre` and `textarea`. */
export function lines(text: string): Html {
  return new Html(text.split(/\r?\n/).map(escape).join("\n"));
}

const FLAG_REGEXP = /(--[a-z-]+(?:=(?:'[^']*'|[^\s,;]|[,;](?=\S))*)?)/;

/** Escapes a text, and keeps each flag in it in one piece. */
export function withFlags(text: string): Html {
  return html`${
    text.split(FLAG_REGEXP).map((part, index) =>
      index % 2 === 0 ? html`${part}` : html`<span class="flag">${part}</span>`
    )
  }`;
}
