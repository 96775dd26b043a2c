import { SetupError } from "./setup_error.ts";

/**
 * Refuses bytes that are not the pinned ones.
 *
 * @param spec What the bytes are said to be, for the message.
 * @param bytes The bytes.
 * @param integrity Their hash as npm writes it, `sha512-` and base64.
 * @throws {SetupError} when the hash is another one.
 */
export async function checkIntegrity(
  spec: string,
  bytes: Uint8Array<ArrayBuffer>,
  integrity: string,
): Promise<void> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-512", bytes));
  const found = `sha512-${digest.toBase64()}`;
  if (found === integrity) return;
  throw new SetupError(
    `the tarball of "${spec}" hashes to "${found}", not to the pinned "${integrity}"; check what stands between this machine and the registry`,
  );
}
