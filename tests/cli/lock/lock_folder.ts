/** Folders with plugins and a lock, for tests. */

import { assert } from "@std/assert";
import {
  formatSums,
  parseLock,
  type PluginsLock,
  readTree,
  signSsh,
} from "@semantik/plugins/provenance";
import { createFakeClock } from "../../../src/testing/fake_clock.ts";
import { PUBLIC_KEY, SIGNING_KEY } from "../../provenance/signing_key.ts";
import { type CliOptions, type CliOutput, runCli } from "../run_cli.ts";
import { type Files, withFolder } from "../with_plugins.ts";

export const NOW = Date.parse("2026-06-01T00:00:00Z");

/** A folder with plugins, whose lock commands change. */
export interface LockFolder {
  readonly path: string;
  /** Runs a command with this lock. */
  run(
    command: string,
    args?: readonly string[],
    options?: CliOptions,
  ): Promise<CliOutput>;
  /** Runs a command with `--json`, and returns its result. */
  json(command: string, args?: readonly string[]): Promise<unknown>;
  write(files: Readonly<Record<string, string>>): Promise<void>;
  /** The text of the lock. */
  text(): Promise<string>;
  /** The lock, which must be valid. */
  lock(): Promise<PluginsLock>;
  /** The names in a folder, sorted. */
  names(folder?: string): Promise<readonly string[]>;
}

/** Makes a folder with files, and removes it afterwards. */
export async function withLockFolder(
  files: Files,
  use: (folder: LockFolder) => Promise<void>,
): Promise<void> {
  await withFolder(files, async (path) => {
    const text = () => Deno.readTextFile(`${path}/plugins.lock.json`);
    const run: LockFolder["run"] = (command, args = [], options = {}) =>
      runCli(
        [command, ...args, "--lock", `${path}/plugins.lock.json`],
        { clock: createFakeClock({ now: NOW }), ...options },
      );
    await use({
      path,
      run,
      text,
      async json(command, args = []) {
        const { stdout } = await run(command, [...args, "--json"]);
        return JSON.parse(stdout).result;
      },
      async write(files) {
        for (const [name, content] of Object.entries(files)) {
          await Deno.writeTextFile(`${path}/${name}`, content);
        }
      },
      async lock() {
        const parsed = parseLock(await text());
        assert(parsed.ok, JSON.stringify(parsed));
        return parsed.lock;
      },
      async names(folder = ".") {
        const names = await Array.fromAsync(
          Deno.readDir(`${path}/${folder}`),
          ({ name }) => name,
        );
        return names.sort();
      },
    });
  });
}

/** Signs a plugin, as its author does. */
export async function signPlugin(directory: string): Promise<void> {
  const reading = await readTree(directory);
  assert(reading.ok);
  const sums = formatSums(reading.tree);
  await Deno.writeTextFile(`${directory}/plugin.sums`, sums);
  await Deno.writeTextFile(
    `${directory}/plugin.sums.sig`,
    await signSsh(new TextEncoder().encode(sums), {
      key: SIGNING_KEY,
      namespace: "semantik-plugin",
    }),
  );
}

/** Returns the text of a trust file. */
export function trustFile(
  plugins: readonly string[] = ["search"],
  others: Readonly<Record<string, unknown>> = {},
): string {
  return JSON.stringify({
    trustVersion: 1,
    serial: 1,
    publishers: { acme: { keys: [{ key: PUBLIC_KEY }], plugins } },
    ...others,
  });
}
