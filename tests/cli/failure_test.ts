import { assert, assertEquals } from "@std/assert";
import { PluginError } from "@semantik/plugins";
import { describeFailure, UsageError } from "../../src/cli/failure.ts";

Deno.test("describeFailure() returns a message and a remedy for any thrown value", async (t) => {
  const net = new Deno.errors.NotCapable(
    'Requires net access to "a.b:443", run again with the --allow-net flag',
  );
  const rows: readonly (readonly [unknown, string, string])[] = [
    [new UsageError("What", "How"), "What", "How"],
    [
      new PluginError("What", { code: "PLUGIN_NOT_FOUND", remedy: "How" }),
      "What",
      "How",
    ],
    [
      net,
      'This command needs permission net to "a.b:443"',
      "Run it with --allow-net=a.b:443",
    ],
    [
      new PluginError("What", {
        code: "PLUGIN_AUDIT_UNAVAILABLE",
        remedy: "How",
        cause: net,
      }),
      'This command needs permission net to "a.b:443"',
      "Run it with --allow-net=a.b:443",
    ],
    [
      new Deno.errors.NotCapable(
        'Requires import access to "a.b:443", run again with the --allow-import flag',
      ),
      'This command needs permission import to "a.b:443"',
      "Run it with --allow-import=a.b:443,jsr.io:443",
    ],
    [
      new Deno.errors.NotCapable(
        'Requires read access to "/a,b", run again with the --allow-read flag',
      ),
      'This command needs permission read to "/a,b"',
      "Run it with --allow-read",
    ],
    [
      new Deno.errors.NotCapable(
        "Requires write access to <TMP>, run again with the --allow-write flag",
      ),
      "This command needs permission write as a whole",
      "Run it with --allow-write",
    ],
  ];
  for (const [thrown, message, remedy] of rows) {
    await t.step(message, () => {
      const failure = describeFailure(thrown);
      assertEquals([failure.message, failure.remedy], [message, remedy]);
    });
  }
  for (
    const thrown of [null, "text", new Error("line\nline"), { toString: 1 }]
  ) {
    const { message } = describeFailure(thrown);
    assert(message.startsWith("The command failed: "));
    assert(!message.includes("\n"));
  }
});
