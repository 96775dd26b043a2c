/** Servers for tests: each on a free port of loopback, and ended with the test. */

import { lines } from "./lines.ts";

/** The engines that tests can start, if their programs are installed. */
export type EngineName = "postgres" | "redis" | "nats";

/** A server that a test started. Disposing it ends it, and removes its data. */
export interface Engine extends AsyncDisposable {
  readonly name: EngineName;
  /** Its port at 127.0.0.1, the same after each start. */
  readonly port: number;
  /** Ends it in order. */
  stop(): Promise<void>;
  /** Ends it by SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again, with the same data. */
  start(): Promise<void>;
  /** Ends it, and starts it without data. */
  wipe(): Promise<void>;
}

const SERVER = new URL("./engine_server.ts", import.meta.url);
const PATHS = ["/tmp", "/usr", "/opt/homebrew"].join(",");

function serverCommand(args: readonly string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--no-check",
      "--no-config",
      `--allow-read=${PATHS}`,
      "--allow-write=/tmp",
      "--allow-net=127.0.0.1",
      "--allow-sys=uid",
      "--allow-run",
      SERVER.href,
      ...args,
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  });
}

/**
 * Returns the reason why a test that needs an engine cannot run, for its name.
 *
 * @param name The engine.
 * @returns The reason, or `undefined` if the engine is installed.
 */
export async function withoutEngine(
  name: EngineName,
): Promise<string | undefined> {
  const server = serverCommand([name, "find"]).spawn();
  await server.stdin.close();
  const { stdout } = await server.output();
  const { missing } = JSON.parse(new TextDecoder().decode(stdout));
  return missing === undefined ? undefined : `${missing} is not installed`;
}

/**
 * Starts an engine in a process with its own permissions: a test may start
 * nothing but Deno.
 *
 * @param name The engine. Postgres has the user `postgres`, without a password.
 * @returns The engine, or the package of Debian that is missing.
 */
export async function startEngine(
  name: EngineName,
): Promise<Engine | { readonly missing: string }> {
  const server = serverCommand([name]).spawn();
  const input = server.stdin.getWriter();
  const output = lines(server.stdout);
  const next = async (): Promise<Record<string, unknown>> => {
    const { value } = await output.next();
    if (value === undefined) throw new Error(`${name} could not be started`);
    return JSON.parse(value);
  };
  const end = async () => {
    await input.close().catch(() => {});
    await output.return(undefined);
    await server.status;
  };
  try {
    const { port, missing } = await next();
    if (typeof missing === "string") {
      await end();
      return { missing };
    }
    const command = (word: string) => async () => {
      await input.write(new TextEncoder().encode(`${word}\n`));
      await next();
    };
    return {
      name,
      port: Number(port),
      stop: command("stop"),
      kill: command("kill"),
      start: command("start"),
      wipe: command("wipe"),
      [Symbol.asyncDispose]: end,
    };
  } catch (thrown) {
    await end();
    throw thrown;
  }
}
