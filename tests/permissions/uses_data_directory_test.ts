import type { PermissionDeclaration } from "@semantik/plugins/permissions";
import { assertEquals } from "@std/assert";
import { usesDataDirectory } from "../../src/permissions/normalize_permissions.ts";

// Each declaration, and if it needs a data directory.
const ROWS: readonly (readonly [PermissionDeclaration, boolean])[] = [
  [{}, false],
  [{ read: true, net: ["$DATA"], env: ["./x"] }, false],
  [{ read: ["$DATA"] }, true],
  [{ write: ["/x", "$DATA/index"] }, true],
  [{ ffi: ["$DATA/x.so", "./y.so"] }, true],
  [{ run: ["git"] }, false],
  [{ run: ["./tool"] }, false],
  [{ run: ["$DATA/tool"] }, true],
  [{ read: ["models"] }, false],
  [{ read: ["DATA", "a/$DATA"] }, false],
  [{ read: ["/models"] }, false],
  [{ read: ["C:/models"] }, false],
];

Deno.test("usesDataDirectory() checks every path", () => {
  for (const [declaration, expected] of ROWS) {
    assertEquals(
      usesDataDirectory(declaration),
      expected,
      JSON.stringify(declaration),
    );
  }
});
