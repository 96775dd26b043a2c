/**
 * Runs a test with a folder of its own, and removes the folder afterwards.
 *
 * @param test Given the folder's path.
 */
export async function withFolder(
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
