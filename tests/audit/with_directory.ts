/** A folder for one test, gone afterwards. */

/**
 * Calls a test with a new folder.
 *
 * @param body The test.
 */
export async function withDirectory(
  body: (directory: string) => Promise<void> | void,
): Promise<void> {
  const directory = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "semantik_audit_" }),
  );
  try {
    await body(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
