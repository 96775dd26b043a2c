import { assertEquals } from "@std/assert";
import { BOOTSTRAP } from "../../../src/runners/subprocess/bootstrap_text.ts";
import { bundleBootstrap } from "../../../tools/bundle_bootstrap.ts";

Deno.test("bootstrap_text.ts holds the bundle of bootstrap.ts", async () => {
  assertEquals(BOOTSTRAP, await bundleBootstrap(), "run: deno task bootstrap");
});
