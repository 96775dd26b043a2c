/**
 * The command line for operators and plugin authors: it looks at plugins, locks
 * and verifies them, changes the state of hosts, and reads audit logs.
 *
 * ```sh
 * deno run --allow-read jsr:@semantik/plugins/cli list ./plugins
 * deno run --allow-read jsr:@semantik/plugins/cli permissions ./plugins
 * deno install --global --allow-read --allow-env --allow-run=deno --allow-write --name semantik-plugin jsr:@semantik/plugins/cli
 * ```
 *
 * `--help` describes each command. With `--json`, each prints
 * `{ "schema": 1, "command": ..., "result": ... }`. The exit code is 0 (success),
 * 1 (problems found) or 2 (usage error or failure).
 *
 * @module
 */

import "./src/base/require_deno.ts";
import { main } from "./src/cli/main.ts";

export type { Clock } from "./src/base/timing.ts";
export { main, type MainOptions } from "./src/cli/main.ts";
export type { TerminalStream } from "./src/cli/terminal.ts";

if (import.meta.main) Deno.exitCode = await main(Deno.args);
