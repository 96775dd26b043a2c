/**
 * The part of the Standard Schema interface that this package calls.
 *
 * Types only, and structural: a schema of zod, valibot, arktype or any other
 * library that follows https://standardschema.dev fits without importing ours.
 *
 * @module
 */

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
  /** Where the interface lives, apart from the library's own methods. */
  readonly "~standard": {
    /** The version of the interface. */
    readonly version: 1;
    /** The library it is from. */
    readonly vendor: string;
    /** Validates a value of unknown shape. */
    readonly validate: (
      value: unknown,
    ) => StandardResult<Output> | Promise<StandardResult<Output>>;
    /** Carries the types alone; never there at run time. */
    readonly types?:
      | { readonly input: Input; readonly output: Output }
      | undefined;
  };
}
