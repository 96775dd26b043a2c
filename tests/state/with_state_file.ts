/** A folder for one test, gone afterwards. */

/**
 * Calls a test with the path of a state file that does not exist yet.
 *
 * @param body The test.
 */
export async function withStateFile(
  body: (path: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "semantik_state_" }),
  );
  try {
    await body(`${folder}/plugin_state.json`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
