/** Variables that tests may read; Windows has its own names for home and temp. */
const READABLE_VARIABLES = [
  "APPDATA",
  "DENO_DIR",
  "HOME",
  "LOCALAPPDATA",
  "NO_COLOR",
  "PATH",
  "PLUGINS_FUZZ_RUNS",
  "SystemRoot",
  "TEMP",
  "TMP",
  "TMPDIR",
  "USERPROFILE",
];

/**
 * Says what `deno test` is called with: the strictest checks, and the fewest
 * permissions that let the tests run.
 *
 * @param temporary The one folder that tests may write to.
 * @param deno Path of the one program that tests may start. It is a path, as
 * under `npx` the `deno` on the search path is not the file that runs the tests.
 * @returns The flags.
 */
export function testFlags(temporary: string, deno: string): string[] {
  return [
    "--doc",
    "--parallel",
    "--shuffle",
    "--trace-leaks",
    "--no-prompt",
    `--allow-read=.,${temporary},${deno}`,
    `--allow-write=${temporary}`,
    "--allow-net=127.0.0.1,localhost",
    `--allow-env=${READABLE_VARIABLES.join(",")}`,
    `--allow-run=${deno}`,
  ];
}
