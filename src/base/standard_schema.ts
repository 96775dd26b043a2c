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
