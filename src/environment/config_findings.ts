/** The findings of a walk through one configuration. */

/** A resolved reference. */
export type ConfigReference =
  | Readonly<{
    from: "variable";
    /** The key that got the value, such as `servers[0].api_key`. */
    path: string;
    /** The source of the value, or of a part of it. */
    variable: string;
  }>
  | Readonly<{
    from: "file";
    /** The key that got the value. */
    path: string;
    /** The source of the value. */
    file: string;
  }>;

/** A reference to a variable without a value. */
export type UnsetVariable = Readonly<{
  /** The key that was left out. */
  path: string;
  /** The variable. */
  variable: string;
  /** True if the variable may be read; if not, it may well be set. */
  permitted: boolean;
}>;

/** A setting that may be a mistake. */
export type ConfigNotice = Readonly<{
  /** The path of the setting. */
  path: string;
  /** The finding, in one line. Shows no value. */
  message: string;
}>;
