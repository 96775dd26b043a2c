/**
 * Secrets that follow their name with no `=` or `:` between.
 *
 * @module
 */

import { isSecretKey } from "./is_secret_key.ts";
import { isPlaceholder, REDACTED } from "./redacted.ts";

const FLAG_REGEXP =
  /(?<![\w-])--([A-Za-z][\w-]{1,63})([ \t]{1,8}["']?)([^\s"'-][^\s"']*)/g;
const USER_FLAG_REGEXP =
  /(?<![\w-])((?:-u|--user|--proxy-user)[ \t=]{0,8}["']?[^\s:"'=]{1,128}:)(?!\/\/)([^\s"']{1,})/g;
const SQL_REGEXP = /\b(identified by|password)(\s{1,8}["'])([^"']{1,})/gi;
const NETRC_REGEXP = /\b(login\s{1,8}\S{1,128}\s{1,8}password\s{1,8})(\S{1,})/g;
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
      (whole: string, name: string, space: string, value: string) =>
        isSecretKey(name) && !isPlaceholder(value)
          ? `--${name}${space}${REDACTED}`
          : whole,
    ).replace(USER_FLAG_REGEXP, `$1${REDACTED}`);
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
  if (!/password|identified by/i.test(masked)) return masked;
  return masked.replace(SQL_REGEXP, `$1$2${REDACTED}`)
    .replace(NETRC_REGEXP, `$1${REDACTED}`);
}
