/** Facts about Deno that the evidence rests on. A change of Deno fails here first. */

import { assertEquals } from "@std/assert";
import { attribute } from "../../src/evidence/attribution.ts";
import type { Check } from "../../src/cli/observe/watch.ts";
import { Watch } from "../../src/cli/observe/watch.ts";
import { denoCommand } from "../cli/run_deno.ts";
import { withFolder } from "../cli/with_plugins.ts";
import { testUnless, withoutPosix } from "../test_unless.ts";

const SECRET = "planted-e5f6";

const MODULE = `const here = import.meta.dirname;
Deno.env.get("A");
try { Deno.env.get("DENIED"); } catch { /* denied */ }
Deno.readTextFileSync(here + "/mod.ts");
[...Deno.readDirSync(here)];
try { Deno.symlinkSync(here + "/mod.ts", here + "/link"); } catch { /* denied */ }
try { Deno.makeTempDirSync(); } catch { /* denied */ }
new Deno.Command("true").outputSync();
await fetch("http://user:${SECRET}@127.0.0.1:9/?token=${SECRET}").catch(() => {});
await 0;
Deno.hostname();
await import(here + "/" + "computed.ts");
Deno.permissions.querySync({ name: "net" });
new Deno.Command(Deno.execPath(), {
  args: ["eval", "--no-config", "Deno.env.get('OF_A_CHILD')"],
}).outputSync();
Deno.env.get("LAST");
`;

testUnless(
  withoutPosix("unix sockets"),
  "Deno asks about each access, and has written before whose it is",
  async () => {
    const files = { "p/mod.ts": MODULE, "p/computed.ts": "" };
    await withFolder(files, async (folder) => {
      const urls = { plugin: `file://${folder}/p/`, library: "file:///none/" };
      const checks: Check[] = [];
      await using watch = await Watch.start({
        folder,
        urls,
        decide(check) {
          checks.push(check);
          const { kind, value } = check.entry;
          return value !== undefined && value !== "DENIED" &&
            !(kind === "write");
        },
      });
      const { code, stderr } = await denoCommand(
        ["run", "--no-config", "--allow-read=/", `${folder}/p/mod.ts`],
        { env: { ...watch?.env } },
      ).output();
      assertEquals(code, 0, new TextDecoder().decode(stderr));
      const [first] = checks;
      const shown = checks.map(({ entry: { kind, value }, pid, ...check }) => {
        const { owner, operation } = check;
        const place = owner.kind === "plugin" ? ` ${owner.place}` : "";
        const whose = pid === first?.pid ? owner.kind : "child";
        const named = value?.replace(folder, "").replace(
          Deno.execPath(),
          "deno",
        );
        return `${kind} ${named ?? "all"}: ${operation}, ${whose}${place}`;
      });
      assertEquals(shown, [
        "env A: probe, plugin mod.ts:2",
        // Asked once, although it is denied.
        "env DENIED: probe, plugin mod.ts:3",
        // A read is no write, although all paths are granted.
        "read /p/mod.ts: other, plugin mod.ts:4",
        "read /p: list, plugin mod.ts:5",
        // A link needs the whole kind.
        "write all: other, plugin mod.ts:6",
        "write <TMP>: other, plugin mod.ts:7",
        // Without the whole kind, the program is asked for by its name.
        "run true: other, unknown",
        // A fetch is asked for by its host alone.
        "sys hostname: other, plugin mod.ts:11",
        // A module that is loaded has the stack of another check, or none.
        "read /p/computed.ts: load, unknown",
        "run deno: other, unknown",
        // A child asks at the same socket, and empties the file of the stacks.
        "env OF_A_CHILD: probe, child",
        "env LAST: probe, plugin mod.ts:17",
      ]);
      const all = JSON.stringify(checks);
      assertEquals(all.includes(SECRET), false);
      assertEquals(
        attribute("env", first?.stack ?? [], urls).owner.kind,
        "plugin",
      );
    });
  },
);
