import { assertEquals } from "@std/assert";
import { usesDataDirectory } from "../../src/permissions/uses_data_directory.ts";
import { usesRelativePath } from "../../src/permissions/uses_relative_path.ts";
import type { PermissionDeclaration } from "../../src/permissions/permission_set.ts";

// What is declared, whether it needs a data directory, and one of its own.
const ROWS: readonly (readonly [PermissionDeclaration, boolean, boolean])[] = [
  [{}, false, false],
  [{ read: true, net: ["$DATA"], env: ["./x"] }, false, false],
  [{ read: ["$DATA"] }, true, false],
  [{ write: ["/x", "$DATA/index"] }, true, false],
  [{ ffi: ["$DATA/x.so", "./y.so"] }, true, true],
  [{ run: ["git"] }, false, false],
  [{ run: ["./tool"] }, false, true],
  [{ run: ["$DATA/tool"] }, true, false],
  [{ read: ["models"] }, false, true],
  [{ read: ["DATA", "a/$DATA"] }, false, true],
  [{ read: ["/models"] }, false, false],
  [{ read: ["C:/models"] }, false, false],
];

Deno.test("usesDataDirectory() and usesRelativePath() look at each path", () => {
  for (const [declaration, data, relative] of ROWS) {
    const shown = JSON.stringify(declaration);
    assertEquals(usesDataDirectory(declaration), data, shown);
    assertEquals(usesRelativePath(declaration), relative, shown);
  }
});
