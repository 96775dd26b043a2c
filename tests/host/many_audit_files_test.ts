import { assert, assertEquals } from "@std/assert";
import { PluginHost } from "@semantik/plugins";
import { AuditHandler, createAuditLogger } from "@semantik/plugins/audit";
import { builtin } from "./builtin.ts";

/** A log of many files that counts how often it is asked for them. */
class ManyFiles extends AuditHandler {
  asked = 0;
  readonly #files: readonly string[];

  constructor(count: number) {
    super();
    this.#files = Array.from(
      { length: count },
      (_, index) => `/var/log/app/audit.jsonl.${index}`,
    );
  }

  override get files(): readonly string[] {
    this.asked++;
    return this.#files;
  }

  override write(): void {}
}

async function askedFor(plugins: number, files: number): Promise<number> {
  const handler = new ManyFiles(files);
  using audit = createAuditLogger({ handlers: [handler] });
  await using host = new PluginHost({
    name: "test",
    version: "1.0.0",
    audit,
    builtins: Array.from(
      { length: plugins },
      (_, index) => builtin(`plugin-${index}`),
    ),
  });
  handler.asked = 0;
  const { declared, plugins: found } = await host.permissionReport();
  assertEquals(found.length, plugins);
  assert(Array.isArray(declared.write) && declared.write.length === files);
  return handler.asked;
}

Deno.test("PluginHost.permissionReport() queries audit files independently of their number", async () => {
  const few = await askedFor(1, 2);
  assert(few <= 4, `${few}`);
  assertEquals(await askedFor(1, 300), few);
  assertEquals(await askedFor(30, 300), few);
});
