import { assertEquals } from "@std/assert";
import { jsrHost } from "../../src/permissions/permission_states.ts";

Deno.test("jsrHost() follows JSR_URL if reading it cannot prompt", () => {
  const table: readonly (readonly [string | undefined, string])[] = [
    [undefined, "jsr.io:443"],
    ["", "jsr.io:443"],
    ["no url", "jsr.io:443"],
    ["file:///packages", "jsr.io:443"],
    ["https://jsr.example/path/", "jsr.example:443"],
    ["https://jsr.example:8443", "jsr.example:8443"],
    ["http://127.0.0.1:4873/", "127.0.0.1:4873"],
    ["http://localhost", "localhost:80"],
    ["http://[::1]:80/", "[::1]:80"],
  ];
  for (const [value, host] of table) {
    const asked: string[] = [];
    const read = (name: string) => {
      asked.push(name);
      return value;
    };
    const answer = (state: Deno.PermissionState) => () => ({
      state,
      partial: false,
    });
    assertEquals(jsrHost(answer("granted"), read), host);
    assertEquals(asked, ["JSR_URL"]);
    for (const state of ["prompt", "denied"] as const) {
      assertEquals(jsrHost(answer(state), read), "jsr.io:443");
    }
    assertEquals(asked, ["JSR_URL"]);
  }
  assertEquals(
    jsrHost(() => ({ state: "granted", partial: false }), () => {
      throw new Deno.errors.NotCapable("refused by a broker");
    }),
    "jsr.io:443",
  );
});
