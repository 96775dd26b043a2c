/**
 * The names of the events that plugins write.
 *
 * @module
 */

const CUSTOM = "plugin.custom.";

/** The first words of the host's own actions, and those of the audit trail. */
const RESERVED = ["plugin", "host", "switch", "permission", "audit"];

// What a reader or a font may take for another letter.
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  i: "1l|!",
  l: "1i|!",
  o: "0",
  s: "5$",
};

const INVISIBLE_REGEXP = /[\p{M}\p{C}\p{Default_Ignorable_Code_Point}]/gu;
const FIRST_WORD_REGEXP = /^[^\p{L}\p{N}$|!]*([\p{L}\p{N}_$|!-]+)[^]/u;

// An event shows no more of its action.
const LONGEST_SHOWN = 2_048;

function looksLike(word: string, reserved: string): boolean {
  const letters = [...word];
  if (letters.length !== reserved.length) return false;
  let same = 0;
  for (const [at, letter] of letters.entries()) {
    const wanted = reserved.charAt(at);
    if (letter === wanted) same++;
    // Beside letters of the word, one of another alphabet is a disguise.
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
 * Names the event that a plugin writes. No plugin writes an event of the host:
 * under such a name, or one that reads like it, the event is one of
 * `plugin.custom`.
 *
 * @param action What the plugin calls it; it need not be typed.
 * @returns The action to record.
 */
export function pluginAction(action: unknown): string {
  const name = nameOf(action);
  return name.startsWith(CUSTOM) || !isReserved(name) ? name : CUSTOM + name;
}
