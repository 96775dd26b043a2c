import { assert, assertEquals } from "@std/assert";
import { testFlags } from "../../../tools/gates/test_flags.ts";

Deno.test("testFlags() grants by name, never everything", () => {
  const flags = testFlags("/tmp/one", "/opt/deno");
  const granted = flags.filter((flag) => flag.startsWith("--allow-"));
  for (const flag of granted) assert(/^--allow-\w+=[^*]+$/.test(flag), flag);
  assertEquals(
    flags.filter((flag) => /^(?:-A|--allow-all)/.test(flag)),
    [],
  );
  assert(granted.includes("--allow-write=/tmp/one"));
  assert(granted.includes("--allow-run=/opt/deno"));
});
