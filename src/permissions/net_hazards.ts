import { type Hazard, hazard } from "./hazard.ts";
import { type NetEndpoint, parseNetEndpoint } from "./net_endpoint.ts";
import {
  DEFAULT_IMPORT_HOSTS,
  type PermissionEntry,
} from "./permission_set.ts";
import { covers } from "./set_algebra.ts";

const NARROWER = "Name the hosts and their ports";

// Clouds hand out credentials here to whatever runs on the machine.
const METADATA: readonly string[] = [
  "169.254.169.254:80",
  "169.254.170.2:80",
  "[fd00:ec2::254]:80",
  "metadata.google.internal:80",
];

const SOCKET_REGEXP =
  /\/(?:docker|podman|containerd|crio)[^/]*\.sock$|\/containerd\/|\/podman\//;

function isEveryHost(endpoint: NetEndpoint): boolean {
  return endpoint.kind === "subnet" && endpoint.host.endsWith("/0") ||
    endpoint.kind === "wildcard" && !endpoint.host.includes(".");
}

function endpointHazards(
  entry: PermissionEntry,
  endpoint: NetEndpoint,
): readonly Hazard[] {
  if (endpoint.kind === "unix") {
    return SOCKET_REGEXP.test(endpoint.path)
      ? [hazard(
        "critical",
        entry,
        "reaches the socket of a container engine, which gives the machine away",
        "Leave it out",
      )]
      : [];
  }
  if (endpoint.kind === "vsock") {
    return [hazard(
      "medium",
      entry,
      "reaches the machine that this one runs on, or its neighbours",
      "Leave it out unless it is what the plugin is for",
    )];
  }
  if (isEveryHost(endpoint)) {
    return [hazard(
      "high",
      entry,
      "reaches more hosts than anybody can know",
      NARROWER,
    )];
  }
  const { value = "" } = entry;
  const found: Hazard[] = [];
  if (METADATA.some((host) => covers({ net: [value] }, { net: [host] }))) {
    found.push(hazard(
      "high",
      entry,
      "reaches the address where a cloud hands out credentials",
      "Leave it out, or use the library of the cloud in the host",
    ));
  }
  const local = endpoint.port === undefined &&
    ["127.0.0.1", "[::1]", "localhost"].some((host) =>
      covers({ net: [value] }, { net: [host] })
    );
  if (local) {
    found.push(hazard(
      "medium",
      entry,
      "reaches every service of this machine",
      'Name the port, as in "localhost:8080"',
    ));
  }
  return found;
}

/**
 * What is dangerous about a permission to use the network.
 *
 * @param entry A permission of kind `net`, in normal form.
 * @returns Its hazards.
 */
export function netHazards(entry: PermissionEntry): readonly Hazard[] {
  if (entry.value === undefined) {
    return [hazard(
      "high",
      entry,
      "reaches every host, those of the local network among them, and whatever was read can leave by it",
      NARROWER,
    )];
  }
  const endpoint = parseNetEndpoint(entry.value);
  return "fault" in endpoint ? [] : endpointHazards(entry, endpoint);
}

/**
 * What is dangerous about a permission to import.
 *
 * @param entry A permission of kind `import`, in normal form.
 * @returns Its hazards.
 */
export function importHazards(entry: PermissionEntry): readonly Hazard[] {
  const { value } = entry;
  const endpoint = value === undefined ? undefined : parseNetEndpoint(value);
  const every = endpoint !== undefined && !("fault" in endpoint) &&
    isEveryHost(endpoint);
  if (value === undefined || every) {
    return [hazard(
      "critical",
      entry,
      "runs code of any host with all that the process may do",
      "Name the hosts that are imported from",
    )];
  }
  return covers({ import: DEFAULT_IMPORT_HOSTS }, { import: [value] }) ? [] : [
    hazard(
      "medium",
      entry,
      "runs code of that host with all that the process may do",
      "Publish the code with the plugin, or in a registry that keeps versions",
    ),
  ];
}
