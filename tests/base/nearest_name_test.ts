import { assertEquals } from "@std/assert";
import { PERMISSION_KINDS } from "@semantik/plugins/permissions";
import { nearestName } from "../../src/base/text.ts";
import { SYS_KINDS } from "../../src/permissions/permission_set.ts";

Deno.test("nearestName() finds what was meant, and nothing far away", () => {
  const kinds: readonly (readonly [string, string | undefined])[] = [
    ["raed", "read"],
    ["Read", "read"],
    ["reads", "read"],
    ["nett", "net"],
    ["imports", "import"],
    ["environment", undefined],
    ["hrtime", undefined],
    ["", undefined],
    ["x".repeat(1_000_000), undefined],
  ];
  for (const [written, nearest] of kinds) {
    assertEquals(
      nearestName(written, PERMISSION_KINDS),
      nearest,
      written.slice(0, 20),
    );
  }
  assertEquals(nearestName("hostName", SYS_KINDS), "hostname");
  assertEquals(nearestName("os-release", SYS_KINDS), "osRelease");
  assertEquals(nearestName("anything", []), undefined);
});
