/** Names the audit events that plugins write. */

const CUSTOM = "plugin.custom.";

/** The first words of the actions of the host and of the audit trail. */
const RESERVED = ["plugin", "host", "switch", "permission", "audit"];

// Characters that readers may confuse with a letter.
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  i: "1l|!",
  l: "1i|!",
  o: "0",
  s: "5$",
};

const INVISIBLE_REGEXP = /[\p{M}\p{C}\p{Default_Ignorable_Code_Point}]/gu;
const FIRST_WORD_REGEXP = /^[^\p{L}\p{N}$|!]*([\p{L}\p{N}_$|!-]+)[^]/u;

/** An event shows no more of its action. */
const LONGEST_SHOWN = 2_048;

function looksLike(word: string, reserved: string): boolean {
  const letters = [...word];
  if (letters.length !== reserved.length) return false;
  let same = 0;
  for (const [at, letter] of letters.entries()) {
    const wanted = reserved.charAt(at);
    if (letter === wanted) same++;
    // Among letters of the word, one of another alphabet is a disguise.
    else if (letter <= "\u007f" && !LOOK_ALIKES[wanted]?.includes(letter)) {
      return false;
    }
  }
  return same > 0;
}

function isReserved(action: string): boolean {
  const shown = action.slice(0, LONGEST_SHOWN).normalize("NFKD")
    .replace(INVISIBLE_REGEXP, "").toLowerCase();
  const word = FIRST_WORD_REGEXP.exec(shown)?.[1];
  return word !== undefined && RESERVED.some((one) => looksLike(word, one));
}

function nameOf(action: unknown): string {
  try {
    return String(action);
  } catch {
    return "an action that cannot be shown";
  }
}

/**
 * Returns the action to record for an event of a plugin. A name that is reserved
 * for the host, or looks like one, gets the prefix `plugin.custom`.
 */
export function pluginAction(action: unknown): string {
  const name = nameOf(action);
  return name.startsWith(CUSTOM) || !isReserved(name) ? name : CUSTOM + name;
}
