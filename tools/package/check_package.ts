import type { EntryDocumentation } from "./documentation.ts";
import { EXPECTED_FILES } from "./packed_files.ts";

export interface PackageFacts {
  /** The contents of `deno.json`. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly documentation: readonly EntryDocumentation[];
  /** The paths of the files that would be packed. */
  readonly packed: readonly string[];
  /** The paths of the modules of `src/`. */
  readonly modules: readonly string[];
  readonly readme: string;
  /** The text of the workflow that publishes. */
  readonly workflow: string;
  /** `true` if `deno publish --dry-run` succeeded, which refuses slow types. */
  readonly canPublish: boolean;
}

/** One point of the package; it is earned without faults. */
export interface Point {
  readonly name: string;
  readonly faults: readonly string[];
}

const EXAMPLE_REGEXP = /^```(?:ts|typescript)\b/m;

function missing(
  expected: readonly string[],
  found: readonly string[],
): readonly string[] {
  return expected.filter((one) => !found.includes(one));
}

function checkPacked({ modules, packed }: PackageFacts): readonly string[] {
  const expected = [...EXPECTED_FILES, ...modules];
  return [
    ...missing(expected, packed).map((path) => `${path} is not packed`),
    ...missing(packed, expected).map((path) => `${path} is packed for nobody`),
  ];
}

function checkConfig({ config }: PackageFacts): readonly string[] {
  return ["name", "version", "license", "description"]
    .filter((field) =>
      typeof config[field] !== "string" || config[field] === ""
    )
    .map((field) => `deno.json has no "${field}"`);
}

function checkProvenance({ workflow }: PackageFacts): readonly string[] {
  const faults = [
    /id-token:\s*write/.test(workflow)
      ? ""
      : "the workflow may not ask for an identity",
    /--(?:no-provenance|allow-slow-types)/.test(workflow)
      ? "the workflow gives a point up"
      : "",
  ];
  return faults.filter((fault) => fault !== "");
}

/**
 * Checks the points that JSR scores and a repository can earn, and the list of
 * packed files.
 */
export function checkPackage(facts: PackageFacts): readonly Point[] {
  const { config, documentation, readme } = facts;
  const exported = Object.values(Object(config.exports)).map(String);
  const paths = documentation.map(({ path }) => path);
  return [
    {
      name: "README with an example",
      faults: EXAMPLE_REGEXP.test(readme) ? [] : ["README.md has no example"],
    },
    {
      name: "module doc on each entry point",
      faults: [
        ...missing(exported, paths).map((path) => `${path} was not read`),
        ...documentation.filter(({ moduleDoc }) => moduleDoc === "")
          .map(({ path }) => `${path} has no module doc`),
      ],
    },
    {
      name: "example in each module doc",
      faults: documentation
        .filter(({ moduleDoc }) => !/^```/m.test(moduleDoc))
        .map(({ path }) => `${path} has no example in its module doc`),
    },
    {
      name: "documentation of each exported symbol",
      faults: documentation.flatMap(({ path, symbols }) =>
        symbols.filter(({ isDocumented }) => !isDocumented)
          .map(({ name }) => `${name} of ${path} is not documented`)
      ),
    },
    {
      name: "every type beside the signatures that mention it",
      faults: documentation.flatMap(({ path, symbols }) =>
        symbols.flatMap(({ name, mentions }) =>
          missing(mentions, symbols.map((one) => one.name))
            .map((type) => `${path} exports ${name} without ${type}`)
        )
      ),
    },
    {
      name: "no slow types, and all else that publishing asks for",
      faults: facts.canPublish ? [] : ["deno publish --dry-run fails"],
    },
    { name: "name, version, license, description", faults: checkConfig(facts) },
    { name: "provenance", faults: checkProvenance(facts) },
    { name: "the files that users need", faults: checkPacked(facts) },
  ];
}
