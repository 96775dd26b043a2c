/** Sections of a help whose lines begin with other words than commands. */
const OTHERS: ReadonlySet<string> = new Set(["Arguments:", "For example:"]);

/** Lists the commands in a help, whatever their groups; `help` is not one of them. */
export function commandsOf(help: string): readonly string[] {
  return help.split("\n\n").flatMap((section) => {
    const [heading = "", ...lines] = section.split("\n");
    if (!heading.endsWith(":") || OTHERS.has(heading)) return [];
    return lines.flatMap((line) => /^ {2}([a-z]+) /.exec(line)?.[1] ?? []);
  }).filter((name) => name !== "help");
}
