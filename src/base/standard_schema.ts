// The part of https://standardschema.dev that this package calls. The types are
// structural: a schema of zod, valibot or arktype fits without importing them.

/** The result of a validation: a value, or issues. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | {
    readonly issues: readonly {
      /** The problem, for a person. */
      readonly message: string;
      /** Its place, outermost key first. */
      readonly path?:
        | readonly (PropertyKey | { readonly key: PropertyKey })[]
        | undefined;
    }[];
  };

/** One problem that a schema found. */
export type StandardIssue = Extract<
  StandardResult<never>,
  { readonly issues: readonly unknown[] }
>["issues"][number];

/** Any schema that follows Standard Schema version 1. */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** The interface, apart from the methods of the library. */
  readonly "~standard": {
    /** The version of the interface. */
    readonly version: 1;
    /** The name of the library. */
    readonly vendor: string;
    /** Validates a value of unknown shape. */
    readonly validate: (
      value: unknown,
    ) => StandardResult<Output> | Promise<StandardResult<Output>>;
    /** The types; never present at run time. */
    readonly types?:
      | { readonly input: Input; readonly output: Output }
      | undefined;
  };
}

/** The shape that a host accepts from any library. */
const STANDARD =
  '{ "~standard": { version: 1, vendor: "own", validate: (value) => ({ value }) } }';

const ANY =
  "Use a schema of a library that implements https://standardschema.dev, such " +
  "as zod 3.24, valibot 1.0 or ArkType 2.0, or newer";

function has(schema: object, ...names: readonly PropertyKey[]): boolean {
  return names.every((name) => Reflect.get(schema, name) !== undefined);
}

/** Properties of a library's schemas, and its first version with Standard Schema. */
const LIBRARIES: readonly (readonly [
  marks: readonly PropertyKey[],
  remedy: string,
])[] = [
  [["safeParse", "_def"], "Use zod 3.24 or newer"],
  [["kind", "type", "_run"], "Use valibot 1.0 or newer"],
  [["_parse", "async"], "Use valibot 1.0 or newer"],
  [["allows", "infer"], "Use ArkType 2.0 or newer"],
  [["__isYupSchema__"], "Use yup 1.7 or newer"],
  [[Symbol.for("@hapi/joi/schema")], "Use joi 18 or newer"],
  [["ast", "pipe", "annotations"], "Use Schema.standardSchemaV1(schema)"],
  [["coercer", "validator"], `Superstruct has none: wrap it in ${STANDARD}`],
];

const JSON_SCHEMA_KEYS = ["$schema", "$ref", "properties", "anyOf", "oneOf"];
const JSON_TYPES = [
  "object",
  "string",
  "number",
  "integer",
  "boolean",
  "array",
  "null",
];

function isJsonSchema(schema: object): boolean {
  return JSON_TYPES.some((type) => Reflect.get(schema, "type") === type) ||
    JSON_SCHEMA_KEYS.some((key) => has(schema, key));
}

/**
 * Returns the remedy for a schema that is no Standard Schema. Throws whatever the
 * schema's own code throws.
 */
export function schemaRemedy(schema: unknown): string {
  const isFunction = typeof schema === "function";
  if (!isFunction && (typeof schema !== "object" || schema === null)) {
    return ANY;
  }
  for (const [marks, remedy] of LIBRARIES) {
    if (has(schema, ...marks)) return remedy;
  }
  if (isFunction) {
    return `A function is not a schema: call it from validate in ${STANDARD}`;
  }
  return isJsonSchema(schema)
    ? `A JSON Schema validates nothing by itself: call its validator from validate in ${STANDARD}`
    : ANY;
}
