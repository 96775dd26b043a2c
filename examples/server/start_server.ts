import { assert } from "@std/assert";
import { exampleCommand, type ExampleOptions } from "../run_example.ts";

/** The token that the tests use. */
export const TOKEN = "0123456789-test-token";

/** A running server of a test. */
export interface RunningServer extends AsyncDisposable {
  readonly url: string;
  /** Asks it to end, and returns its exit code and its standard error. */
  end(): Promise<{ code: number; stderr: string }>;
}

/** Starts the server with exactly the flags that it names. */
export async function startServer(
  flags: readonly string[],
  { args = [], env = {} }: ExampleOptions,
): Promise<RunningServer> {
  const child = new Deno.Command(
    Deno.execPath(),
    exampleCommand("examples/server/main.ts", [
      "--allow-read=examples/server/plugins",
      "--allow-net=127.0.0.1:0",
      "--allow-env=SEMANTIK_ENABLE_*,SERVER_TOKEN",
      ...flags,
    ], { args: ["--port=0", ...args], env }),
  ).spawn();
  await child.stdin.close();
  const said = new Response(child.stderr).text();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let line = "";
  while (!line.includes("\n")) {
    const { done, value } = await reader.read();
    if (done) break;
    line += value;
  }
  const url = /^Listening on (http:\S+)$/m.exec(line)?.[1];
  if (url === undefined) {
    await child.status;
    assert(false, `The server did not start: ${await said}`);
  }
  let ended: Promise<{ code: number; stderr: string }> | undefined;
  async function end(): Promise<{ code: number; stderr: string }> {
    child.kill(Deno.build.os === "windows" ? "SIGKILL" : "SIGTERM");
    while (!(await reader.read()).done);
    const { code } = await child.status;
    return { code, stderr: await said };
  }
  return {
    url,
    end: () => ended ??= end(),
    async [Symbol.asyncDispose]() {
      await (ended ??= end());
    },
  };
}
