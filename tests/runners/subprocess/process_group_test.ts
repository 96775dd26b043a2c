import { assertEquals } from "@std/assert";
import { withPlugins } from "../../host/with_plugins.ts";
import { runProgram } from "../../run_deno.ts";
import { testUnless, withoutLinux } from "../../test_unless.ts";

const CODE = `export default { setup() { return { start() {
  const child = new Deno.Command(${JSON.stringify(Deno.execPath())}, {
    args: ["eval", "setInterval(() => {}, 1000)"],
    stdin: "null", stdout: "null", stderr: "null",
  }).spawn();
  return [Deno.pid, child.pid];
} }; } };`;

const PROGRAM = new URL("../../fixtures/host/group.ts", import.meta.url);

testUnless(
  withoutLinux("/proc"),
  "what the process of a plugin started ends with it",
  async (t) => {
    const manifest = {
      type: "parent",
      permissions: { run: [Deno.execPath()] },
    };
    await withPlugins({ a: { code: CODE, manifest } }, async (folder) => {
      const cases: readonly [string, Readonly<Record<string, string>>][] = [
        ["in a group that setsid makes", {}],
        ["in a group that Deno makes, without setsid", { PATH: folder }],
      ];
      for (const [name, env] of cases) {
        await t.step(name, async () => {
          const { stdout, stderr } = await runProgram(PROGRAM, {
            flags: ["--allow-all"],
            args: [folder],
            env,
          });
          assertEquals(stderr, "");
          assertEquals(JSON.parse(stdout), { leads: true, isRunning: true });
        });
      }
    });
  },
);
