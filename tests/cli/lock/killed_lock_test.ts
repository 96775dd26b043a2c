/** Commands that are killed leave the old lock or the new one, and no half copy. */

import { assert, assertEquals } from "@std/assert";
import {
  parseLock,
  type PluginsLock,
  TreeStore,
} from "@semantik/plugins/provenance";
import { runProgram } from "../../run_deno.ts";
import { testUnless, withoutPosix } from "../../test_unless.ts";
import { runCli } from "../run_cli.ts";
import { pluginFiles } from "../with_plugins.ts";
import { type Moment, watchDisk } from "./disk_moments.ts";
import { type LockFolder, withLockFolder } from "./lock_folder.ts";

const PROGRAM = new URL(
  "../../fixtures/cli/killed_lock.ts",
  import.meta.url,
);
const FILES = { ...pluginFiles("search"), ...pluginFiles("other") };

/** A command, before which one plugin is in the lock. */
interface Sequence {
  readonly name: string;
  readonly args: (path: string) => readonly string[];
  /** Changes a plugin before the command. */
  readonly change?: (folder: LockFolder) => Promise<void>;
}

const SEQUENCES: readonly Sequence[] = [
  { name: "add", args: (path) => ["add", `${path}/other`, "--yes"] },
  {
    name: "update",
    args: () => ["update", "--yes"],
    change: ({ write }) =>
      write({ "search/mod.ts": "// new\n", "search/more.ts": "// more\n" }),
  },
  { name: "remove", args: () => ["remove", "search", "--prune"] },
];

/** Leaves out the times, which are those of the command. */
function withoutTimes({ serial, plugins }: PluginsLock): string {
  return JSON.stringify(
    { serial, plugins },
    (key, value) => key === "lockedAt" ? "now" : value,
  );
}

/** Thrown where a process would be killed. */
class Killed extends Error {}

/**
 * Runs a command of which no change of the disk is made from one moment on, not
 * even to clean up: to the disk that is a kill.
 */
async function runUntil(
  { path }: LockFolder,
  { args }: Sequence,
  fatal: number,
): Promise<readonly Moment[]> {
  const moments: Moment[] = [];
  const isLast = (moment: Moment) =>
    moments.length === fatal || moments.push(moment) === 0;
  const die = () => {
    throw new Killed("killed");
  };
  const lock = ["--lock", `${path}/plugins.lock.json`];
  using _disk = watchDisk(isLast, die);
  const { code, stderr } = await runCli([...args(path), ...lock]);
  if (fatal === Infinity) assertEquals(code, 0, stderr);
  return moments;
}

/** Makes a folder in which a command can be killed. */
async function withSequence(
  { change }: Sequence,
  use: (folder: LockFolder) => Promise<void>,
): Promise<void> {
  await withLockFolder(FILES, async (folder) => {
    const { path, run } = folder;
    assertEquals((await run("add", [`${path}/search`, "--yes"])).code, 0);
    await change?.(folder);
    await use(folder);
  });
}

/** Checks that the lock is whole, and that each copy with a digest for a name is, too. */
async function readWhole({ path, text, names }: LockFolder): Promise<string> {
  const parsed = parseLock(await text());
  assert(parsed.ok, JSON.stringify(parsed));
  const store = new TreeStore(`${path}/plugin_store`);
  const copies = await names("plugin_store");
  for (const name of copies.filter((one) => !one.startsWith("."))) {
    assertEquals(await store.find(name), `${path}/plugin_store/${name}`);
  }
  for (const plugin of Object.values(parsed.lock.plugins)) {
    assert("tree" in plugin && copies.includes(plugin.tree));
  }
  return withoutTimes(parsed.lock);
}

for (const sequence of SEQUENCES) {
  Deno.test(`${sequence.name} leaves the old lock or the new one if it is killed at any change of a file`, async () => {
    let moments: readonly Moment[] = [];
    let after = "";
    await withSequence(sequence, async (folder) => {
      moments = await runUntil(folder, sequence, Infinity);
      after = await readWhole(folder);
    });
    // The lock is in force from its rename on, and what comes before is not.
    const rename = moments.indexOf("rename");
    assert(rename > 0, `${moments}`);
    for (const fatal of moments.keys()) {
      await withSequence(sequence, async (folder) => {
        const before = await readWhole(folder);
        const lived = await runUntil(folder, sequence, fatal);
        assertEquals(lived, moments.slice(0, fatal));
        const found = await readWhole(folder);
        assertEquals(found, fatal > rename ? after : before);
        if (found === after) return;

        // Nothing that the kill left behind is in the way.
        const [command = "", ...args] = sequence.args(folder.path);
        const again = await folder.run(command, args);
        assertEquals(again.code, 0, again.stderr);
        assertEquals(await readWhole(folder), after);
        const left = await folder.names();
        assertEquals(left.filter((one) => /\.(?:tmp|lock)$/.test(one)), []);
      });
    }
  });
}

Deno.test("trust leaves the old trust file or the new one if it is killed at any change of a file", async () => {
  const sequence: Sequence = {
    name: "trust",
    args: (path) => [
      ...["trust", "revoke", "plugin", "search", "--reason", "why"],
      ...["--trust", `${path}/plugins.trust.json`],
    ],
  };
  const withTrust = (use: (folder: LockFolder) => Promise<void>) =>
    withLockFolder({}, async (folder) => {
      const trust = ["--trust", `${folder.path}/plugins.trust.json`];
      await runCli(["trust", "init", ...trust]);
      await use(folder);
    });
  const read = ({ path }: LockFolder) =>
    Deno.readTextFile(`${path}/plugins.trust.json`);
  let moments: readonly Moment[] = [];
  let after = "";
  await withTrust(async (folder) => {
    moments = await runUntil(folder, sequence, Infinity);
    after = await read(folder);
  });
  const rename = moments.indexOf("rename");
  for (const fatal of moments.keys()) {
    await withTrust(async (folder) => {
      const before = await read(folder);
      await runUntil(folder, sequence, fatal);
      assertEquals(await read(folder), fatal > rename ? after : before);
    });
  }
});

testUnless(
  withoutPosix("SIGKILL"),
  "add leaves no lock or the whole one in a process that is really killed",
  async () => {
    const [sequence] = SEQUENCES;
    assert(sequence !== undefined);
    let moments: readonly Moment[] = [];
    let after = "";
    await withSequence(sequence, async (folder) => {
      moments = await runUntil(folder, sequence, Infinity);
      after = await readWhole(folder);
    });
    const rename = moments.indexOf("rename");
    for (const fatal of [rename, rename + 1]) {
      await withSequence(sequence, async (folder) => {
        const { path } = folder;
        const before = await readWhole(folder);
        const lock = ["--lock", `${path}/plugins.lock.json`];
        const { signal } = await runProgram(PROGRAM, {
          flags: ["--allow-all"],
          args: [String(fatal), ...sequence.args(path), ...lock],
        });
        assertEquals(signal, "SIGKILL");
        const expected = fatal > rename ? after : before;
        assertEquals(await readWhole(folder), expected);
      });
    }
  },
);
