/**
 * Starts a server for a test, which may start none itself: Postgres, Redis or
 * NATS, on a free port of loopback, with its data in a directory of its own.
 *
 * Prints a line of JSON once it accepts connections, and one for each command
 * that it read from standard input. Ends the server with its standard input.
 * With the argument `find`, tells only whether the engine is installed.
 */

import { lines } from "./lines.ts";

/** How one engine is found and started. */
interface Recipe {
  /** The package of Debian that has it. */
  readonly package: string;
  /** The directories of its programs, which may not be on the path. */
  readonly directories: () => readonly string[];
  readonly program: string;
  /** Makes its data directory ready. */
  readonly prepare?: (engine: Started) => Promise<void>;
  readonly args: (engine: Started) => readonly string[];
  /** Tests if it answers, beyond that its port is open. */
  readonly isReady?: (engine: Started) => Promise<boolean>;
  /** The signal that ends it in order. */
  readonly signal: Deno.Signal;
  /** The user to run it as, if it refuses root. */
  readonly user?: string;
}

interface Started {
  readonly directory: string;
  readonly data: string;
  readonly port: number;
  readonly recipe: Recipe;
  /** The directory of its programs. */
  readonly programs: string;
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

const COMMON = ["/usr/sbin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"];

/** The directories of each version of Postgres, the newest first. */
function postgresDirectories(): readonly string[] {
  const root = "/usr/lib/postgresql";
  try {
    const versions = [...Deno.readDirSync(root)].map(({ name }) => name);
    versions.sort((one, other) => Number(other) - Number(one));
    return [...versions.map((name) => `${root}/${name}/bin`), ...COMMON];
  } catch {
    return COMMON;
  }
}

const RECIPES: Readonly<Record<string, Recipe>> = {
  postgres: {
    package: "postgresql",
    directories: postgresDirectories,
    program: "postgres",
    user: "postgres",
    prepare: async (engine) => {
      const args = ["-D", engine.data, "-U", "postgres", "--no-sync"];
      await run(engine, "initdb", [...args, "-A", "trust", "-E", "UTF8"]);
    },
    args: ({ data, port }) => [
      "-D",
      data,
      "-p",
      `${port}`,
      "-c",
      "listen_addresses=127.0.0.1",
      "-c",
      "unix_socket_directories=",
      "-c",
      "fsync=off",
    ],
    isReady: async (engine) =>
      await run(engine, "pg_isready", [
        "-h",
        "127.0.0.1",
        "-p",
        `${engine.port}`,
      ]).then(() => true, () => false),
    signal: "SIGINT",
  },
  redis: {
    package: "redis-server",
    directories: () => COMMON,
    program: "redis-server",
    args: ({ data, port }) => [
      "--bind",
      "127.0.0.1",
      "--port",
      `${port}`,
      "--dir",
      data,
      "--save",
      "",
      "--appendonly",
      "yes",
    ],
    signal: "SIGTERM",
  },
  nats: {
    package: "nats-server",
    directories: () => COMMON,
    program: "nats-server",
    args: ({ data, port }) => [
      "-a",
      "127.0.0.1",
      "-p",
      `${port}`,
      "-js",
      "-sd",
      data,
    ],
    signal: "SIGTERM",
  },
};

const decoder = new TextDecoder();

function commandOf(
  { programs, directory, owner }: Started,
  program: string,
  args: readonly string[],
): Deno.Command {
  return new Deno.Command(`${programs}/${program}`, {
    args: [...args],
    cwd: directory,
    clearEnv: true,
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C", HOME: directory },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    ...owner,
  });
}

/** Runs a program of an engine to its end. */
async function run(
  engine: Started,
  program: string,
  args: readonly string[],
): Promise<void> {
  const { success, stderr } = await commandOf(engine, program, args).output();
  if (!success) throw new Error(`${program}: ${decoder.decode(stderr)}`);
}

async function idOf(flag: string, user: string): Promise<number> {
  const { success, stdout } = await new Deno.Command("/usr/bin/id", {
    args: [flag, user],
    stdin: "null",
  }).output();
  if (!success) throw new Error(`There is no user ${user}`);
  return Number(decoder.decode(stdout));
}

function find({ directories, program }: Recipe): string | undefined {
  return directories().find((directory) => {
    try {
      return Deno.statSync(`${directory}/${program}`).isFile;
    } catch {
      return false;
    }
  });
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

async function isOpen(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}

const pause = (milliseconds: number) =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** How long an engine may take to start, in milliseconds. */
const START_LIMIT = 30_000;

async function start(engine: Started): Promise<Deno.ChildProcess> {
  const { recipe, port } = engine;
  const child = commandOf(engine, recipe.program, recipe.args(engine)).spawn();
  const said = new Response(child.stderr).text();
  let hasEnded = false;
  child.status.then(() => hasEnded = true);
  const end = Date.now() + START_LIMIT;
  while (Date.now() < end) {
    if (hasEnded) throw new Error(`${recipe.program}: ${await said}`);
    const isReady = await isOpen(port) &&
      (await recipe.isReady?.(engine) ?? true);
    if (isReady) return child;
    await pause(20);
  }
  child.kill("SIGKILL");
  throw new Error(`${recipe.program} did not start: ${await said}`);
}

async function makeData(engine: Started): Promise<void> {
  const { data, owner, recipe } = engine;
  await Deno.mkdir(data, { mode: 0o700 });
  if (owner !== undefined) await Deno.chown(data, owner.uid, owner.gid);
  await recipe.prepare?.(engine);
}

async function stop(
  child: Deno.ChildProcess | undefined,
  signal: Deno.Signal,
): Promise<void> {
  if (child === undefined) return;
  try {
    child.kill(signal);
  } catch {
    // It ended by itself.
  }
  // One that does not end in order, ends all the same.
  const force = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await child.status;
  clearTimeout(force);
}

function print(line: Readonly<Record<string, unknown>>): void {
  Deno.stdout.writeSync(
    new TextEncoder().encode(`${JSON.stringify(line)}\n`),
  );
}

async function serve(recipe: Recipe, programs: string): Promise<void> {
  // Not where the tests keep their files: another user may not look there.
  const directory = await Deno.makeTempDir({ dir: "/tmp", prefix: "engine-" });
  let child: Deno.ChildProcess | undefined;
  try {
    const { user } = recipe;
    const owner = user === undefined || Deno.uid() !== 0
      ? undefined
      : { uid: await idOf("-u", user), gid: await idOf("-g", user) };
    if (owner !== undefined) {
      await Deno.chown(directory, owner.uid, owner.gid);
    }
    const engine: Started = {
      directory,
      data: `${directory}/data`,
      port: freePort(),
      recipe,
      programs,
      owner,
    };
    await makeData(engine);
    child = await start(engine);
    print({ port: engine.port });
    const { signal } = recipe;
    const commands: Readonly<Record<string, () => Promise<void>>> = {
      stop: async () => {
        await stop(child, signal);
        child = undefined;
      },
      kill: async () => {
        await stop(child, "SIGKILL");
        child = undefined;
      },
      start: async () => {
        child ??= await start(engine);
      },
      wipe: async () => {
        await stop(child, "SIGKILL");
        await Deno.remove(engine.data, { recursive: true });
        await makeData(engine);
        child = await start(engine);
      },
    };
    for await (const command of lines(Deno.stdin.readable)) {
      await commands[command]?.();
      print({ done: command });
    }
  } finally {
    await stop(child, "SIGKILL");
    await Deno.remove(directory, { recursive: true });
  }
}

// An interrupt at the terminal reaches this process as well, which has to clean up.
if (Deno.build.os !== "windows") {
  Deno.addSignalListener("SIGINT", () => {});
}
const [name = "", task] = Deno.args;
const recipe = RECIPES[name];
if (recipe === undefined) throw new Error(`There is no engine "${name}"`);
const programs = Deno.build.os === "windows" ? undefined : find(recipe);
if (programs === undefined) print({ missing: recipe.package });
else if (task === "find") print({ found: programs });
else await serve(recipe, programs);
