/**
 * The command line for operators and plugin authors: `list`, `plan`,
 * `permissions`, `validate`, `new`, `env`, `audit` and `audit verify`.
 *
 * ```sh
 * deno run --allow-read jsr:@semantik/plugins/cli list ./plugins
 * deno run --allow-read jsr:@semantik/plugins/cli permissions ./plugins
 * deno install --global --allow-read --allow-env --allow-run=deno --allow-write --name semantik-plugin jsr:@semantik/plugins/cli
 * ```
 *
 * Each command says with `--help` what it takes, and with `--json` prints
 * `{ "schema": 1, "command": ..., "result": ... }` for machines. The exit status
 * is 0 where all is fine, 1 where there are findings, 2 for wrong usage and
 * for work that cannot be done. Completion for shells there is none: the library
 * that reads the arguments has none.
 *
 * @module
 */

import { main } from "./src/cli/main.ts";

export type { Clock } from "./src/base/clock.ts";
export { main, type MainOptions } from "./src/cli/main.ts";
export type { TerminalStream } from "./src/cli/terminal.ts";

if (import.meta.main) Deno.exitCode = await main(Deno.args);
