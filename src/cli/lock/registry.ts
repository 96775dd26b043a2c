/** Asks the registries of npm and JSR which versions a package has. */

import { z } from "zod";
import { quote } from "../../base/text.ts";
import { TimeoutSignal } from "../../base/timing.ts";
import type { ReadPlugin } from "../../manifest/manifest.ts";
import { isInRange, isPreRelease, isRange } from "../../manifest/version.ts";
import type { CommandRun } from "../command_run.ts";
import { UsageError } from "../failure.ts";

/** A package, as a source names it. */
export interface PackageName {
  readonly registry: "npm" | "jsr";
  readonly name: string;
  /** The versions that the source accepts. */
  readonly range: string;
}

/** One version of a package. */
export interface PublishedVersion {
  readonly version: string;
  /** The time, in milliseconds since 1970, if the registry tells. */
  readonly publishedAt?: number;
  /** True if npm lists who built it. It says nothing about what the code does. */
  readonly hasProvenance: boolean;
}

const PACKAGE_REGEXP =
  /^(npm|jsr):\/?((?:@[^/@]+\/)?[^/@]+)(?:@([^/]+))?(?:\/.*)?$/;

/** Parses the specifier of a package; `undefined` for another source. */
export function parsePackageName(source: string): PackageName | undefined {
  const [, registry, name, range = "*"] = PACKAGE_REGEXP.exec(source) ?? [];
  if (name === undefined || (registry !== "npm" && registry !== "jsr")) {
    return undefined;
  }
  // A tag of npm, such as latest, accepts every version.
  return { registry, name, range: isRange(range) ? range : "*" };
}

const NPM = "npmjs.org";

/** Where the registries are, and the variable that Deno reads for another place. */
const REGISTRIES = {
  npm: [`https://registry.${NPM}/`, "NPM_CONFIG_REGISTRY"],
  jsr: ["https://jsr.io/", "JSR_URL"],
} as const;

/** Returns the address of a registry; reads its variable only if that is granted. */
function addressOf(registry: PackageName["registry"]): URL {
  const [usual, variable] = REGISTRIES[registry];
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  const set = state === "granted" ? Deno.env.get(variable) : undefined;
  const url = URL.parse(set ?? "") ?? new URL(usual);
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

function listUrl({ registry, name }: PackageName): URL {
  const address = addressOf(registry);
  return registry === "npm"
    ? new URL(name.replace("/", "%2f"), address)
    : new URL(`${name}/meta.json`, address);
}

const npmSchema = z.object({
  versions: z.record(
    z.string(),
    z.object({
      dist: z.object({ attestations: z.unknown() }).partial().optional(),
    }),
  ),
  time: z.record(z.string(), z.unknown()).default({}),
});

const jsrSchema = z.object({
  versions: z.record(
    z.string(),
    z.object({
      yanked: z.boolean().optional(),
      createdAt: z.string().optional(),
    }),
  ),
});

const TIMEOUT = 30_000;
/** More than the longest list that npm has. */
const MAX_BYTES = 134_217_728;

async function readBody(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > MAX_BYTES) {
      throw new Error(`it has more than ${MAX_BYTES} bytes`);
    }
    parts.push(part);
  }
  return await new Blob(parts.map((part) => new Uint8Array(part))).text();
}

async function readList(
  { clock, signal }: Pick<CommandRun, "clock" | "signal">,
  url: URL,
): Promise<unknown> {
  const fail = (why: string) =>
    new UsageError(
      `The registry at ${quote(url.origin)} cannot be asked: ${why}`,
      "Try again, or check the package, the network and JSR_URL or NPM_CONFIG_REGISTRY",
    );
  using limit = new TimeoutSignal(
    clock,
    TIMEOUT,
    () => new Error(`no answer in ${TIMEOUT / 1_000} s`),
    signal,
  );
  try {
    const response = await fetch(url, {
      signal: limit.signal,
      headers: { accept: "application/json" },
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw new Error(`it says ${response.status} for ${url.pathname}`);
    }
    return JSON.parse(await readBody(response));
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotCapable || signal.aborted) {
      throw thrown;
    }
    throw fail(thrown instanceof Error ? thrown.message : "nothing was said");
  }
}

function timeOf(text: unknown): { readonly publishedAt?: number } {
  const time = typeof text === "string" ? Date.parse(text) : NaN;
  return Number.isNaN(time) ? {} : { publishedAt: time };
}

/**
 * Lists the versions of a package, without those that were withdrawn. Needs `net`
 * permission for the registry.
 *
 * @throws {UsageError} when the registry cannot be asked.
 */
export async function readVersions(
  run: Pick<CommandRun, "clock" | "signal">,
  name: PackageName,
): Promise<readonly PublishedVersion[]> {
  const url = listUrl(name);
  const list = await readList(run, url);
  if (name.registry === "npm") {
    const { data } = npmSchema.safeParse(list);
    return Object.entries(data?.versions ?? {}).map(([version, { dist }]) => ({
      version,
      hasProvenance: dist?.attestations !== undefined,
      ...timeOf(data?.time[version]),
    }));
  }
  const { data } = jsrSchema.safeParse(list);
  return Object.entries(data?.versions ?? {})
    .filter(([, { yanked }]) => yanked !== true)
    .map(([version, { createdAt }]) => ({
      version,
      hasProvenance: false,
      ...timeOf(createdAt),
    }));
}

/** Tests if the registry of a package may be asked without a question. */
function mayAsk(name: PackageName): boolean {
  const { host, port, protocol } = listUrl(name);
  const address = port === ""
    ? `${host}:${protocol === "http:" ? 80 : 443}`
    : host;
  const { state } = Deno.permissions.querySync({ name: "net", host: address });
  return state === "granted";
}

/**
 * Asks the registry of a package about the version that `deno.lock` has.
 *
 * @param anyAge True if nobody needs to know, so that a missing permission is no
 * failure.
 */
export async function findPublished(
  run: CommandRun,
  { code }: ReadPlugin,
  { anyAge }: { readonly anyAge: boolean },
): Promise<PublishedVersion | undefined> {
  const resolved = code.kind === "module" ? code.resolved : undefined;
  const name = parsePackageName(resolved?.specifier ?? "");
  if (name === undefined || anyAge && !mayAsk(name)) return undefined;
  const versions = await readVersions(run, name);
  return versions.find(({ version }) => version === name.range);
}

/** Returns the newest version in a range; a pre-release only if there is no other. */
export function newestIn(
  versions: readonly PublishedVersion[],
  range: string,
): PublishedVersion | undefined {
  const within = versions.filter(({ version }) => isInRange(version, range));
  const released = within.filter(({ version }) => !isPreRelease(version));
  const candidates = released.length > 0 ? released : within;
  return candidates.reduce<PublishedVersion | undefined>(
    (best, one) =>
      best === undefined || isInRange(one.version, `>${best.version}`)
        ? one
        : best,
    undefined,
  );
}
