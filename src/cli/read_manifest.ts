import { joinFilePath, MANIFEST_FILE, readFileBytes } from "../base/path.ts";
import { quote } from "../base/text.ts";
import { type Manifest, MAX_MANIFEST_BYTES } from "../manifest/manifest.ts";
import { decodeManifest, parseManifest } from "../manifest/parse_manifest.ts";
import { UsageError } from "./failure.ts";

/**
 * Reads the manifest of a directory; `undefined` if it has none.
 *
 * @param action The verb of the message, e.g. `scan`.
 * @throws {UsageError} when it is invalid.
 */
export function readManifest(
  directory: string,
  action: string,
): Manifest | undefined {
  let bytes: Uint8Array | undefined;
  try {
    const path = joinFilePath(directory, MANIFEST_FILE);
    bytes = readFileBytes(path, MAX_MANIFEST_BYTES);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return undefined;
    throw thrown;
  }
  const decoded = decodeManifest(bytes ?? new Uint8Array());
  const parsed = decoded.ok ? parseManifest(decoded.value) : decoded;
  if (parsed.ok && "manifest" in parsed) return parsed.manifest;
  throw new UsageError(
    `Cannot ${action} ${quote(directory)}: its ${MANIFEST_FILE} is invalid`,
    `Run semantik-plugin validate ${directory} to see every problem`,
  );
}
