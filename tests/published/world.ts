/** The package as its users get it: published, and used from an empty folder. */

import { packNpm } from "../pack_npm.ts";

const ROOT = new URL("../../", import.meta.url);
const DECODER = new TextDecoder();
const DAY = 86_400_000;
/** Deno refuses versions that are younger than a day. */
const OLD_ENOUGH = 3;

/** How a command ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of {@linkcode World.deno}. */
export interface DenoOptions {
  /** The folder to run in; a relative one lies in the world's own. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** True to reach no server at all. */
  readonly offline?: boolean;
}

/** A request that the registry answered. */
export interface Served {
  readonly path: string;
  readonly status: number;
  readonly bytes: number;
  readonly authorization: string | null;
}

interface Ports {
  readonly registry: number;
  readonly proxy: number;
}

async function startRegistry(
  folder: string,
): Promise<readonly [Deno.ChildProcess, Ports]> {
  const fallback = new URL("vendor/jsr.io", ROOT).pathname;
  const tls = new URL("tls", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-config",
      "--no-lock",
      "--no-prompt",
      "--allow-net",
      `--allow-read=${folder},${fallback},${tls}`,
      `--allow-write=${folder}`,
      new URL("registry.ts", import.meta.url).pathname,
      `${folder}/store`,
      fallback,
      tls,
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  let line = "";
  while (!line.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error("The registry did not start");
    line += DECODER.decode(value);
  }
  reader.releaseLock();
  return [child, JSON.parse(line)];
}

function readOutput({ code, stdout, stderr }: Deno.CommandOutput): Ended {
  return {
    code,
    stdout: DECODER.decode(stdout),
    stderr: DECODER.decode(stderr),
  };
}

/** A registry on loopback, and folders in which its packages are used. */
export class World implements AsyncDisposable {
  /** The folder of everything that a test writes. */
  readonly folder: string;
  readonly #registry: Deno.ChildProcess;
  readonly #ports: Ports;

  private constructor(
    folder: string,
    registry: Deno.ChildProcess,
    ports: Ports,
  ) {
    this.folder = folder;
    this.#registry = registry;
    this.#ports = ports;
  }

  /** Starts a registry with nothing in it but the packages of `@std`. */
  static async start(): Promise<World> {
    const folder = await Deno.realPath(
      await Deno.makeTempDir({ prefix: "semantik-published-" }),
    );
    return new World(folder, ...await startRegistry(folder));
  }

  /** Starts a registry, and publishes this package into it. */
  static async create(): Promise<World> {
    const world = await World.start();
    await world.#publishOwn();
    return world;
  }

  /** Publishes what a user gets, from a copy: Deno would write into the vendor folder. */
  async #publishOwn(): Promise<void> {
    const config = JSON.parse(
      await Deno.readTextFile(new URL("deno.json", ROOT)),
    );
    const { vendor: _, workspace: __, ...published } = config;
    const target = `${this.folder}/package`;
    await Deno.mkdir(target);
    for (const path of published.publish.include) {
      await copy(new URL(path, ROOT).pathname, `${target}/${path}`);
    }
    await Deno.writeTextFile(
      `${target}/deno.json`,
      JSON.stringify(published, undefined, 2),
    );
    await this.publish("package");
  }

  /** Publishes a folder by the real `deno publish`, so many days ago. */
  async publish(cwd: string, days = OLD_ENOUGH): Promise<void> {
    await (await fetch(`${this.address}/__age?days=${days}`)).text();
    const ended = await this.deno(
      ["publish", "--token=x", "--allow-dirty", "--no-provenance"],
      {
        cwd,
        env: {
          JSR_URL: this.address,
          HTTPS_PROXY: "",
        },
      },
    );
    if (ended.code !== 0) throw new Error(ended.stderr);
  }

  /** The address of the registry. */
  get address(): string {
    return `http://127.0.0.1:${this.#ports.registry}`;
  }

  /** The `.npmrc` of a project that takes packages of `@acme` from here. */
  get npmrc(): string {
    return `@acme:registry=${this.address}/npm/\n`;
  }

  /** Publishes an npm package, version 1.0.0. */
  async publishNpm(
    name: string,
    files: Readonly<Record<string, string>>,
    days = OLD_ENOUGH,
  ): Promise<void> {
    const folder = `${this.folder}/store/npm/${name}`;
    const file = `${name.slice(name.indexOf("/") + 1)}-1.0.0.tgz`;
    const archive = await packNpm(files);
    const digest = await crypto.subtle.digest("SHA-512", archive);
    const address = `${this.address}/npm/${name}`;
    await Deno.mkdir(`${folder}/-`, { recursive: true });
    await Deno.writeFile(`${folder}/-/${file}`, archive);
    await Deno.writeTextFile(
      `${folder}/packument.json`,
      JSON.stringify({
        name,
        "dist-tags": { latest: "1.0.0" },
        time: { "1.0.0": new Date(Date.now() - days * DAY).toISOString() },
        versions: {
          "1.0.0": {
            ...JSON.parse(files["package.json"] ?? "{}"),
            dist: {
              tarball: `${address}/-/${file}`,
              integrity: `sha512-${new Uint8Array(digest).toBase64()}`,
            },
          },
        },
      }),
    );
  }

  /** Serves files from a server that is no registry, and returns their address. */
  async serve(
    name: string,
    files: Readonly<Record<string, string>>,
  ): Promise<string> {
    await this.write(`store/${name}`, files);
    return `${this.address}/${name}/`;
  }

  /** Writes files into a new folder, and returns its path. */
  async write(
    name: string,
    files: Readonly<Record<string, string>>,
  ): Promise<string> {
    const folder = `${this.folder}/${name}`;
    await Deno.mkdir(folder, { recursive: true });
    for (const [path, text] of Object.entries(files)) {
      const file = `${folder}/${path}`;
      await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), {
        recursive: true,
      });
      await Deno.writeTextFile(file, text);
    }
    return folder;
  }

  #command(
    args: readonly string[],
    { cwd = "", env = {}, offline = false }: DenoOptions = {},
    program: string = Deno.execPath(),
  ): Deno.Command {
    return new Deno.Command(program, {
      args: [...args],
      cwd: cwd.startsWith("/") ? cwd : `${this.folder}/${cwd}`,
      env: {
        DENO_DIR: `${this.folder}/deno_dir`,
        DENO_INSTALL_ROOT: `${this.folder}/install`,
        DENO_CERT: new URL("tls/ca.pem", import.meta.url).pathname,
        DENO_NO_UPDATE_CHECK: "1",
        HTTPS_PROXY: offline
          ? "http://127.0.0.1:9"
          : `http://127.0.0.1:${this.#ports.proxy}`,
        NO_PROXY: "127.0.0.1,localhost",
        NO_COLOR: "1",
        ...env,
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
  }

  /** Runs Deno as on a user's machine, where jsr.io is the registry. */
  async deno(
    args: readonly string[],
    options: DenoOptions = {},
  ): Promise<Ended> {
    return readOutput(await this.#command(args, options).output());
  }

  /** Runs a line in a shell, which finds `deno` in its path. */
  async shell(line: string, options: DenoOptions = {}): Promise<Ended> {
    return readOutput(
      await this.#command(["-c", line], options, "sh").output(),
    );
  }

  /** Runs Deno until its output matches, then interrupts it as Ctrl-C does. */
  async denoUntil(
    args: readonly string[],
    pattern: RegExp,
    options: DenoOptions = {},
  ): Promise<Ended> {
    await using child = this.#command(args, options).spawn();
    const stderr = new Response(child.stderr).text();
    let stdout = "";
    for await (
      const text of child.stdout.pipeThrough(new TextDecoderStream())
    ) {
      const isNew = !pattern.test(stdout);
      stdout += text;
      if (isNew && pattern.test(stdout)) child.kill("SIGINT");
    }
    const { code } = await child.status;
    return { code, stdout, stderr: await stderr };
  }

  /** Returns what the registry answered since it was last asked. */
  async served(): Promise<readonly Served[]> {
    const response = await fetch(`${this.address}/__served`);
    return await response.json();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#registry.stdin.close();
    await this.#registry.stdout.cancel();
    await this.#registry.status;
    await Deno.remove(this.folder, { recursive: true });
  }
}

async function copy(from: string, to: string): Promise<void> {
  if ((await Deno.stat(from)).isFile) return await Deno.copyFile(from, to);
  await Deno.mkdir(to, { recursive: true });
  for await (const { name } of Deno.readDir(from)) {
    await copy(
      `${from.replace(/\/$/, "")}/${name}`,
      `${to.replace(/\/$/, "")}/${name}`,
    );
  }
}
