/** A registry of npm on loopback, with the packages that a test publishes. */

import { createHash } from "node:crypto";
import { packNpm } from "../../pack_npm.ts";

/** A version of a package. */
export interface NpmVersion {
  readonly files: Readonly<Record<string, string>>;
  /** The time at which it was published. */
  readonly time: string;
  readonly hasProvenance?: boolean;
}

/** A registry with one package. */
export class NpmRegistry implements AsyncDisposable {
  readonly #name: string;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #versions = new Map<
    string,
    NpmVersion & {
      readonly tarball: Uint8Array<ArrayBuffer>;
      readonly integrity: string;
    }
  >();

  constructor(name: string) {
    this.#name = name;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#answer(request),
    );
  }

  /** The address, as the variable NPM_CONFIG_REGISTRY names it. */
  get address(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/`;
  }

  /** Publishes a version, and returns its integrity. */
  async publish(version: string, published: NpmVersion): Promise<string> {
    const tarball = await packNpm(published.files);
    const integrity = `sha512-${
      createHash("sha512").update(tarball).digest("base64")
    }`;
    this.#versions.set(version, { ...published, tarball, integrity });
    return integrity;
  }

  #answer(request: Request): Response {
    const { pathname } = new URL(request.url);
    const [, version = ""] = /-(\d[^/]*)\.tgz$/.exec(pathname) ?? [];
    const wanted = this.#versions.get(version);
    if (wanted !== undefined) return new Response(wanted.tarball);
    if (decodeURIComponent(pathname) !== `/${this.#name}`) {
      return new Response("{}", { status: 404 });
    }
    const all = [...this.#versions];
    return Response.json({
      name: this.#name,
      "dist-tags": { latest: all.at(-1)?.[0] },
      time: Object.fromEntries(
        all.map(([version, { time }]) => [version, time]),
      ),
      versions: Object.fromEntries(
        all.map(([version, { integrity, hasProvenance }]) => [version, {
          name: this.#name,
          version,
          dist: {
            integrity,
            tarball: `${this.address}${this.#name}/-/package-${version}.tgz`,
            ...hasProvenance === true
              ? { attestations: { url: `${this.address}attestations` } }
              : {},
          },
        }]),
      ),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
