/** An npm package whose tarball holds sources of JSR packages. */
export interface Carrier {
  /** Name and exact version, as npm writes them. */
  readonly spec: string;
  /** The hash of the tarball; any other is refused. */
  readonly integrity: string;
}

/** A JSR package, and the place of its files in a carrier. */
export interface CarriedPackage {
  readonly name: string;
  readonly version: string;
  readonly carrier: CarrierName;
  /** Folder of the JavaScript files in the tarball, with a final slash. */
  readonly code: string;
  /** Folder of the declaration files, if the carrier has any. */
  readonly types?: string;
  /** File of the export `.`; a package without it only has sub-paths. */
  readonly main?: string;
  /** Sub-paths of the real package whose modules the carrier has in its main file. */
  readonly inMain?: readonly string[];
}

/** Names of the carriers, as {@link CarriedPackage} refers to them. */
export type CarrierName = "assert" | "dotenv" | "log" | "semver";

/** The tarballs with the real code, pinned by their hashes. */
export const CARRIERS: Readonly<Record<CarrierName, Carrier>> = {
  assert: {
    spec: "deno-std@1.4.0",
    integrity:
      "sha512-7c0Y6tyn0Sx0NKiaAeGtDwrpG+C7VFcOStVcYXPnjAuIEonxzVV+n6s8iuFjg6keqzxo/zrPbR/J9EY9BLNsRA==",
  },
  dotenv: {
    spec: "dotenv@18.0.10",
    integrity:
      "sha512-89FAA1xchzK2mxVWdr5F/0rldwiueXs6zJM86rO66EzekR1iBdiXRthyG+m5GvkJaFH3C2LESzamTkgndmLT2A==",
  },
  log: {
    spec: "windmill-cli@1.596.0",
    integrity:
      "sha512-5aFVNTOEaGyTKyQlyjFI1FAZ8fTIQ2vGSmnqL3FfZuKpKWdqGXh8p9Azdp8N2MkIwyP1vYtOK9nfQk6jr6tRTw==",
  },
  semver: {
    spec: "std-semver@1.0.8",
    integrity:
      "sha512-9SN0XIjBBXCT6ZXXVnScJN4KP2RyFg6B8sEoFlugVHMANysfaEni4LTWlvUQQ/R0wgZl1Ovt9KBQbzn21kHoZA==",
  },
};

const LOG_CODE = "package/esm/deps/jsr.io/@std/";
const LOG_TYPES = "package/types/deps/jsr.io/@std/";

/**
 * The JSR packages that setup builds, reduced to the modules that a main file
 * reaches.
 */
export const CARRIED_PACKAGES: readonly CarriedPackage[] = [
  {
    name: "assert",
    version: "1.0.19",
    carrier: "assert",
    code: "package/assert/",
    main: "mod.js",
  },
  {
    name: "internal",
    version: "1.0.12",
    carrier: "assert",
    code: "package/internal/",
  },
  {
    name: "log",
    version: "0.224.14",
    carrier: "log",
    code: `${LOG_CODE}log/0.224.14/`,
    types: `${LOG_TYPES}log/0.224.14/`,
    main: "mod.js",
  },
  {
    name: "io",
    version: "0.225.2",
    carrier: "log",
    code: `${LOG_CODE}io/0.225.2/`,
    types: `${LOG_TYPES}io/0.225.2/`,
  },
  {
    name: "fmt",
    version: "1.0.8",
    carrier: "log",
    code: `${LOG_CODE}fmt/1.0.8/`,
    types: `${LOG_TYPES}fmt/1.0.8/`,
  },
  {
    name: "fs",
    version: "1.0.20",
    carrier: "log",
    code: `${LOG_CODE}fs/1.0.20/`,
    types: `${LOG_TYPES}fs/1.0.20/`,
  },
  {
    name: "semver",
    version: "1.0.8",
    carrier: "semver",
    code: "package/dist/",
    types: "package/dist/",
    main: "index.js",
    inMain: ["./satisfies", "./try-parse", "./try-parse-range", "./types"],
  },
];
