import schema from "../../schema/plugin.schema.json" with { type: "json" };

/** The name of the schema's file beside a `plugin.json`. */
export const SCHEMA_FILE = "plugin.schema.json";

/** The JSON Schema of a `plugin.json`, as this version of the package ships it. */
export const MANIFEST_SCHEMA: Readonly<Record<string, unknown>> = schema;

/** The schema as the text of a file. */
export const MANIFEST_SCHEMA_TEXT = `${JSON.stringify(schema, undefined, 2)}\n`;
