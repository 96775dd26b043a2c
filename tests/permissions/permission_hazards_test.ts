import {
  type HazardContext,
  normalizePermissions,
  permissionHazards,
  type PermissionSet,
} from "@semantik/plugins/permissions";
import { assert, assertEquals, assertFalse } from "@std/assert";
import fc from "fast-check";
import { DEFAULT_IMPORT_HOSTS } from "../../src/permissions/permission_set.ts";
import { testUnless, withoutLinux } from "../test_unless.ts";
import { declaration } from "./arbitraries.ts";
import { act } from "./run_fixture.ts";

const context: HazardContext = {
  ownDirectory: "/srv/app/plugins/search",
  dataDirectory: "/srv/app/data/search",
  hostDirectory: "/srv/app",
  stateFile: "/var/lib/app/state.json",
  auditFile: "/var/log/app/audit.jsonl",
  denoDirectory: "/cache/deno",
  homeDirectory: "/home/me",
  programs: ["/opt/tools/convert"],
  searchPath: ["/opt/bin"],
};

function levels(set: PermissionSet, of: HazardContext = context) {
  return permissionHazards(set, of).map(({ level }) => level);
}

function worst(set: PermissionSet, of: HazardContext = context): string {
  return levels(set, of)[0] ?? "none";
}

Deno.test("permissionHazards() finds the hazards of each permission", async (t) => {
  const rows: readonly (readonly [PermissionSet, string])[] = [
    [{}, "none"],
    [{ run: true }, "critical"],
    [{ run: ["git"] }, "critical"],
    [{ run: ["/usr/bin/python3.12"] }, "critical"],
    [{ run: ["C:\\Windows\\System32\\CMD.EXE"] }, "critical"],
    [{ run: ["/opt/tools/convert"] }, "high"],
    [{ ffi: true }, "critical"],
    [{ ffi: ["/lib/x.so"] }, "critical"],
    [{ write: true }, "critical"],
    [{ write: ["/"] }, "critical"],
    [{ write: ["/srv"] }, "critical"],
    [{ write: ["/srv/app"] }, "critical"],
    [{ write: ["/srv/app/plugins/search"] }, "critical"],
    [{ write: ["/srv/app/plugins/search/cache"] }, "medium"],
    [{ write: ["/srv/app/src"] }, "medium"],
    [{ write: ["/srv/application"] }, "none"],
    [{ write: ["/srv/app/data/search"] }, "none"],
    [{ write: ["/srv/app/data/search/index"] }, "none"],
    [{ write: ["/srv/app/data"] }, "medium"],
    [{ write: ["/var/lib/app"] }, "high"],
    [{ write: ["/var/lib/app/state.json"] }, "high"],
    [{ write: ["/var/lib/app/state.json.lock"] }, "high"],
    [{ write: ["/var/log/app/audit.jsonl.1"] }, "high"],
    [{ write: ["/var/lib/app/other.json"] }, "none"],
    [{ write: ["/var/lib/app/state.jsonl"] }, "none"],
    [{ write: ["/opt/tools"] }, "critical"],
    [{ write: ["/opt/tools/convert"] }, "critical"],
    [{ write: ["/opt/bin"] }, "critical"],
    [{ write: ["/opt/toolshed"] }, "none"],
    [{ write: ["/opt"] }, "critical"],
    [{ write: ["/cache/deno"] }, "critical"],
    [{ write: ["/cache/deno/gen/file"] }, "critical"],
    [{ write: ["/home/me"] }, "critical"],
    [{ write: ["/home"] }, "critical"],
    [{ write: ["/home/me/.bashrc"] }, "critical"],
    [{ write: ["/home/me/.ssh/authorized_keys"] }, "critical"],
    [{ write: ["/home/other/.cache/deno"] }, "critical"],
    [{ write: ["/home/me/models"] }, "none"],
    [{ write: ["/root/.profile"] }, "critical"],
    [{ write: ["/etc"] }, "critical"],
    [{ write: ["/etc/cron.d/x"] }, "critical"],
    [{ write: ["/usr/bin"] }, "critical"],
    [{ write: ["/usr"] }, "critical"],
    [{ write: ["/usr/share/models"] }, "none"],
    [{ write: ["/var/run/docker.sock"] }, "critical"],
    [{ write: ["/proc/self"] }, "high"],
    [{ write: ["/data"] }, "none"],
    [{ read: true }, "high"],
    [{ read: ["/"] }, "high"],
    [{ read: ["/proc"] }, "high"],
    [{ read: ["/proc/self/environ"] }, "high"],
    [{ read: ["/proc/pressure/cpu"] }, "none"],
    [{ read: ["/dev/null"] }, "none"],
    [{ read: ["/dev"] }, "high"],
    [{ read: ["/sys/kernel"] }, "high"],
    [{ read: ["/home/me"] }, "high"],
    [{ read: ["/home/me/.ssh/id_ed25519"] }, "high"],
    [{ read: ["/home/me/models"] }, "none"],
    [{ read: ["/etc"] }, "high"],
    [{ read: ["/etc/hosts"] }, "none"],
    [{ read: ["/srv"] }, "medium"],
    [{ read: ["/srv/app/plugins/search"] }, "none"],
    [{ read: ["/var/lib"] }, "high"],
    [{ read: ["/var/lib/app"] }, "medium"],
    [{ read: ["/data"] }, "none"],
    [{ env: true }, "high"],
    [{ env: ["*"] }, "high"],
    [{ env: ["AWS_*"] }, "medium"],
    [{ env: ["LD_PRELOAD"] }, "medium"],
    [{ env: ["OPENAI_API_KEY"] }, "none"],
    [{ net: true }, "high"],
    [{ net: ["0.0.0.0/0"] }, "high"],
    [{ net: ["*.com"] }, "high"],
    [{ net: ["169.254.169.254"] }, "high"],
    [{ net: ["169.254.0.0/16"] }, "high"],
    [{ net: ["169.254.169.254:443"] }, "none"],
    [{ net: ["metadata.google.internal:80"] }, "high"],
    [{ net: ["localhost"] }, "medium"],
    [{ net: ["127.0.0.0/8"] }, "medium"],
    [{ net: ["[::1]"] }, "medium"],
    [{ net: ["localhost:8080"] }, "none"],
    [{ net: ["unix:/var/run/docker.sock"] }, "critical"],
    [{ net: ["unix:/run/app.sock"] }, "none"],
    [{ net: ["vsock:2:80"] }, "medium"],
    [{ net: ["api.example.com:443", "*.example.com"] }, "none"],
    [{ sys: true }, "medium"],
    [{ sys: ["setuid"] }, "high"],
    [{ sys: ["hostname", "cpus"] }, "none"],
    [{ import: true }, "critical"],
    [{ import: ["0.0.0.0/0"] }, "critical"],
    [{ import: ["*.dev"] }, "critical"],
    [{ import: ["code.example:443"] }, "medium"],
    [{ import: DEFAULT_IMPORT_HOSTS }, "none"],
  ];
  for (const [set, level] of rows) {
    await t.step(JSON.stringify(set), () => assertEquals(worst(set), level));
  }
});

Deno.test("permissionHazards() recognizes homes and programs without a context", () => {
  assertEquals(worst({ write: ["/home/you"] }, {}), "critical");
  assertEquals(worst({ write: ["/Users/you/Library"] }, {}), "critical");
  assertEquals(worst({ write: ["C:\\Users\\you"] }, {}), "critical");
  assertEquals(worst({ read: ["/home"] }, {}), "high");
  assertEquals(worst({ write: ["/data/x"] }, {}), "none");
  // The set's own programs count as well.
  const set = { write: ["/data/bin"], run: ["/data/bin/tool"] };
  assertEquals(levels(set, {}), ["critical", "high"]);
});

Deno.test("permissionHazards() ignores case on Windows", () => {
  const set = { write: ["c:\\PLUGINS"] };
  const own = { ownDirectory: "C:\\Plugins\\search" };
  assertEquals(worst(set, own), "critical");
  assertEquals(worst({ write: ["C:\\Plugin"] }, own), "none");
});

Deno.test("permissionHazards() sorts by severity, each with a reason and a remedy", () => {
  const base = { directory: "/srv/app/plugins/search", dataDirectory: "/d" };
  fc.assert(fc.property(declaration, (written) => {
    const set = normalizePermissions(written, { ...base, windows: false });
    const hazards = permissionHazards(set, context);
    const order = hazards.map(({ level }) =>
      ["critical", "high", "medium", "low"].indexOf(level)
    );
    assertEquals(order, order.toSorted((a, b) => a - b));
    for (const { kind, entry, reason, remedy } of hazards) {
      assertEquals(entry.kind, kind);
      assert(reason.length > 10 && remedy.length > 10);
      assertFalse(/[.\n]$/.test(reason) || /[.\n]$/.test(remedy));
    }
    for (const kind of ["run", "ffi"] as const) {
      const found = hazards.some((each) => each.kind === kind);
      assertEquals(found, set[kind] !== undefined);
    }
  }));
});

testUnless(
  withoutLinux("these files"),
  "Deno opens /proc only with --allow-all",
  async () => {
    const acts = ["/proc/self/status", "/dev/stdin", "/sys/kernel/hostname"]
      .map(
        (value) => ({ kind: "read", value }),
      );
    const results = await act(
      ["--allow-read", "--allow-env", "--allow-run"],
      acts,
    );
    for (const result of results) {
      assert(result.startsWith("Requires all access to"), result);
    }
    assertEquals(
      await act(["--allow-read=/dev/null"], [
        { kind: "read", value: "/dev/null" },
      ]),
      ["done"],
    );
  },
);
