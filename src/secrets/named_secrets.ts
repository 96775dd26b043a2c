/**
 * Secrets that are known by a name beside them: `name=value`, `"name": "value"`
 * and `--name value`.
 *
 * @module
 */

import { isPlaceholder, maskSpans, REDACTED, type Span } from "./redaction.ts";
import { isSecretKey } from "./secret_keys.ts";
import { findSecretValue, type NamedValue } from "./secret_value.ts";

/** For each ASCII code, 1 where the character is in the set. */
type AsciiSet = Uint8Array;

const LETTERS_AND_DIGITS =
  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/**
 * Makes a set of the letters, the digits and some more characters.
 *
 * @param more The other ASCII characters.
 * @returns The set.
 */
function wordCharacters(more: string): AsciiSet {
  const set = new Uint8Array(128);
  for (const character of LETTERS_AND_DIGITS + more) {
    set[character.charCodeAt(0)] = 1;
  }
  return set;
}

const SEPARATOR_REGEXP = /[=:]/g;
const AFTER_SEPARATOR_REGEXP = /[=:>]{0,3}[ \t]{0,16}/y;
const NAME_CHARACTERS = wordCharacters("_.$%[]-");
const OPERATOR_REGEXP = /(?:[?+|&*^/:]{1,2}|(?<=[ \t])[.%-])$/;
const QUOTES = "\"'`";
const LONGEST_NAME = 96;

// "API key: x", "Access Key: x": the last word alone does not say it.
const PHRASE_END_REGEXP = /^(?:keys?|string|code|phrase|header|url|id)$/i;
const WORD_BEFORE_REGEXP = /[A-Za-z][\w-]{0,31}(?=[ \t]$)/;

// In a query only, and only what is long: `?sig=` of a signed address.
const QUERY_NAME_REGEXP = /^(?:sig|signature|code|key)$/i;
const QUERY_VALUE_REGEXP = /[^&\s"'<>#]{16}/y;

const FILE_REGEXP =
  /\.(?:[cm]?[jt]sx?|json|py|rb|rs|go|java|kt|cs|cpp|php|sh|vue|html|css|md)$/;
// Sentences of this package quote the names of things: `Cannot set up plugin
// "token-counter": …`, `Cannot read source "npm:jwt-tools": …`.
const SUBJECT_REGEXP =
  /(?:\bplugin|\bplugin "[^"]{1,64}" as|\bCannot [a-z]{2,12} (?:source|plugin state|(?:state|environment) file|audit log)) "(?:[^"\s]{0,64}[:/@])?$/;
const LONGEST_SUBJECT = 192;
// `permission net to "token-server:8080"`, and the flag that grants it.
const NETWORK_REGEXP =
  /(?:\b(?:net|import) (?:to )?"|--(?:allow|deny|ignore)-(?:net|import)=[^\s"']{0,500})$/;
const LONGEST_NETWORK = 512;
const HOST_PORT_REGEXP = /\d{1,5}(?![\w.-])/y;
// `io.jsonwebtoken:jjwt-jackson-0.11.2`, a package of Maven, or a host's port.
const COORDINATE_REGEXP =
  /[a-z][\w.-]{0,63}[:-]v?\d+(?:\.[\w-]+)+|\d{2,5}(?![\w.-])/y;
// The last part of `com.auth0:java-jwt:4.4.0`.
const VERSION_REGEXP = /v?\d{1,9}(?:\.\d{1,9}){1,3}(?![\w])/y;
// The tag of an image, as in `external-secrets/external-secrets:v0.9.9`.
const IMAGE_TAG_REGEXP =
  /v?\d{1,9}(?:\.\d{1,9}){1,3}(?:-[a-z]{1,12}\.?\d{0,4})?(?=[\s"'`,)\]}@]|$)/y;
// `arn:aws:secretsmanager:us-east-1:123456789012:secret:app` names a secret.
const ARN_REGEXP = /(?:^|[\s"'=(,])arn:[\w-]{1,20}:[\w:-]{1,150}:$/;
const LONGEST_ARN = 200;
// `secretKey: DB_USER`, as Kubernetes refers to it.
const VARIABLE_NAME_REGEXP = /[A-Z]{2,}(?:_[A-Z]{2,}){1,4}(?=[\s,;)\]}]|$)/y;
const PLACE_REGEXP = /\d{1,7}(?::\d{1,7})?(?!\w)/y;
const PORT_REGEXP = /^\d{1,5}(?:[^\w.]|$)/;
const SHELL_DIRECTORY_REGEXP = /^(?:OLD)?PWD$/;

function isSpace(character: string | undefined): boolean {
  return character === " " || character === "\t";
}

function isInName(code: number): boolean {
  return code > 127 || NAME_CHARACTERS[code] === 1;
}

/** Reads back from a separator to the name before it. */
function nameBefore(text: string, at: number, from: number) {
  let end = at;
  while (end > from && end > at - 8 && isSpace(text[end - 1])) end--;
  // An assignment that does more: `X ?= y`, `x += y`, `$x .= y`.
  const operator = OPERATOR_REGEXP.exec(
    text.slice(Math.max(from, end - 4), end),
  );
  end -= operator?.[0].length ?? 0;
  while (end > from && end > at - 12 && isSpace(text[end - 1])) end--;
  // A key in brackets: `settings['password'] = x`.
  if (text[end - 1] === "]" && QUOTES.includes(text[end - 2] ?? " ")) end--;
  const quote = end > from ? text[end - 1] ?? " " : " ";
  const hasQuote = QUOTES.includes(quote);
  if (hasQuote) end--;
  while (hasQuote && end > from && text[end - 1] === "\\") end--;
  let start = end;
  const limit = Math.max(from, end - LONGEST_NAME);
  while (start > limit && isInName(text.charCodeAt(start - 1))) start--;
  // Backticks mark code in prose; a name in quotes is a key of JSON or its like.
  const isQuoted = hasQuote && quote !== "`";
  return { name: text.slice(start, end), nameStart: start, isQuoted };
}

/** Whether a value after a colon names something: a package, or a variable. */
function isReference(
  text: string,
  { name, nameStart, isQuoted, start }: NamedValue,
): boolean {
  const isGlued = text[start - 1] === ":";
  if (isGlued && text[nameStart - 1] === ":") {
    const from = Math.max(0, nameStart - LONGEST_ARN);
    VERSION_REGEXP.lastIndex = start;
    return ARN_REGEXP.test(text.slice(from, nameStart)) ||
      VERSION_REGEXP.test(text);
  }
  if (name.includes(".") && isGlued) {
    COORDINATE_REGEXP.lastIndex = start;
    return COORDINATE_REGEXP.test(text);
  }
  VARIABLE_NAME_REGEXP.lastIndex = start;
  return !isQuoted && VARIABLE_NAME_REGEXP.test(text);
}

/** A sentence of this package quotes the name of a plugin, or a host with its port. */
function isNamedBefore(text: string, value: NamedValue): boolean {
  const { nameStart, isQuoted, start } = value;
  if (isQuoted) {
    const from = Math.max(0, nameStart - LONGEST_SUBJECT);
    return SUBJECT_REGEXP.test(text.slice(from, nameStart));
  }
  HOST_PORT_REGEXP.lastIndex = start;
  return HOST_PORT_REGEXP.test(text) &&
    NETWORK_REGEXP.test(
      text.slice(Math.max(0, nameStart - LONGEST_NETWORK), nameStart),
    );
}

/** Names that look like a secret's and have something else after them. */
function isOtherwise(text: string, value: NamedValue): boolean {
  const { name, nameStart, isQuoted, isColon, start } = value;
  // PWD=/home/ada is the working directory, "application/jwt" a media type,
  // and src/token.ts:12:5 a place in a file.
  if (SHELL_DIRECTORY_REGEXP.test(name)) return text[start] === "/";
  if (isColon && isNamedBefore(text, value)) return true;
  const before = text.slice(Math.max(0, nameStart - 2), nameStart);
  if (isQuoted && before.endsWith("/")) return true;
  if (isColon && before === "//") {
    // A user of a URL, whose password was seen to already, or a host with a port.
    return text.startsWith(`${REDACTED}@`, start) ||
      PORT_REGEXP.test(text.slice(start, start + 6));
  }
  if (isColon && isReference(text, value)) return true;
  if (isColon && before.endsWith("/")) {
    IMAGE_TAG_REGEXP.lastIndex = start;
    if (IMAGE_TAG_REGEXP.test(text)) return true;
  }
  PLACE_REGEXP.lastIndex = start;
  return isColon && text[start - 1] === ":" && FILE_REGEXP.test(name) &&
    PLACE_REGEXP.test(text);
}

function saysSecret(text: string, value: NamedValue): boolean {
  const { name, nameStart, start } = value;
  if (isSecretKey(name)) return !isOtherwise(text, value);
  const before = text[nameStart - 1];
  if (!value.isColon && (before === "?" || before === "&")) {
    QUERY_VALUE_REGEXP.lastIndex = start;
    return QUERY_NAME_REGEXP.test(name) && QUERY_VALUE_REGEXP.test(text);
  }
  if (!isSpace(before) || !PHRASE_END_REGEXP.test(name)) return false;
  const word = WORD_BEFORE_REGEXP.exec(
    text.slice(Math.max(0, nameStart - 33), nameStart),
  );
  return word !== null && isSecretKey(`${word[0]}_${name}`);
}

/**
 * Masks values whose name, standing before them in the text, says that they are
 * secrets: in queries, headers, connection strings, JSON, YAML, shell exports.
 *
 * @param text The text.
 * @returns The text without them.
 */
export function maskAssignments(text: string): string {
  const spans: Span[] = [];
  let from = 0;
  SEPARATOR_REGEXP.lastIndex = 0;
  for (
    let found = SEPARATOR_REGEXP.exec(text);
    found !== null;
    found = SEPARATOR_REGEXP.exec(text)
  ) {
    const at = found.index;
    const { name, nameStart, isQuoted } = nameBefore(text, at, from);
    AFTER_SEPARATOR_REGEXP.lastIndex = at + 1;
    AFTER_SEPARATOR_REGEXP.exec(text);
    const start = AFTER_SEPARATOR_REGEXP.lastIndex;
    SEPARATOR_REGEXP.lastIndex = start;
    if (name === "") continue;
    const isColon = text[at] === ":" && !/[=>]/.test(text[at + 1] ?? "");
    const value: NamedValue = { name, nameStart, isQuoted, isColon, start };
    if (!saysSecret(text, value)) continue;
    const { secret, next } = findSecretValue(text, value);
    if (secret !== undefined) spans.push(secret);
    SEPARATOR_REGEXP.lastIndex = next;
    from = next;
  }
  return maskSpans(text, spans);
}

const FLAG_REGEXP =
  /(?<![\w-])(--?)([A-Za-z][\w-]{1,63})([ \t]{1,8}["']?)([^\s"'<>|;&-][^\s"']*)/g;
const USER_FLAG_REGEXP =
  /(?<![\w-])((?:-u|--user|--proxy-user)[ \t=]{0,8}["']?[^\s:"'=]{1,128}:)(?!\/\/)([^\s"']{1,})/g;
const SQL_REGEXP = /\b(identified by|password)(\s{1,8}["'])([^"']{1,})/gi;
const NETRC_REGEXP = /\b(login\s{1,8}\S{1,128}\s{1,8}password\s{1,8})(\S{1,})/g;
// `aws configure set aws_secret_access_key x`, `npm config set //host/:_authToken x`.
const CONFIG_SET_REGEXP =
  /(\bconfig(?:ure)? set [^\s"']{0,128}?([A-Za-z_][\w.-]{0,63})[ \t=]{1,4}["']?)([^\s"'-][^\s"']*)/g;
// `<add key="Password" value="x" />` of .NET, `<property name=… value=…>` of Java.
const ATTRIBUTES_REGEXP =
  /(<[A-Za-z][\w.:-]{0,63}[ \t][^<>]{0,200}?\b(?:key|name|id)[ \t]{0,4}=[ \t]{0,4}["']([^"'<>]{1,96})["'][^<>]{0,200}?\bvalue[ \t]{0,4}=[ \t]{0,4}["'])([^"'<>]+)(?=["'])/g;
const ELEMENT_REGEXP = /<([A-Za-z][\w.:-]{0,63})>([^<]{1,})(?=<\/)/g;

/**
 * Masks values of command line flags (`--password x`, `-u user:x`), of SQL
 * (`IDENTIFIED BY 'x'`), of netrc and of XML elements.
 *
 * @param text The text.
 * @returns The text without them.
 */
export function maskStatements(text: string): string {
  let masked = text;
  if (masked.includes("-")) {
    masked = masked.replace(
      FLAG_REGEXP,
      (
        whole: string,
        dashes: string,
        name: string,
        space: string,
        value: string,
      ) =>
        isSecretKey(name) && !isPlaceholder(value)
          ? `${dashes}${name}${space}${REDACTED}`
          : whole,
    ).replace(
      USER_FLAG_REGEXP,
      (whole: string, user: string, value: string) =>
        // `docker run -u 1000:1000` names a user and a group.
        /[ \t=]["']?\d+:$/.test(user) && /^\d+$/.test(value)
          ? whole
          : `${user}${REDACTED}`,
    );
  }
  if (masked.includes("</")) {
    masked = masked.replace(
      ELEMENT_REGEXP,
      (whole: string, name: string, value: string) =>
        isSecretKey(name) && !isPlaceholder(value.trim())
          ? `<${name}>${REDACTED}`
          : whole,
    );
  }
  if (masked.includes(" set ")) {
    masked = masked.replace(
      CONFIG_SET_REGEXP,
      (whole: string, before: string, name: string, value: string) =>
        isSecretKey(name) && !isPlaceholder(value)
          ? `${before}${REDACTED}`
          : whole,
    );
  }
  if (masked.includes("=") && masked.includes("<")) {
    masked = masked.replace(
      ATTRIBUTES_REGEXP,
      (whole: string, before: string, name: string, value: string) =>
        isSecretKey(name) && !isPlaceholder(value)
          ? `${before}${REDACTED}`
          : whole,
    );
  }
  if (!/password|identified by/i.test(masked)) return masked;
  return masked.replace(SQL_REGEXP, `$1$2${REDACTED}`)
    .replace(NETRC_REGEXP, `$1${REDACTED}`);
}
