import {
  below,
  type Hazard,
  hazard,
  type HazardContext,
  homesFor,
  reach,
  reachesAny,
} from "./hazard.ts";
import type { PermissionEntry } from "./permission_set.ts";

const NARROWER = "Name the files or directories that are needed";

const SECRETS_IN_HOME: readonly string[] = [
  ".aws",
  ".azure",
  ".bash_history",
  ".config/gcloud",
  ".config/gh",
  ".config/google-chrome",
  ".docker",
  ".git-credentials",
  ".gnupg",
  ".kube",
  ".mozilla",
  ".netrc",
  ".npmrc",
  ".password-store",
  ".pgpass",
  ".ssh",
  "Library/Keychains",
  "AppData/Roaming/gcloud",
  "AppData/Roaming/Microsoft/Credentials",
  "AppData/Roaming/Mozilla",
];

const SECRETS: readonly string[] = [
  "/etc/shadow",
  "/etc/ssl/private",
  "/run/secrets",
  "/var/run/secrets",
  "/var/lib/docker",
];

const KERNEL: readonly string[] = ["/proc", "/dev", "/sys"];

/**
 * What is dangerous about a permission to read.
 *
 * @param entry A permission of kind `read`, in normal form.
 * @param context What lies where.
 * @returns Its hazards.
 */
export function readHazards(
  entry: PermissionEntry,
  context: HazardContext,
): readonly Hazard[] {
  const { value } = entry;
  if (value === undefined) {
    return [hazard(
      "high",
      entry,
      "reaches every file of the user, keys and passwords among them",
      NARROWER,
    )];
  }
  const reaches = (places: readonly string[]) => reachesAny(value, places);
  const homes = homesFor(value, context.homeDirectory);
  const { hostDirectory } = context;
  const found: Hazard[] = [];
  // Deno itself lets these few be opened with a grant of their own.
  const harmless =
    /^\/(?:dev\/(?:null|zero|u?random|tty)|proc\/pressure(?:\/.*)?)$/
      .test(value);
  if (reaches(KERNEL) && !harmless) {
    found.push(hazard(
      "high",
      entry,
      "reaches processes, devices or the kernel: the environment and the memory of this process among them. Deno opens them only for a process that was granted everything",
      "Leave it out: on Linux no flag short of --allow-all makes it work",
    ));
  }
  const secrets = homes.flatMap((home) =>
    SECRETS_IN_HOME.map((path) => below(home, path))
  );
  if (reaches(SECRETS) || reaches(secrets)) {
    found.push(hazard(
      "high",
      entry,
      "reaches keys and passwords of the user or the system",
      NARROWER,
    ));
  }
  if (hostDirectory !== undefined && reaches([below(hostDirectory, ".env")])) {
    found.push(hazard(
      "medium",
      entry,
      "reaches the host's own files, and a file of its variables if there is one",
      NARROWER,
    ));
  }
  for (const file of [context.stateFile, context.auditFile]) {
    if (file !== undefined && reach(value, file) === "covers") {
      found.push(hazard(
        "medium",
        entry,
        "reaches the state file or the audit file, which tell about other plugins",
        NARROWER,
      ));
    }
  }
  return found;
}
