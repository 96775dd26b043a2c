/**
 * Variables that tests may read; Windows has its own names for home and temp.
 */
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
 * The ids of the plugins whose processes may ask for permissions at a socket; `+`
 * is for processes without a plugin.
 */
const LIVE_IDS = ["a", "b", "c", "d", "e", "+"];

/**
 * Returns the flags of `deno test`: the strictest checks, and the fewest
 * permissions that let the tests run.
 */
export function testFlags(temporary: string, deno: string): string[] {
  // Deno grants a socket by its path alone, never by its directory.
  const sockets = LIVE_IDS.map((id) => `unix:${temporary}/sockets/${id}.sock`);
  return [
    "--doc",
    "--parallel",
    "--shuffle",
    "--no-prompt",
    `--allow-read=.,${temporary},${deno}`,
    `--allow-write=${temporary}`,
    `--allow-net=127.0.0.1,localhost,${sockets.join(",")}`,
    `--allow-env=${READABLE_VARIABLES.join(",")}`,
    `--allow-run=${deno}`,
  ];
}
