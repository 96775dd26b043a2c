/**
 * Secrets that have no form but their length and their chance.
 *
 * @module
 */

import { REDACTED } from "./redacted.ts";

const LENGTH = 40;
const FORTY_REGEXP = /(?<![\w+/-])[A-Za-z0-9+/]{40}(?![\w+/=-])/g;
const AZURE_REGEXP = /(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}/g;
const BOT_REGEXP = /(?<![A-Za-z0-9])(?:bot)?\d{6,12}:[\w-]{30,}/g;
const BOT_HINT_REGEXP = /\d:[\w-]{30}/;
const REGION_REGEXP = /(?<![A-Za-z0-9])[0-9a-f]{32}-us\d{1,2}/g;
const LETTERS_REGEXP = /[a-z].*[A-Z]|[A-Z].*[a-z]/;
const DIGIT_REGEXP = /\d/;
const CHANGE_REGEXP =
  /(?<=[a-z])[^a-z]|(?<=[A-Z])[^A-Z]|(?<=\d)\D|(?<=[+/])[^+/]/g;
const SLASH_REGEXP = /[+/]/g;
const MOST_SLASHES = 4;
const FEWEST_CHANGES = 14;

function countOf(text: string, regexp: RegExp): number {
  return text.match(regexp)?.length ?? 0;
}

/** A path has many slashes, a hash no capitals, a name few changes of kind. */
function isOfChance(text: string): boolean {
  return LETTERS_REGEXP.test(text) && DIGIT_REGEXP.test(text) &&
    countOf(text, SLASH_REGEXP) <= MOST_SLASHES &&
    countOf(text, CHANGE_REGEXP) >= FEWEST_CHANGES;
}

/**
 * Masks the secret half of an AWS key, which is forty characters of chance, and
 * the secrets of Azure, Telegram and Mailchimp, which are known by their middle or end.
 *
 * @param text The text.
 * @returns The text without them.
 */
export function maskChance(text: string): string {
  if (text.length < 35) return text;
  let masked = text;
  if (text.length >= LENGTH) {
    masked = masked.replace(
      FORTY_REGEXP,
      (run) => isOfChance(run) ? REDACTED : run,
    );
  }
  if (text.includes("Q~")) masked = masked.replace(AZURE_REGEXP, REDACTED);
  if (BOT_HINT_REGEXP.test(text)) masked = masked.replace(BOT_REGEXP, REDACTED);
  if (text.includes("-us")) masked = masked.replace(REGION_REGEXP, REDACTED);
  return masked;
}
