import { assertEquals } from "@std/assert";
import { chooseHostVersion } from "../../src/cli/host_options.ts";

Deno.test("chooseHostVersion() returns the version in the most ranges", async (t) => {
  const rows: readonly (readonly [readonly string[], string])[] = [
    [[], "1.0.0"],
    [["*"], "1.0.0"],
    [[">=0.1.0"], "1.0.0"],
    [["^2.3.0"], "2.3.0"],
    [[">2.3.4"], "2.3.5"],
    [["<1.0.0"], "0.0.0"],
    [["^0.4"], "0.4.0"],
    [["3.x"], "3.0.0"],
    [["^1.2.0", ">=1.5.0 <2.0.0"], "1.5.0"],
    [["^1.0.0", "^2.0.0", "^2.1.0"], "2.1.0"],
    [["^4.0.0-rc.1"], "4.0.0-rc.1"],
  ];
  for (const [ranges, expected] of rows) {
    await t.step(ranges.join(", "), () => {
      assertEquals(chooseHostVersion(ranges), expected);
    });
  }
});
