import type {
  PermissionDescriptor,
  PermissionSet,
} from "@semantik/plugins/permissions";
import { assertEquals } from "@std/assert";
import { runFixture } from "./run_fixture.ts";

interface Row {
  readonly name: string;
  readonly flags: readonly string[];
  readonly set: PermissionSet;
  /** Each revoked permission, and the reported losses. */
  readonly steps: readonly (readonly [
    PermissionDescriptor,
    readonly string[],
  ])[];
}

const log = { write: ["/logs/a", "/logs/a.lock"] } as const;

const rows: readonly Row[] = [
  {
    name: "of a kind that is granted as a whole",
    flags: ["--allow-read"],
    set: { read: ["/a/x", "/b"] },
    steps: [
      [{ name: "read", path: "/a/x" }, []],
      [{ name: "read" }, ['read to "/a/x"', 'read to "/b"']],
    ],
  },
  {
    name: "of a kind that is granted as a whole, except for a part",
    flags: ["--allow-read", "--deny-read=/a/x/y"],
    set: { read: ["/a/x", "/b"] },
    steps: [[{ name: "read" }, ['read to "/a/x"', 'read to "/b"']]],
  },
  {
    name: "a whole kind that is declared",
    flags: ["--allow-sys"],
    set: { sys: true },
    steps: [[{ name: "sys" }, ["sys as a whole"]]],
  },
  {
    name: "a file in a directory that is granted",
    flags: ["--allow-write=/logs"],
    set: log,
    steps: [
      [{ name: "write", path: "/logs/a" }, [
        'write to "/logs/a"',
        'write to "/logs/a.lock"',
      ]],
    ],
  },
  {
    name: "a directory, but not the file in it that is granted by itself",
    flags: ["--allow-write=/logs,/logs/a"],
    set: log,
    steps: [
      [{ name: "write", path: "/logs" }, ['write to "/logs/a.lock"']],
      [{ name: "write", path: "/logs/a" }, ['write to "/logs/a"']],
    ],
  },
  {
    name: "a file beside one that is denied",
    flags: ["--allow-write=/logs", "--deny-write=/logs/b"],
    set: { write: ["/logs/a", "/logs/b"] },
    steps: [[{ name: "write", path: "/logs" }, ['write to "/logs/a"']]],
  },
  {
    name: "files of several directories, one after the other",
    flags: ["--allow-read=/a,/b"],
    set: { read: ["/a/x", "/a/y", "/b/x"] },
    steps: [
      [{ name: "read", path: "/b" }, ['read to "/b/x"']],
      [{ name: "read", path: "/a" }, ['read to "/a/x"', 'read to "/a/y"']],
    ],
  },
  {
    name: "hosts and variables, and nothing that was never there",
    flags: ["--allow-net=a.com:443,*.b.com", "--allow-env=A,B"],
    set: { net: ["*.b.com", "a.com:443", "c.com"], env: ["A", "C"] },
    steps: [
      [{ name: "env", variable: "B" }, []],
      [{ name: "net", host: "a.com:443" }, ['net to "a.com:443"']],
      [{ name: "env" }, ['env to "A"']],
      [{ name: "net" }, ['net to "*.b.com"']],
    ],
  },
];

for (const { name, flags, set, steps } of rows) {
  Deno.test(`PermissionWatch reports a loss: ${name}`, async () => {
    const revoke = steps.map(([descriptor]) => descriptor);
    assertEquals(
      await runFixture("watch.ts", { set, revoke }, { flags }),
      [[], ...steps.map(([, told]) => told), []],
    );
  });
}
