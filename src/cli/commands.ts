/** Loads commands: a command line loads the modules of one alone, and help those of all. */

import type { Command } from "commander";
import type { CommandRun } from "./command_run.ts";

type LoadCommand = (run: CommandRun) => Promise<Command>;

/** The commands by their names, under the headings of the help. */
const GROUPS: readonly (readonly [
  heading: string,
  commands: Readonly<Record<string, LoadCommand>>,
])[] = [
  ["Look before anything runs:", {
    list: async (run) => (await import("./list_command.ts")).listCommand(run),
    plan: async (run) => (await import("./plan_command.ts")).planCommand(run),
    permissions: async (run) =>
      (await import("./permissions_command.ts")).permissionsCommand(run),
    validate: async (run) =>
      (await import("./validate_command.ts")).validateCommand(run),
    scan: async (run) => (await import("./scan_command.ts")).scanCommand(run),
    diff: async (run) => (await import("./diff_command.ts")).diffCommand(run),
    env: async (run) => (await import("./env_command.ts")).envCommand(run),
  }],
  ["Operate a host:", {
    inspect: async (run) =>
      (await import("./inspect_command.ts")).inspectCommand(run),
    health: async (run) =>
      (await import("./health_command.ts")).healthCommand(run),
    enable: async (run) =>
      (await import("./switch_command.ts")).enableCommand(run),
    disable: async (run) =>
      (await import("./switch_command.ts")).disableCommand(run),
    configure: async (run) =>
      (await import("./configure_command.ts")).configureCommand(run),
    consent: async (run) =>
      (await import("./consent_command.ts")).consentCommand(run),
    audit: async (run) =>
      (await import("./audit_command.ts")).auditCommand(run),
  }],
  ["Verify where plugins come from:", {
    add: async (run) => (await import("./add_command.ts")).addCommand(run),
    update: async (run) =>
      (await import("./update_command.ts")).updateCommand(run),
    remove: async (run) =>
      (await import("./remove_command.ts")).removeCommand(run),
    outdated: async (run) =>
      (await import("./outdated_command.ts")).outdatedCommand(run),
    verify: async (run) =>
      (await import("./verify_command.ts")).verifyCommand(run),
    trust: async (run) =>
      (await import("./trust_command.ts")).trustCommand(run),
  }],
  ["Write a plugin:", {
    new: async (run) => (await import("./new_command.ts")).newCommand(run),
    dev: async (run) => (await import("./dev_command.ts")).devCommand(run),
    observe: async (run) =>
      (await import("./observe_command.ts")).observeCommand(run),
    schema: async (run) =>
      (await import("./schema_command.ts")).schemaCommand(run),
  }],
];

/**
 * Loads the command that a command line names, or all of them if it names none.
 *
 * @param word The first word of the command line.
 */
export async function loadCommands(
  run: CommandRun,
  word: string | undefined,
): Promise<readonly Command[]> {
  const all = GROUPS.flatMap(([heading, commands]) =>
    Object.entries(commands).map(([name, load]) => ({ heading, name, load }))
  );
  const named = all.filter(({ name }) => name === word);
  return await Promise.all(
    (named.length > 0 ? named : all).map(async ({ heading, load }) =>
      (await load(run)).helpGroup(heading)
    ),
  );
}
