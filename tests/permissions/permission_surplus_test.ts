import {
  PERMISSION_KINDS,
  type PermissionSet,
  permissionSurplus,
} from "@semantik/plugins/permissions";
import { assert, assertEquals } from "@std/assert";
import { DEFAULT_IMPORT_HOSTS } from "../../src/permissions/permission_set.ts";
import { runFixture } from "./run_fixture.ts";

async function surplusUnder(flags: readonly string[], set: PermissionSet) {
  const report = await runFixture("report.ts", { set }, { flags });
  assert(typeof report === "object" && report !== null && "surplus" in report);
  const { findings, undecided } = Object(report.surplus);
  assert(Array.isArray(findings) && Array.isArray(undecided));
  return {
    remedies: findings.map(({ remedy }) => remedy),
    kinds: findings.map(({ kind }) => kind),
    undecided,
  };
}

const IMPORTS = { import: DEFAULT_IMPORT_HOSTS };

Deno.test("permissionSurplus() finds unused whole kinds in a real process", async () => {
  const set = {
    net: ["a.example:443"],
    read: ["/srv/a,b"],
    sys: true,
    ...IMPORTS,
  } as const;
  const found = await surplusUnder(["--allow-all"], set);
  assertEquals(found.kinds, PERMISSION_KINDS.filter((kind) => kind !== "sys"));
  assertEquals(found.undecided, []);
  assertEquals(found.remedies, [
    "Drop --allow-read, and use a permission set of deno.json for the declared values",
    "Drop --allow-write",
    "Drop --allow-net, and write --allow-net=a.example:443 instead",
    "Drop --allow-env",
    "Drop --allow-run",
    "Drop --allow-ffi",
    "Drop --allow-import: Deno grants the declared values without it",
  ]);
});

Deno.test("permissionSurplus() names undecided kinds", async () => {
  const found = await surplusUnder(
    ["--allow-net=a.example,b.example", "--allow-env", "--deny-env=A"],
    { net: ["a.example"], ...IMPORTS },
  );
  assertEquals(found.kinds, ["env"]);
  assertEquals(
    found.undecided,
    PERMISSION_KINDS.filter((kind) => kind !== "env"),
  );
});

Deno.test("permissionSurplus() finds unused default import hosts, with a flag that works", async () => {
  const set = { import: ["jsr.io:443"] };
  const found = await surplusUnder([], set);
  assertEquals(found.kinds, ["import"]);
  const flag = String(found.remedies[0]).replace("Add ", "");
  assertEquals(
    flag,
    `--deny-import=${
      DEFAULT_IMPORT_HOSTS.filter((host) => host !== "jsr.io:443")
    }`,
  );
  assertEquals((await surplusUnder([flag], set)).kinds, []);
  // A bare flag does not deny Deno's default hosts.
  assertEquals((await surplusUnder(["--deny-import"], set)).kinds, ["import"]);
  assertEquals(
    (await surplusUnder(["--allow-import=jsr.io:443"], set)).kinds,
    [],
  );
});

Deno.test("permissionSurplus() names the flag to drop and its replacement", () => {
  const granted = (...kinds: readonly string[]) => ({
    query: ({ name, host }: Readonly<{ name: string; host?: string }>) => ({
      state: kinds.includes(host ?? name) ? "granted" : "prompt",
      partial: false,
    } as const),
  });
  const { findings, undecided } = permissionSurplus(
    { net: ["a.example:443"], read: ["/a,b"], sys: true },
    granted("net", "read", "sys", "env", "import"),
  );
  assertEquals(findings.map(({ message, remedy }) => [message, remedy]), [
    [
      "The process has read as a whole, but only a part of it is declared",
      "Drop --allow-read, and use a permission set of deno.json for the declared values",
    ],
    [
      "The process has net as a whole, but only a part of it is declared",
      "Drop --allow-net, and write --allow-net=a.example:443 instead",
    ],
    [
      "The process has env as a whole, but nobody declares any of it",
      "Drop --allow-env",
    ],
    [
      "The process has import as a whole, but nobody declares any of it",
      "Drop --allow-import",
    ],
  ]);
  assertEquals(undecided, ["write", "run", "ffi"]);
  const imports = permissionSurplus({}, granted("jsr.io:443", "esm.sh:443"));
  assertEquals(imports.findings.map(({ kind, remedy }) => [kind, remedy]), [
    ["import", "Add --deny-import=esm.sh:443"],
  ]);
  const whole = permissionSurplus({ import: ["a.example:443"] }, {
    query: ({ name }) => ({
      state: name === "import" ? "granted" : "prompt",
      partial: false,
    }),
  });
  assertEquals(whole.findings.map(({ remedy }) => remedy), [
    "Drop --allow-import, and write --allow-import=a.example:443,jsr.io:443 instead",
  ]);
});

Deno.test("permissionSurplus() finds nothing when everything is declared", () => {
  const everything = Object.fromEntries(
    PERMISSION_KINDS.map((kind) => [kind, true as const]),
  );
  const query = () => ({ state: "granted", partial: true } as const);
  assertEquals(permissionSurplus(everything, { query }), {
    findings: [],
    undecided: [],
  });
});
