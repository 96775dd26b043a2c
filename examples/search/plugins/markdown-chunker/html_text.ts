import { parseEntities } from "npm:parse-entities@^4.0.2";

// A comment, script or style that is never closed runs to the end, as in a
// browser. Line breaks inside are kept, so that lines can still be counted.
const SILENT_REGEXP =
  /<!--[^]*?(?:-->|$)|<(script|style)\b[^]*?(?:<\/\1\s*>|$)/gi;
const TAG_REGEXP = /<\/?[a-z!?][^<>]*>/gi;
const NOT_LINE_BREAK_REGEXP = /[^\r\n]+/g;

function keepLineBreaks(markup: string): string {
  return markup.replace(NOT_LINE_BREAK_REGEXP, "");
}

/** Returns the visible text of a piece of HTML. */
export function htmlText(html: string): string {
  const text = html
    .replace(SILENT_REGEXP, keepLineBreaks)
    .replace(TAG_REGEXP, keepLineBreaks);
  return parseEntities(text);
}
