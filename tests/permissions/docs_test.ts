/** Runs every command of docs/permissions.md, in order, in an empty directory. */

import {
  normalizePermissions,
  PERMISSION_KINDS,
  permissionFlags,
} from "@semantik/plugins/permissions";
import { assert, assertEquals } from "@std/assert";
import {
  DEFAULT_IMPORT_HOSTS,
  FLAG_SYS_KINDS,
  SYS_KINDS,
} from "../../src/permissions/permission_set.ts";
import { testUnless, withoutPosix } from "../test_unless.ts";
import { fixture, runDeno } from "./run_fixture.ts";

const PAGE = await Deno.readTextFile(
  new URL("../../docs/permissions.md", import.meta.url),
);

interface Command {
  readonly line: string;
  readonly output: string;
}

function blocks(language: string): readonly string[] {
  return [...PAGE.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(
    ([, name, text = ""]) => name === language ? [text] : [],
  );
}

function commands(): readonly Command[] {
  return blocks("console").flatMap((block) =>
    block.split(/^\$ /m).slice(1).map((text) => {
      const [line = "", ...output] = text.split("\n");
      return { line, output: output.join("\n") };
    })
  );
}

testUnless(
  withoutPosix("POSIX shell, for which the commands are written"),
  "docs/permissions.md shows the output of each command",
  async (t) => {
    const directory = await Deno.makeTempDir();
    try {
      const bin = `${directory}/bin`;
      const work = `${directory}/work`;
      await Deno.mkdir(bin);
      await Deno.mkdir(work);
      // The page calls the Deno that runs this test "deno".
      await Deno.writeTextFile(
        `${bin}/deno`,
        `#!/bin/sh\nexec '${Deno.execPath()}' "$@"\n`,
        { mode: 0o755 },
      );
      const path = `${bin}:${Deno.env.get("PATH") ?? "/usr/bin:/bin"}`;
      for (const { line, output } of commands()) {
        await t.step(line, async () => {
          const { stdout } = await runDeno([
            "run",
            "--allow-run",
            "--no-check",
            "--quiet",
            fixture("shell.ts"),
            "sh",
            line,
            work,
          ], { env: { PATH: path } });
          assertEquals(JSON.parse(stdout).stdout, output);
        });
      }
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
);

Deno.test("docs/permissions.md has commands for each kind", () => {
  assert(commands().length > 40);
  for (const kind of PERMISSION_KINDS) {
    const [, section = ""] = PAGE.split(`\n## \`${kind}\`\n`);
    assert(section.split("\n## ")[0]?.includes(`--allow-${kind}`), kind);
  }
  // No command is outside of the blocks that the test above runs.
  const other = PAGE.replace(/^```console\n.*?^```$/gms, "");
  assertEquals(other.match(/^\s*\$ .*/gm), null);
  assertEquals(other.match(/\bdeno (?:run|eval|test|task|serve) .*/g), null);
});

Deno.test("docs/permissions.md shows the flags of its manifest", () => {
  const [manifest = "{}"] = blocks("json");
  const [flags = ""] = blocks("text");
  const { permissions } = JSON.parse(manifest);
  const set = normalizePermissions(permissions, {
    directory: "/srv/plugins/embed",
    dataDirectory: "/srv/data/embed",
    windows: false,
  });
  assertEquals(flags.trim().split("\n"), permissionFlags(set));
});

Deno.test("docs/permissions.md names every kind of sys and every default host", () => {
  const [, sys = ""] = PAGE.split("\n## `sys`\n");
  const named = (text: string) =>
    [...text.matchAll(/`(\w+)`/g)].flatMap((match) => match.slice(1)).sort();
  const [, plain = ""] = /The command line accepts(.*?)which is/s.exec(sys) ??
    [];
  assertEquals(named(plain), FLAG_SYS_KINDS.toSorted());
  const [, rest = ""] = /Only a permission set accepts(.*?):/s.exec(sys) ?? [];
  assertEquals(
    named(rest),
    SYS_KINDS.filter((kind) => !FLAG_SYS_KINDS.includes(kind)),
  );
  const [, hosts = ""] = /allows\s+seven by default:(.*?)A flag/s.exec(PAGE) ??
    [];
  assertEquals(
    [...hosts.matchAll(/`([^`]+)`/g)].map((match) => match[1]).sort(),
    [...DEFAULT_IMPORT_HOSTS],
  );
});
