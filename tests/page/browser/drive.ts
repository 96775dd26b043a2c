import { assertEquals } from "@std/assert";

const ROOT = new URL("../../../", import.meta.url);

/**
 * Runs a driver, which may start a browser; these tests may not. Returns what it
 * found, and nothing without a browser.
 */
export async function drive(driver: string) {
  const folder = await Deno.makeTempDir({ prefix: "semantik-browser-" });
  try {
    const { code, stderr, stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-prompt",
        "--allow-run=chromium,chromium-browser,google-chrome",
        "--allow-net=127.0.0.1",
        "--allow-env",
        `tests/page/browser/${driver}`,
        folder,
      ],
      cwd: ROOT,
      stdin: "null",
      signal: AbortSignal.timeout(300_000),
    }).output();
    const decoder = new TextDecoder();
    assertEquals(code, 0, decoder.decode(stderr));
    const found = JSON.parse(decoder.decode(stdout));
    if (found.missing === undefined) return found;
    // deno-lint-ignore no-console -- reports the part that was not tested
    console.warn(
      `The page was not tested in a browser: install one of ${
        found.missing.join(", ")
      }`,
    );
    return undefined;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
