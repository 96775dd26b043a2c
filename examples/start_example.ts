import { exampleCommand, type ExampleOptions } from "./run_example.ts";

/** A running server of a test. */
export interface RunningExample extends AsyncDisposable {
  readonly url: string;
  /** Asks it to end, and returns its exit code and its standard error. */
  end(): Promise<{ code: number; stderr: string }>;
}

/**
 * Starts an example that serves on loopback and prints its address, with exactly
 * these flags.
 */
export async function startExample(
  main: string,
  flags: readonly string[],
  options: ExampleOptions = {},
): Promise<RunningExample> {
  const child = new Deno.Command(
    Deno.execPath(),
    exampleCommand(main, flags, options),
  ).spawn();
  await child.stdin.close();
  const said = new Response(child.stderr).text();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  let port: string | undefined;
  while (port === undefined) {
    const { done, value } = await reader.read();
    if (done) break;
    text += value;
    port = /^Listening on http:\S+?:(\d+)\/.*\n/m.exec(text)?.[1];
  }
  if (port === undefined) {
    await child.status;
    throw new Error(`${main} did not start: ${await said}`);
  }
  let ended: Promise<{ code: number; stderr: string }> | undefined;
  async function end(): Promise<{ code: number; stderr: string }> {
    child.kill(Deno.build.os === "windows" ? "SIGKILL" : "SIGTERM");
    while (!(await reader.read()).done);
    const { code } = await child.status;
    return { code, stderr: await said };
  }
  return {
    url: `http://127.0.0.1:${port}/`,
    end: () => ended ??= end(),
    async [Symbol.asyncDispose]() {
      await (ended ??= end());
    },
  };
}
