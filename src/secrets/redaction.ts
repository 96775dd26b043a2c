/** Masks, and the secrets in addresses and headers. */

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

const AUTHORITY_END_REGEXP = /[/?#\s"<>`\\]/g;
const TEXT_END_REGEXP = /[\s"<>`]/g;
const PORT_REGEXP = /^\d{0,5}$/;
const LONGEST_USERINFO = 512;

// Addresses with a secret path: anybody who knows one may post or call.
const SECRET_PATH_REGEXP =
  /(?<=hooks\.slack\.com\/(?:services|workflows|triggers)\/|discord(?:app)?\.com\/api\/(?:v\d{1,3}\/)?webhooks\/\d{1,30}\/|\.webhook\.office\.com\/webhookb2\/|outlook\.office(?:365)?\.com\/webhook\/|hooks\.zapier\.com\/hooks\/catch\/|maker\.ifttt\.com\/trigger\/[\w-]{1,64}\/(?:json\/)?with\/key\/|chat\.googleapis\.com\/v1\/spaces\/[\w-]{1,64}\/messages\?key=)[^\s"'<>`]{8,}/g;
const SECRET_HOST_REGEXP =
  /hooks\.slack|discord|webhook\.office|outlook\.office|zapier|ifttt|chat\.googleapis/;

// `user:password@tcp(host)` in Go, `user:password@host:port` of proxies.
const NO_SCHEME_REGEXP =
  /(?<![\w.%+/:@-])([\w.%+-]{1,64}:)([^\s:@/"'<>]{1,128})(?=@(?:(?:tcp|unix)\(|[\w.-]{1,253}:\d{2,5}(?!\d)))/g;
const ORACLE_REGEXP =
  /(?<=jdbc:oracle:[a-z]{1,8}:[^/\s"]{1,64}\/)[^@\s"]{1,128}(?=@)/g;

function firstOf(regexp: RegExp, text: string, from: number): number {
  regexp.lastIndex = from;
  return regexp.exec(text)?.index ?? text.length;
}

function looksLikeToken(text: string): boolean {
  return text.length >= 20 && /\d/.test(text) && /[a-z]/i.test(text);
}

/** Finds the `@` that ends the user's part; returns -1 without one. */
function findAt(text: string, start: number): number {
  const end = firstOf(AUTHORITY_END_REGEXP, text, start);
  const at = text.slice(start, end).lastIndexOf("@");
  if (at !== -1) {
    const host = text.slice(start + at + 1, end);
    const port = host.slice(host.indexOf(":") + 1);
    // "u:p@ss:w/rd@host": no host with a port follows the first @.
    if (!host.includes(":") || host.startsWith("[") || PORT_REGEXP.test(port)) {
      return start + at;
    }
    return findLateAt(text, end) ?? start + at;
  }
  // "u:pa/ss@host": no port follows the colon, so it is a password that was not
  // encoded.
  const colon = text[start] === "["
    ? text.slice(start, end).lastIndexOf(":")
    : text.slice(start, end).indexOf(":");
  if (colon === -1 || PORT_REGEXP.test(text.slice(start + colon + 1, end))) {
    return -1;
  }
  return findLateAt(text, end) ?? -1;
}

/** Finds the last `@` of an authority that was not encoded. */
function findLateAt(text: string, from: number): number | undefined {
  const rest = text.slice(from, from + LONGEST_USERINFO);
  const stop = firstOf(TEXT_END_REGEXP, rest, 0);
  const late = rest.slice(0, stop).lastIndexOf("@");
  return late === -1 ? undefined : from + late;
}

/** Finds the secret part of the user's part. */
function secretOf(text: string, start: number, at: number): Span | undefined {
  const colon = text.slice(start, at).indexOf(":");
  const userEnd = colon === -1 ? at : start + colon;
  const isToken = looksLikeToken(text.slice(start, userEnd));
  const span = { start: isToken ? start : userEnd + 1, end: at };
  if (span.start >= at || isPlaceholder(text.slice(span.start, at))) {
    return undefined;
  }
  return span;
}

/** Masks the password of a URL, and a token in the place of its user. */
export function maskUrls(text: string): string {
  const spans: Span[] = [];
  for (let slashes = text.indexOf("//"); slashes !== -1;) {
    const start = slashes + 2;
    const at = findAt(text, start);
    const span = at === -1 ? undefined : secretOf(text, start, at);
    if (span !== undefined) spans.push(span);
    slashes = text.indexOf("//", at === -1 ? start : at);
  }
  return maskSpans(text, spans)
    .replace(NO_SCHEME_REGEXP, `$1${REDACTED}`)
    .replace(ORACLE_REGEXP, REDACTED);
}

/** Masks the path of secret addresses, such as webhooks. */
export function maskSecretAddresses(text: string): string {
  if (!SECRET_HOST_REGEXP.test(text)) return text;
  return text.replace(SECRET_PATH_REGEXP, REDACTED);
}

const SCHEME_REGEXP =
  /(?<![A-Za-z0-9_-])(bearer|basic)([ \t]{1,8})([^\s"'`,;<>\\]{3,})/gi;
const ALONE_REGEXP = /^\s{0,8}bearer[ \t]{1,8}[^\s]{3,}\s{0,8}$/i;
const PROSE_REGEXP =
  /^(?:tokens?|auth|authentication|authorization|schemes?|headers?|credentials?|required|realm=?|is|was|and|or|not|with|for|from)[.:]?$/i;
const BASE64_REGEXP = /^[A-Za-z0-9+/_-]+={0,2}$/;
const LONGEST_BASIC = 1_024;

/** Returns `true` for the base64 of "user:password". */
function isUserAndPassword(text: string): boolean {
  if (text.length > LONGEST_BASIC || text.length % 4 === 1) return false;
  if (!BASE64_REGEXP.test(text)) return false;
  try {
    const base64 = text.replaceAll("-", "+").replaceAll("_", "/");
    return atob(base64).includes(":");
  } catch {
    return false;
  }
}

function isBearer(token: string, isAlone: boolean): boolean {
  if (isAlone || token.length >= 16) return true;
  return token.length >= 6 && /\d/.test(token);
}

/**
 * Masks the token after `Bearer`, and after `Basic` the base64 of a user and a
 * password. Keeps prose such as "bearer token" or "basic authentication".
 */
export function maskSchemes(text: string): string {
  const isAlone = text.length < 10_000 && ALONE_REGEXP.test(text);
  return text.replace(
    SCHEME_REGEXP,
    (whole: string, scheme: string, space: string, token: string) => {
      if (isPlaceholder(token) || PROSE_REGEXP.test(token)) return whole;
      const isSecret = scheme.toLowerCase() === "bearer"
        ? isBearer(token, isAlone)
        : token.endsWith("=") || isUserAndPassword(token);
      return isSecret ? `${scheme}${space}${REDACTED}` : whole;
    },
  );
}
