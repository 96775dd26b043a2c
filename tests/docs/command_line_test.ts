/** Compares docs/command-line.md with the command line. */

import { assertEquals } from "@std/assert";
import { main } from "@semantik/plugins/cli";
import { commandsOf } from "./commands_of.ts";

const PAGE = await Deno.readTextFile(
  new URL("../../docs/command-line.md", import.meta.url),
);

/** Returns what `semantik-plugin` prints. */
async function print(...args: readonly string[]): Promise<string> {
  let text = "";
  const stdout = {
    isTerminal: () => false,
    writeSync(bytes: Uint8Array) {
      text += new TextDecoder().decode(bytes);
      return bytes.length;
    },
  };
  assertEquals(await main(args, { stdout }), 0);
  return text;
}

Deno.test("docs/command-line.md lists the commands of semantik-plugin", async () => {
  const [, section = ""] = PAGE.split("\n## Every command\n");
  const listed = [
    ...(section.split("\n## ")[0] ?? "").matchAll(/^\| `(.+?)`/gm),
  ].map(([, name]) => name);
  const commands = commandsOf(await print("--help"));
  const ofAudit = commandsOf(await print("audit", "--help"));
  const ofConsent = commandsOf(await print("consent", "--help"));
  const ofTrust = commandsOf(await print("trust", "--help"));
  assertEquals(
    listed.toSorted(),
    [
      // By themselves, they do nothing.
      ...commands.filter((name) => !["consent", "trust"].includes(name)),
      ...ofAudit.map((name) => `audit ${name}`),
      ...ofConsent.map((name) => `consent ${name}`),
      ...ofTrust.map((name) => `trust ${name}`),
    ].sort(),
  );
});
