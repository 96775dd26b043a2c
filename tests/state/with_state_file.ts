/** A directory for one test, gone afterwards. */

/**
 * Calls a test with the path of a state file that does not exist yet.
 *
 * @param body The test.
 */
export async function withStateFile(
  body: (path: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "semantik_state_" }),
  );
  try {
    await body(`${directory}/plugin_state.json`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
