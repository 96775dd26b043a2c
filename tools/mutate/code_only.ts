// After any of these, a slash begins a regular expression.
const BEFORE_REGEXP_REGEXP =
  /(?:^|[(,=:[!&|?{};+*%~^<>-]|=>|\b(?:return|typeof|case|in|of|await|yield|void))\s*$/;

/** Finds the end of a string, or of a template with its substitutions. */
function endOfText(text: string, start: number): number {
  const quote = text.charAt(start);
  for (let at = start + 1; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === "\\") at++;
    else if (character === quote) return at + 1;
    else if (quote === "`" && text.startsWith("${", at)) {
      at = endOfBraces(text, at + 1) - 1;
    } else if (quote !== "`" && character === "\n") return at;
  }
  return text.length;
}

function endOfBraces(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text.charAt(at);
    if ("\"'`".includes(character)) at = endOfText(text, at) - 1;
    else if (character === "{") depth++;
    else if (character === "}" && --depth === 0) return at + 1;
  }
  return text.length;
}

function endOfRegExp(text: string, start: number): number {
  let inClass = false;
  for (let at = start + 1; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === "\\") at++;
    else if (character === "[") inClass = true;
    else if (character === "]") inClass = false;
    else if (character === "\n") return at;
    else if (character === "/" && !inClass) {
      const flags = /^[a-z]*/.exec(text.slice(at + 1))?.[0] ?? "";
      return at + 1 + flags.length;
    }
  }
  return text.length;
}

function endOfOther(text: string, at: number, before: string): number {
  if (text.startsWith("//", at)) {
    const end = text.indexOf("\n", at);
    return end === -1 ? text.length : end;
  }
  if (text.startsWith("/*", at)) {
    const end = text.indexOf("*/", at + 2);
    return end === -1 ? text.length : end + 2;
  }
  const character = text.charAt(at);
  if ("\"'`".includes(character)) return endOfText(text, at);
  return character === "/" && BEFORE_REGEXP_REGEXP.test(before)
    ? endOfRegExp(text, at)
    : at;
}

/**
 * Replaces comments, strings and regular expressions with spaces.
 *
 * Positions and lines do not change, and the quotes of a string stay.
 */
export function codeOnly(text: string): string {
  let code = "";
  while (code.length < text.length) {
    const at = code.length;
    const end = endOfOther(text, at, code.slice(-40));
    if (end === at) {
      code += text.charAt(at);
      continue;
    }
    const blank = text.slice(at, end).replace(/[^\n]/g, " ");
    const isText = "\"'`".includes(text.charAt(at)) && end > at + 1;
    code += isText
      ? `${text.charAt(at)}${blank.slice(1, -1)}${text.charAt(end - 1)}`
      : blank;
  }
  return code;
}

const CLOSING: Readonly<Record<string, string>> = {
  "(": ")",
  "[": "]",
  "{": "}",
};

/** Finds the position after the closing bracket. */
export function afterBracket(code: string, start: number): number {
  const open = code.charAt(start);
  const close = CLOSING[open] ?? "";
  let depth = 0;
  for (let at = start; at < code.length; at++) {
    if (code.charAt(at) === open) depth++;
    else if (code.charAt(at) === close && --depth === 0) return at + 1;
  }
  return -1;
}
