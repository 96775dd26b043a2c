/** The mark that replaces a secret, and the parts of a text to mask. */

/** Replaces a secret. */
export const REDACTED = "[REDACTED]";

// Braces alone are no placeholder: `PWD={secret}` is how ODBC quotes a password.
const PLACEHOLDER_REGEXP =
  /^(?:\[REDACTED\]|\*+|x{3,}|\.{3}|…|%[dosv]|<[^<>]{0,80}>|\$\{[^{}]{0,80}\}|\{\{[^{}]{0,80}\}\})$/i;

/** Returns `true` for a text in the place of a secret: `${TOKEN}`, `***`, our mark. */
export function isPlaceholder(text: string): boolean {
  return text.length < 100 && PLACEHOLDER_REGEXP.test(text);
}

/** A part of a text, from `start` up to `end`. */
export type Span = Readonly<{ start: number; end: number }>;

/** Replaces parts of a text, in order and apart, by {@linkcode REDACTED}. */
export function maskSpans(text: string, spans: readonly Span[]): string {
  let masked = "";
  let from = 0;
  for (const { start, end } of spans) {
    masked += text.slice(from, start) + REDACTED;
    from = end;
  }
  return from === 0 ? text : masked + text.slice(from);
}

/** Sorts parts of a text, and joins those that touch. */
export function mergeSpans(spans: readonly Span[]): readonly Span[] {
  const merged: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last === undefined || span.start > last.end) merged.push(span);
    else if (span.end > last.end) {
      merged[merged.length - 1] = { start: last.start, end: span.end };
    }
  }
  return merged;
}

/** Finds the parts that were masked; `undefined` if the two texts do not match. */
export function alignSpans(
  text: string,
  masked: string,
): readonly Span[] | undefined {
  if (masked === text) return [];
  const kept = masked.split(REDACTED);
  const last = kept.pop() ?? "";
  const spans: Span[] = [];
  let from = 0;
  for (const [index, part] of kept.entries()) {
    const start = index === 0 ? 0 : text.indexOf(part, from);
    if (start === -1 || !text.startsWith(part, start)) return undefined;
    if (index > 0) spans.push({ start: from, end: start });
    from = start + part.length;
  }
  const end = text.length - last.length;
  if (end < from || !text.endsWith(last)) return undefined;
  return [...spans, { start: from, end }];
}
