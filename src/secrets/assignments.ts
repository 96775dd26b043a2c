/** Secrets that a text assigns to a name. */

import { isPlaceholder, maskSpans, REDACTED, type Span } from "./redaction.ts";
import { isSecretKey } from "./secret_names.ts";

/** Commands and the letter of their secret flag, from their manual pages. */
const COMMANDS: readonly (readonly [commands: string, flag: string])[] = [
  ["sshpass", "p"],
  ["redis-cli|valkey-cli", "a"],
  ["mongo|mongosh|mongodump|mongorestore|mongoexport|mongoimport", "p"],
  ["docker|podman|buildah|skopeo|nerdctl|helm|oras|crane", "p"],
  ["ldapsearch|ldapadd|ldapmodify|ldapdelete|ldapwhoami|ldappasswd", "w"],
  ["sqlcmd|bcp|isql", "P"],
  ["rabbitmqadmin|clickhouse-client|cqlsh|az|oc", "p"],
  ["zip|unzip", "P"],
  ["openssl", "(?:k|K)"],
  ["expect-ssh|plink|pscp|psftp", "pw"],
  ["snmpget|snmpwalk|snmpset|snmpbulkwalk", "[AX]"],
  ["vncviewer|xfreerdp|rdesktop", "p"],
];

// The flag belongs to the command: no line break and no other command in between.
const WITHIN = "[^\\n|;&]{0,300}?[ \\t]-";
const VALUE = "([ \\t]{1,4}[\"']?)([^\\s\"'|;&<>-][^\\s\"'|;&<>]*)";

// `docker run -p 80:80` and `helm -p` take no password.
const LOGIN_REGEXP = /[ \t]login[ \t]/;
const NEEDS_LOGIN_REGEXP =
  /^(?:docker|podman|buildah|skopeo|nerdctl|helm|oras|crane|az|oc)$/;

let commandRegexp: RegExp | undefined;

function createCommandRegexp(): RegExp {
  const alternatives = COMMANDS.map(([commands, flag]) =>
    `(?:${commands})(?=[ \\t])${WITHIN}(?:${flag})`
  );
  return new RegExp(
    `(?<![\\w-])(${alternatives.join("|")})${VALUE}`,
    "g",
  );
}

// MySQL and archivers: the value follows the letter immediately.
const MYSQL_REGEXP =
  /(?<![\w-])((?:mysql|mysqldump|mysqladmin|mysqlimport|mariadb|mariadb-dump|7z|7za|7zz|rar|unrar)(?=[ \t])[^\n|;&]{0,300}?[ \t]-p["']?)([^\s"'|;&<>-][^\s"'|;&<>]*)/g;
const SMB_REGEXP =
  /(?<![\w-])((?:smbclient|rpcclient|smbmap)(?=[ \t])[^\n|;&]{0,300}?[ \t]-U[ \t]{0,4}["']?[^\s"'%]{1,64}%)([^\s"'|;&<>]+)/g;
const HTPASSWD_REGEXP =
  /(?<![\w-])(htpasswd[ \t]{1,4}(?:-[A-Za-z]{1,8}[ \t]{1,4}){0,4}-[A-Za-z]{0,8}b[A-Za-z]{0,8}(?:[ \t]{1,4}-[A-Za-z]{1,8}){0,4}[ \t]{1,4}\S{1,200}[ \t]{1,4}\S{1,64}[ \t]{1,4}["']?)([^\s"'|;&<>]+)/g;

// Text that is piped to a command which reads a secret.
const HERE_STRING_REGEXP =
  /((?:--with-token|--password-stdin|--token-stdin|[ \t]login)[^\n|;&<]{0,100}<<<[ \t]{0,4}["']?)([^\s"'|;&<>]+)/g;
const PIPED_REGEXP =
  /(?<![\w-])((?:echo|printf)[ \t]{1,4}(?:-[neE]{1,3}[ \t]{1,4})?(?:["']?%s(?:\\n)?["']?[ \t]{1,4})?["']?)([^\s"'|;&<>$]+)(?=["']?[ \t]{0,4}\|[ \t]{0,4}[^\n|;&]{0,200}(?:--password-stdin|--with-token|--token-stdin|--passphrase-fd|sudo[ \t]{1,4}-S))/g;

/** Masks the values of secret one-letter flags, and secrets piped to a command. */
export function maskCommands(text: string): string {
  commandRegexp ??= createCommandRegexp();
  const masked = text.replace(
    commandRegexp,
    (whole: string, before: string, space: string, value: string) => {
      const command = /^[\w-]+/.exec(before)?.[0] ?? "";
      const isOther = isPlaceholder(value) ||
        (NEEDS_LOGIN_REGEXP.test(command) && !LOGIN_REGEXP.test(before));
      return isOther ? whole : `${before}${space}${REDACTED}`;
    },
  );
  return [
    MYSQL_REGEXP,
    SMB_REGEXP,
    HTPASSWD_REGEXP,
    HERE_STRING_REGEXP,
    PIPED_REGEXP,
  ].reduce(
    (left, regexp) =>
      left.replace(
        regexp,
        (whole: string, before: string, value: string) =>
          isPlaceholder(value) ? whole : `${before}${REDACTED}`,
      ),
    masked,
  );
}

// Each has a name and, after it, a value.
const NAMED_VALUES: readonly (readonly [hint: string, pattern: RegExp])[] = [
  [ // `--password x`
    "-",
    /(?<![\w-])(--?([A-Za-z][\w-]{1,63})[ \t]{1,8}["']?)([^\s"'<>|;&-][^\s"']*)/g,
  ],
  [ // `<password>x</password>`
    "</",
    /(<([A-Za-z][\w.:-]{0,63})>)([^<]{1,})(?=<\/)/g,
  ],
  [ // `aws configure set aws_secret_access_key x`, `npm config set //host/:_authToken x`
    " set ",
    /(\bconfig(?:ure)? set [^\s"']{0,128}?([A-Za-z_][\w.-]{0,63})[ \t=]{1,4}["']?)([^\s"'-][^\s"']*)/g,
  ],
  [ // `<add key="Password" value="x" />` of .NET, `<property name=… value=…>` of Java
    "<",
    /(<[A-Za-z][\w.:-]{0,63}[ \t][^<>]{0,200}?\b(?:key|name|id)[ \t]{0,4}=[ \t]{0,4}["']([^"'<>]{1,96})["'][^<>]{0,200}?\bvalue[ \t]{0,4}=[ \t]{0,4}["'])([^"'<>]+)(?=["'])/g,
  ],
];

const USER_FLAG_REGEXP =
  /(?<![\w-])((?:-u|--user|--proxy-user)[ \t=]{0,8}["']?[^\s:"'=]{1,128}:)(?!\/\/)([^\s"']{1,})/g;
const SQL_REGEXP = /\b(identified by|password)(\s{1,8}["'])([^"']{1,})/gi;
const NETRC_REGEXP = /\b(login\s{1,8}\S{1,128}\s{1,8}password\s{1,8})(\S{1,})/g;

/** Masks values of command line flags, SQL (`IDENTIFIED BY`), netrc files and XML. */
export function maskStatements(text: string): string {
  let masked = text;
  if (masked.includes("-")) {
    masked = masked.replace(
      USER_FLAG_REGEXP,
      (whole: string, user: string, value: string) =>
        // `docker run -u 1000:1000` names a user and a group.
        /[ \t=]["']?\d+:$/.test(user) && /^\d+$/.test(value)
          ? whole
          : user + REDACTED,
    );
  }
  for (const [hint, pattern] of NAMED_VALUES) {
    if (!masked.includes(hint)) continue;
    masked = masked.replace(
      pattern,
      (whole: string, before: string, name: string, value: string) =>
        isSecretKey(name) && !isPlaceholder(value.trim())
          ? before + REDACTED
          : whole,
    );
  }
  if (!/password|identified by/i.test(masked)) return masked;
  return masked.replace(SQL_REGEXP, `$1$2${REDACTED}`)
    .replace(NETRC_REGEXP, `$1${REDACTED}`);
}

/** A value in a text, and the name before it. */
export type NamedValue = Readonly<{
  name: string;
  /** The name is in quotes, as in JSON. */
  isQuoted: boolean;
  /** A colon alone follows the name, as in YAML, headers and prose. */
  isColon: boolean;
  nameStart: number;
  /** The beginning of the value. */
  start: number;
}>;

const OPENING_REGEXP = /\\{0,8}["'`]/y;
const QUOTE_REGEXP = /["'`]/;
// The second quote of `"Your password: ", x` ends a text, and begins no value.
const CLOSING_REGEXP = /["'`][ \t]{0,4}(?:[,)\]};\r\n]|$)/y;
const EMPTY_REGEXP = /[[{]\s{0,8}[\]}]/y;
const LINE_STOP_REGEXP = /[\r\n"'`]|\\[nr]/g;
const STOP_REGEXP = /[\s"'`<>,;&\\]/g;
// After a separator: another name and its value.
const NEXT_NAME_REGEXP =
  /[,;&]\s{0,4}(?:$|[\w.%[\]-]{1,64}(?: [\w.]{1,32}){0,3}\s{0,2}[=:]|["'\s])/y;
const CONNECTION_REGEXP =
  /[^;=\r\n"'`]{1,256};\s{0,4}(?:[\w-]{1,32}(?: [\w-]{1,32}){0,3}\s{0,2}=|$)/y;
const MASKED_REGEXP = /^\[REDACTED\][).,:!?\]}]{0,8}$/;
const TRAILING_REGEXP = /[).,:!?\]}]{1,8}$/;

const HEADER_NAME_REGEXP = /authorization$|cookie2?$/i;
const PHRASE_NAME_REGEXP = /phrase$|mnemonic$/i;
const SCHEME_REGEXP =
  /(?:apikey|aws4-hmac-sha256|basic|bearer|digest|dpop|hawk|jwt|key|negotiate|ntlm|oauth|signature|token)[ \t]{1,8}(?=[^\s"'`])/iy;

const NO_VALUE_REGEXP =
  /^(?:null|undefined|none|nil|true|false|empty|unset|missing|required|optional|invalid|incorrect|wrong|expired|revoked|denied|failed|error|ok|yes|no|not|is|was|string|number|boolean|unknown|any|object|name|include|omit|same-origin|hidden|masked|redacted|\[object)[;,.)]{0,2}$/i;
const PLAIN_WORD_REGEXP = /^(?:[A-Z]?[a-z']{1,15}|[A-Z]{1,15})[,.;:!?)]{0,2}$/;
const WORD_FOLLOWS_REGEXP = /[ \t]{1,4}[A-Za-z(]/y;
const ASCII_LETTER_OR_DIGIT_REGEXP = /[A-Za-z\d]/;

function endOf(regexp: RegExp, text: string, from: number): number {
  regexp.lastIndex = from;
  return regexp.exec(text)?.index ?? text.length;
}

function matchesAt(regexp: RegExp, text: string, at: number): boolean {
  regexp.lastIndex = at;
  return regexp.test(text);
}

function textBefore(text: string, place: number, length: number): string {
  return text.slice(Math.max(0, place - length), place);
}

function endOfQuoted(text: string, start: number, quote: string): number {
  const isEscaped = quote.length > 1;
  for (let at = start;;) {
    const found = text.indexOf(quote, at);
    if (found === -1) return text.length;
    let slashes = 0;
    while (found - slashes > start && text[found - slashes - 1] === "\\") {
      slashes++;
    }
    if (isEscaped ? slashes === 0 : slashes % 2 === 0) return found;
    at = found + quote.length;
  }
}

function endOfBracket(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at] ?? "";
    if (character === '"') at = endOfQuoted(text, at + 1, '"');
    else if ("[{(".includes(character)) depth++;
    else if ("]})".includes(character) && --depth === 0) return at + 1;
  }
  return text.length;
}

/** In `Password=two words;Server=x` neither a space nor a comma ends the value. */
function isInConnectionString(text: string, value: NamedValue): boolean {
  if (value.isColon) return false;
  return /;\s{0,4}$/.test(textBefore(text, value.nameStart, 5)) ||
    matchesAt(CONNECTION_REGEXP, text, value.start);
}

function endOfBare(text: string, start: number, isConnection: boolean): number {
  for (let at = start;;) {
    const end = endOf(STOP_REGEXP, text, at);
    if (end === text.length) return end;
    const character = text[end] ?? "";
    const goesOn = character === "\\"
      ? !"nr\"'`".includes(text[end + 1] ?? "n")
      : character === ";" || (",&".includes(character) && !isConnection)
      ? !matchesAt(NEXT_NAME_REGEXP, text, end)
      : isConnection && ", \t&".includes(character);
    if (!goesOn) return end;
    at = end + 1;
  }
}

/** The value of a header ends with its line, or with its quotes. */
function endOfLine(text: string, start: number): number {
  for (let at = start;;) {
    const end = endOf(LINE_STOP_REGEXP, text, at);
    const character = text[end] ?? "";
    if (!QUOTE_REGEXP.test(character) || text[end - 1] !== "=") return end;
    at = endOfQuoted(text, end + 1, character) + 1;
    if (at > text.length) return text.length;
  }
}

function hasLetterOrDigit(word: string): boolean {
  return ASCII_LETTER_OR_DIGIT_REGEXP.test(word) || /[\p{L}\p{N}]/u.test(word);
}

function isProse(text: string, word: string, end: number): boolean {
  if (!hasLetterOrDigit(word) || NO_VALUE_REGEXP.test(word)) {
    return true;
  }
  return PLAIN_WORD_REGEXP.test(word) &&
    matchesAt(WORD_FOLLOWS_REGEXP, text, end);
}

/** "Authorization: denied for bob" is prose, "Authorization: Custom 4f5e" is not. */
function isProseLine(text: string, start: number): boolean {
  const end = endOfBare(text, start, false);
  if (!isProse(text, text.slice(start, end), end)) return false;
  const next = endOfBare(text, end + 1, false);
  const word = text.slice(end + 1, next);
  return word === "" || PLAIN_WORD_REGEXP.test(word);
}

export type FoundValue = Readonly<{
  /** The part to mask; `undefined` if nothing is secret. */
  secret: Span | undefined;
  /** The next name can begin here. */
  next: number;
}>;

function found(text: string, start: number, end: number): FoundValue {
  if (end <= start) return { secret: undefined, next: start };
  // A placeholder is short: a longer value is not copied.
  const isNothing = end - start < 100 && isPlaceholder(text.slice(start, end));
  return { secret: isNothing ? undefined : { start, end }, next: end };
}

function findBare(text: string, value: NamedValue): FoundValue {
  const { start, isColon, isQuoted } = value;
  const end = endOfBare(text, start, isInConnectionString(text, value));
  const word = text.slice(start, end);
  const isNothing = isPlaceholder(word) || MASKED_REGEXP.test(word) ||
    (isColon && !isQuoted
      ? isProse(text, word, end)
      : NO_VALUE_REGEXP.test(word));
  if (isNothing) return { secret: undefined, next: end };
  const trailing = TRAILING_REGEXP.exec(word.slice(-8))?.[0].length ?? 0;
  return found(text, start, end - trailing);
}

function findSecretValue(text: string, value: NamedValue): FoundValue {
  const { name, isColon, isQuoted } = value;
  OPENING_REGEXP.lastIndex = value.start;
  const quote = OPENING_REGEXP.exec(text)?.[0];
  const opened = value.start + (quote?.length ?? 0);
  const isHeader = HEADER_NAME_REGEXP.test(name);
  const hasScheme = isHeader && matchesAt(SCHEME_REGEXP, text, opened);
  const start = hasScheme ? SCHEME_REGEXP.lastIndex : opened;
  if (!isQuoted && matchesAt(CLOSING_REGEXP, text, value.start)) {
    return { secret: undefined, next: opened };
  }
  if (quote !== undefined) {
    return found(text, start, endOfQuoted(text, start, quote));
  }
  if (matchesAt(EMPTY_REGEXP, text, start)) {
    return { secret: undefined, next: EMPTY_REGEXP.lastIndex };
  }
  const isMasked = text.startsWith(REDACTED, start);
  if (/[[{]/.test(text[start] ?? "") && !isMasked) {
    return found(text, start, endOfBracket(text, start));
  }
  if (isColon && !isQuoted && (isHeader || PHRASE_NAME_REGEXP.test(name))) {
    const isPlain = !hasScheme && isHeader && isProseLine(text, start);
    return isPlain
      ? { secret: undefined, next: start }
      : found(text, start, endOfLine(text, start));
  }
  return findBare(text, { ...value, start });
}

/** For each ASCII code, 1 if the character is in the set. */
type AsciiSet = Uint8Array;

const LETTERS_AND_DIGITS =
  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

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

// "API key: x", "Access Key: x": the last word alone is ambiguous.
const PHRASE_END_REGEXP = /^(?:keys?|string|code|phrase|header|url|id)$/i;
const WORD_BEFORE_REGEXP = /[A-Za-z][\w-]{0,31}(?=[ \t]$)/;

// Only in a query, with a long value: `?sig=` of a signed address.
const QUERY_NAME_REGEXP = /^(?:sig|signature|code|key)$/i;
const QUERY_VALUE_REGEXP = /[^&\s"'<>#]{16}/y;

const FILE_REGEXP =
  /\.(?:[cm]?[jt]sx?|json|py|rb|rs|go|java|kt|cs|cpp|php|sh|vue|html|css|md)$/;
// Messages of this package quote names: `Cannot set up plugin
// "token-counter": …`, `Cannot read source "npm:jwt-tools": …`.
const SUBJECT_REGEXP =
  /(?:\bplugin|\bplugin "[^"]{1,64}" as|\bCannot [a-z]{2,12} (?:source|plugin state|(?:state|environment) file|audit log)) "(?:[^"\s]{0,64}[:/@])?$/;
const LONGEST_SUBJECT = 192;
// `permission net to "token-server:8080"`, and its flag.
const NETWORK_REGEXP =
  /(?:\b(?:net|import) (?:to )?"|--(?:allow|deny|ignore)-(?:net|import)=[^\s"']{0,500})$/;
const LONGEST_NETWORK = 512;
const HOST_PORT_REGEXP = /\d{1,5}(?![\w.-])/y;
// `io.jsonwebtoken:jjwt-jackson-0.11.2`, a package of Maven, or the port of a host.
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

function nameBefore(text: string, at: number, from: number) {
  let end = at;
  while (end > from && end > at - 8 && isSpace(text[end - 1])) end--;
  // Other assignments: `X ?= y`, `x += y`, `$x .= y`.
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
  // Backticks mark code in prose; other quotes a key, as in JSON.
  const isQuoted = hasQuote && quote !== "`";
  return { name: text.slice(start, end), nameStart: start, isQuoted };
}

function isReference(
  text: string,
  { name, nameStart, isQuoted, start }: NamedValue,
): boolean {
  const isGlued = text[start - 1] === ":";
  if (isGlued && text[nameStart - 1] === ":") {
    return ARN_REGEXP.test(textBefore(text, nameStart, LONGEST_ARN)) ||
      matchesAt(VERSION_REGEXP, text, start);
  }
  if (name.includes(".") && isGlued) {
    return matchesAt(COORDINATE_REGEXP, text, start);
  }
  return !isQuoted && matchesAt(VARIABLE_NAME_REGEXP, text, start);
}

/** Returns `true` in a message of this package about a plugin, or a host with a port. */
function isNamedBefore(text: string, value: NamedValue): boolean {
  const { nameStart, isQuoted, start } = value;
  if (isQuoted) {
    return SUBJECT_REGEXP.test(textBefore(text, nameStart, LONGEST_SUBJECT));
  }
  return matchesAt(HOST_PORT_REGEXP, text, start) &&
    NETWORK_REGEXP.test(textBefore(text, nameStart, LONGEST_NETWORK));
}

function isNoSecret(text: string, value: NamedValue): boolean {
  const { name, nameStart, isQuoted, isColon, start } = value;
  // PWD=/home/ada is the working directory, "application/jwt" a media type,
  // src/token.ts:12:5 a place in a file.
  if (SHELL_DIRECTORY_REGEXP.test(name)) return text[start] === "/";
  const before = textBefore(text, nameStart, 2);
  if (isQuoted && before.endsWith("/")) return true;
  if (!isColon) return false;
  if (isNamedBefore(text, value)) return true;
  if (before === "//") {
    // The user of a URL whose password is masked already, or a host with a port.
    return text.startsWith(`${REDACTED}@`, start) ||
      PORT_REGEXP.test(text.slice(start, start + 6));
  }
  return isReference(text, value) ||
    (before.endsWith("/") && matchesAt(IMAGE_TAG_REGEXP, text, start)) ||
    (text[start - 1] === ":" && FILE_REGEXP.test(name) &&
      matchesAt(PLACE_REGEXP, text, start));
}

function looksSecret(text: string, value: NamedValue): boolean {
  const { name, nameStart, start } = value;
  if (isSecretKey(name)) return !isNoSecret(text, value);
  const before = text[nameStart - 1];
  if (!value.isColon && (before === "?" || before === "&")) {
    return QUERY_NAME_REGEXP.test(name) &&
      matchesAt(QUERY_VALUE_REGEXP, text, start);
  }
  if (!isSpace(before) || !PHRASE_END_REGEXP.test(name)) return false;
  const word = WORD_BEFORE_REGEXP.exec(textBefore(text, nameStart, 33));
  return word !== null && isSecretKey(`${word[0]}_${name}`);
}

/** Masks values after the name of a secret: queries, headers, JSON, YAML, exports. */
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
    if (!looksSecret(text, value)) continue;
    const { secret, next } = findSecretValue(text, value);
    if (secret !== undefined) spans.push(secret);
    SEPARATOR_REGEXP.lastIndex = next;
    from = next;
  }
  return maskSpans(text, spans);
}
