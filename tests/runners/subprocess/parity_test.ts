import { compareRunners } from "./parity.ts";

Deno.test("a host reports of plugins in their own processes what it reports of those in its own", () =>
  compareRunners("flags"));
