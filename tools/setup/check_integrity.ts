import { SetupError } from "./setup_error.ts";

/** Throws unless the bytes have the pinned hash. */
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
