import { PluginError } from "../base/errors.ts";
import { normalizePath } from "../base/path.ts";
import { isIpv4, type NetEndpoint, parseNetEndpoint } from "./net_endpoint.ts";
import { keepImportHosts, startRemedy } from "./permission_flags.ts";
import { normalForm } from "./normal_form.ts";
import { jsrHost } from "./permission_query.ts";
import { PERMISSION_KINDS, type PermissionEntry } from "./permission_set.ts";
import type { PermissionState } from "./permission_states.ts";

/** Facts that a remedy depends on beside what is missing. */
export interface RemedyFacts {
  /** Returns the state of a permission. */
  readonly ask: (entry: PermissionEntry) => PermissionState;
  /** The import hosts that the application or a plugin declares. */
  readonly imports: readonly string[];
  /** True if the host is sealed: a permission it revoked does not return. */
  readonly isSealed: boolean;
}

function widerHosts(endpoint: NetEndpoint): readonly string[] {
  if (!("host" in endpoint)) return [];
  const { kind, host, port } = endpoint;
  const suffix = port === undefined ? "" : `:${port}`;
  const star = kind === "wildcard" ? "*." : "";
  const withoutPort = port === undefined ? [] : [`${star}${host}`];
  // Of two subnets, the wider one takes precedence in Deno.
  if (kind === "subnet") return withoutPort;
  if (isIpv4(host)) return [...withoutPort, `${host}/31${suffix}`];
  if (kind === "ip") return withoutPort;
  const [, ...parents] = host.split(".");
  return [
    ...withoutPort,
    ...kind === "host" ? [`*.${host}${suffix}`] : [],
    ...parents.length === 0 ? [] : [`*.${parents.join(".")}${suffix}`],
  ];
}

function widerValues({ kind, value = "" }: PermissionEntry): readonly string[] {
  switch (kind) {
    case "read":
    case "write":
    case "ffi":
      return [normalizePath(`${value}/..`)].filter((path) => path !== value);
    case "env":
      if (!value.endsWith("*")) return [`${value}*`];
      return value === "*" ? [] : [`${value.slice(0, -2)}*`];
    case "net":
    case "import": {
      const endpoint = parseNetEndpoint(value);
      return "fault" in endpoint ? [] : widerHosts(endpoint);
    }
    case "run":
    case "sys":
      return [];
  }
}

/**
 * Tests if an `--allow-*` flag for a denied entry would grant it: the narrower
 * of two flags takes precedence, and a wider one denies it, as far as Deno tells.
 */
function isDeniedByWider(
  entry: PermissionEntry,
  ask: RemedyFacts["ask"],
): boolean {
  const { kind, value } = entry;
  if (value === undefined) return false;
  return ask({ kind }) === "denied" ||
    widerValues(entry).some((wider) =>
      ask({ kind, value: wider }) === "denied"
    );
}

function kindsOf(entries: Iterable<PermissionEntry>): string {
  return [...new Set(Array.from(entries, ({ kind }) => kind))].join(", ");
}

// Deno ignores a narrower flag beside --allow-all.
function hasAllOtherKinds(
  denied: readonly PermissionEntry[],
  ask: RemedyFacts["ask"],
): boolean {
  return PERMISSION_KINDS.every((kind) =>
    denied.some((entry) => entry.kind === kind) ||
    ["granted", "partial"].includes(ask({ kind }))
  );
}

/** Names the flags that grant exactly what is missing. */
export function permissionRemedy(
  missing: readonly PermissionEntry[],
  { ask, imports, isSealed }: RemedyFacts,
): string {
  const denied = missing.filter((entry) => ask(entry) === "denied");
  const overridable = denied.filter((entry) => isDeniedByWider(entry, ask));
  const fixed = new Set(denied).difference(new Set(overridable));
  const undeny = fixed.size === 0 ? [] : [
    `Remove the denial of ${kindsOf(fixed)}: a --deny or --ignore flag, or ` +
    "the answer to a prompt",
  ];
  const grantable = missing.filter((entry) => !fixed.has(entry));
  if (grantable.length === 0) return undeny.join("; ");
  try {
    const grant = startRemedy(
      keepImportHosts(normalForm(grantable), [jsrHost(), ...imports]),
    );
    return [
      isSealed ? `${grant}, and enable the plugin before sealing` : grant,
      ...overridable.length === 0 ? [] : [
        `The flag is narrower than the denial of ${
          kindsOf(overridable)
        }, and takes precedence`,
      ],
      ...overridable.length > 0 && hasAllOtherKinds(overridable, ask)
        ? ["Deno accepts it only without --allow-all"]
        : [],
      ...undeny,
    ].join("; ");
  } catch (thrown) {
    if (!(thrown instanceof PluginError)) throw thrown;
    return thrown.remedy;
  }
}
