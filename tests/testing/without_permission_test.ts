import { assertEquals } from "@std/assert";

Deno.test("testPlugin() and createTestHost() need no permissions", async () => {
  const fixture = new URL(
    "../fixtures/testing/without_permission.ts",
    import.meta.url,
  );
  const { code, stderr, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-check", "--quiet", fixture.pathname],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  assertEquals(
    [decoder.decode(stderr), decoder.decode(stdout), code],
    ["", "a plugin.registered.builtin\n\n", 0],
  );
});
