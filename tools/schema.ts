/**
 * `deno run --allow-write=schema tools/schema.ts`: writes the JSON Schema of a
 * `plugin.json` from the schema that manifests are validated by.
 *
 * @module
 */

import { manifestJsonSchema } from "../src/manifest/schema.ts";

await Deno.writeTextFile(
  new URL("../schema/plugin.schema.json", import.meta.url),
  `${JSON.stringify(manifestJsonSchema(), null, 2)}\n`,
);
