import type { PermissionEntry } from "@semantik/plugins/permissions";
import { assertEquals } from "@std/assert";
import {
  flagsToAdd,
  startRemedy,
} from "../../src/permissions/permission_flags.ts";
import { DEFAULT_IMPORT_HOSTS } from "../../src/permissions/permission_set.ts";
import { askDeno } from "./run_fixture.ts";

Deno.test("flagsToAdd() grants missing permissions beside the existing flags", async () => {
  const there: readonly PermissionEntry[] = [
    { kind: "net", value: "a.example:443" },
    { kind: "read", value: "/data" },
    ...DEFAULT_IMPORT_HOSTS.map((value) => ({
      kind: "import" as const,
      value,
    })),
  ];
  const missing: readonly PermissionEntry[] = [
    { kind: "net", value: "b.example:443" },
    { kind: "env", value: "A" },
    { kind: "import", value: "code.example:443" },
  ];
  const flags = ["--allow-net=a.example:443", "--allow-read=/data"];
  const all = [...there, ...missing];
  assertEquals(await askDeno(flags, all), [
    ...there.map(() => "granted"),
    ...missing.map(() => "prompt"),
  ]);
  assertEquals(
    await askDeno([...flags, ...flagsToAdd(missing)], all),
    all.map(() => "granted"),
  );
});

Deno.test("flagsToAdd() adds no import hosts unless one is missing", () => {
  assertEquals(flagsToAdd([{ kind: "env" }]), ["--allow-env"]);
  assertEquals(flagsToAdd([{ kind: "import" }]), ["--allow-import"]);
  assertEquals(flagsToAdd([{ kind: "import", value: "jsr.io:443" }]), []);
  assertEquals(flagsToAdd([]), []);
});

Deno.test("startRemedy() says to compile a compiled host anew", () => {
  const missing = { net: ["a.example:443"] };
  assertEquals(
    startRemedy(missing, false),
    "Start the host with --allow-net=a.example:443",
  );
  assertEquals(
    startRemedy(missing, true),
    "Compile the host with --allow-net=a.example:443",
  );
});
