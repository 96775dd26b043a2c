/**
 * The forms of a host's own tokens.
 *
 * @module
 */

import { PluginError } from "../base/errors.ts";
import { quote } from "../base/text.ts";
import { REDACTED } from "./redaction.ts";

/** The form of tokens that a host issues or uses. */
export interface SecretForm {
  /** The name of the form, for messages. */
  readonly name: string;
  /** The beginnings of such a token, each of at least three characters. */
  readonly prefixes: readonly string[];
  /**
   * The rest of a token, as the source of a regular expression, such as
   * `[A-Za-z0-9]{32}`. It must not match the empty text, and must take time in
   * step with the text.
   */
  readonly body: string;
}

/** The option `redact`, which makes a host's own forms known. */
export interface RedactOptions {
  /**
   * The forms of tokens to redact besides those that are known.
   *
   * @default {[]}
   */
  readonly forms?: readonly SecretForm[];
}

const SHORTEST_PREFIX = 3;
const SPECIAL_REGEXP = /[.*+?^${}()|[\]\\/-]/g;

function invalid(place: string, fault: string, remedy: string): PluginError {
  return new PluginError(`Cannot use option "${place}": it ${fault}`, {
    code: "PLUGIN_OPTION_INVALID",
    remedy,
  });
}

function sourceOf({ prefixes, body }: SecretForm, place: string): string {
  if (
    !Array.isArray(prefixes) || prefixes.length === 0 ||
    prefixes.some((one) =>
      typeof one !== "string" || one.length < SHORTEST_PREFIX
    )
  ) {
    throw invalid(
      `${place}.prefixes`,
      `is not a list of texts of at least ${SHORTEST_PREFIX} characters`,
      'Write the beginnings of the tokens, as in ["acme_live_"]',
    );
  }
  const remedy =
    "Write the source of a regular expression, such as [A-Za-z0-9]{32}";
  if (typeof body !== "string" || body === "") {
    throw invalid(`${place}.body`, "is empty", remedy);
  }
  try {
    if (new RegExp(`^(?:${body})$`).test("")) {
      throw invalid(`${place}.body`, "matches the empty text", remedy);
    }
  } catch (thrown) {
    if (thrown instanceof PluginError) throw thrown;
    throw invalid(
      `${place}.body`,
      `is not a regular expression: ${quote(body.slice(0, 80))}`,
      remedy,
    );
  }
  const literal = prefixes
    .map((prefix) => prefix.replaceAll(SPECIAL_REGEXP, "\\$&")).join("|");
  return `(?:${literal})(?:${body})`;
}

/**
 * Makes a mask for a host's own forms.
 *
 * @param options The forms.
 * @returns Replaces each token of these forms by `[REDACTED]`; `undefined` if
 * there is no form.
 * @throws {PluginError} `PLUGIN_OPTION_INVALID` when a form cannot be used.
 */
export function createFormsMask(
  { forms = [] }: RedactOptions,
): ((text: string) => string) | undefined {
  if (!Array.isArray(forms)) {
    throw invalid("redact.forms", "is not a list", "Give a list of forms");
  }
  const sources = forms.map((form, index) =>
    sourceOf(form, `redact.forms[${index}]`)
  );
  if (sources.length === 0) return undefined;
  const regexp = new RegExp(`(?<![A-Za-z0-9])(?:${sources.join("|")})`, "g");
  return (text) => text.replace(regexp, REDACTED);
}
