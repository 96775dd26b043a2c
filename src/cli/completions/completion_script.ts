import { script } from "@bomb.sh/tab";
import { quote } from "../../base/text.ts";
import type { Shell } from "./shells.ts";

/** The library prints its scripts, and returns none. */
function printed(print: () => void): string {
  const target = globalThis.console;
  const { log } = target;
  let text = "";
  target.log = (line: string) => text += `${line}\n`;
  try {
    print();
  } finally {
    target.log = log;
  }
  return text;
}

/**
 * Lets the script work without the package bash-completion, run twice, complete
 * the names of files and values after `=`, and evaluate no word of the line.
 */
const BASH_CHANGES: readonly (readonly [from: string | RegExp, to: string])[] =
  [
    [/^readonly /gm, ""],
    [
      '_get_comp_words_by_ref -n "=:" cur prev words cword',
      'read -ra words <<< "${COMP_LINE:0:COMP_POINT}"\n' +
      '    cur=""\n' +
      '    [[ "${COMP_LINE:0:COMP_POINT}" == *[[:space:]] ]] || cur=${words[${#words[@]}-1]}',
    ],
    [
      /requestComp="(\S+) complete -- \$\{words\[@\]:1\}"/,
      'requestComp=($1 complete -- "${words[@]:1}")',
    ],
    [
      `requestComp="$requestComp ''"`,
      'requestComp+=("")',
    ],
    [
      '$(eval "$requestComp" 2>/dev/null)',
      '$("${requestComp[@]}" 2>/dev/null)',
    ],
    [
      "# Return completions\n",
      "# Bash replaces only what follows the last = or :.\n    cur=${cur##*[=:]}\n    # Return completions\n",
    ],
    [/^complete -F /m, "complete -o default -F "],
  ];

/** Returns the script that completes a program in a shell. */
export function completionScript(shell: Shell, name: string): string {
  let text = printed(() => script(shell, name, name));
  if (shell !== "bash") return text;
  for (const [from, to] of BASH_CHANGES) {
    const changed = text.replace(from, () => "");
    if (changed === text) {
      throw new Error(`The script of the library lacks ${quote(String(from))}`);
    }
    text = text.replace(from, to);
  }
  return text;
}
