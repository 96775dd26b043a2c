/**
 * A registry on loopback that takes a real `deno publish`, and a proxy through
 * which a process reaches it as `https://jsr.io`. Started by `world.ts`:
 *
 *     deno run registry.ts STORE FALLBACK TLS
 *
 * It serves `STORE`, where published packages are kept, and behind it
 * `FALLBACK`, a vendor folder. It prints its ports as one line of JSON, and ends
 * when its standard input ends.
 */

/** A request that was answered. */
interface Served {
  readonly path: string;
  readonly status: number;
  readonly bytes: number;
  /** The credentials that it came with. */
  readonly authorization: string | null;
}

const [store = "", fallback = "", tls = ""] = Deno.args;
const HOST = "127.0.0.1";
const BLOCK = 512;
const DAY = 86_400_000;
const served: Served[] = [];
/** Days since the publication of what is published next. */
let age = 0;

async function checksum(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return `sha256-${new Uint8Array(digest).toHex()}`;
}

/** Reads the files of a tar archive, by their paths from `/`. */
function readTar(
  tar: Uint8Array<ArrayBuffer>,
): ReadonlyMap<string, Uint8Array<ArrayBuffer>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const decoder = new TextDecoder();
  const field = (at: number, length: number) =>
    decoder.decode(tar.subarray(at, at + length)).split("\0", 1)[0] ?? "";
  let longName = "";
  for (let at = 0; at + BLOCK <= tar.length && tar[at] !== 0;) {
    const size = parseInt(field(at + 124, 12), 8) || 0;
    const type = field(at + 156, 1);
    const body = tar.slice(at + BLOCK, at + BLOCK + size);
    const prefix = field(at + 345, 155);
    const name = longName ||
      (prefix === "" ? "" : `${prefix}/`) + field(at, 100);
    // GNU tar writes a name of more than 100 bytes as an entry of its own.
    longName = type === "L" ? decoder.decode(body).split("\0", 1)[0] ?? "" : "";
    if (type === "0" || type === "") {
      files.set(`/${name.replace(/^\.?\/+/, "")}`, body);
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}

async function writeFile(
  path: string,
  content: string | Uint8Array,
): Promise<void> {
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  if (typeof content === "string") await Deno.writeTextFile(path, content);
  else await Deno.writeFile(path, content);
}

async function readVersions(path: string): Promise<Record<string, unknown>> {
  try {
    const { versions } = JSON.parse(await Deno.readTextFile(path));
    return { ...versions };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
}

/** Keeps a package as the registry serves it. */
async function publish(
  scope: string,
  name: string,
  version: string,
  config: string,
  archive: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<void> {
  const tar = await new Response(
    archive.pipeThrough(new DecompressionStream("gzip")),
  ).arrayBuffer();
  const files = readTar(new Uint8Array(tar));
  const folder = `${store}/@${scope}/${name}`;
  const manifest: Record<string, unknown> = {};
  for (const [path, bytes] of files) {
    await writeFile(`${folder}/${version}${path}`, bytes);
    manifest[path] = { size: bytes.length, checksum: await checksum(bytes) };
  }
  const { exports } = JSON.parse(
    new TextDecoder().decode(files.get(`/${config.replace(/^\//, "")}`)),
  );
  await writeFile(
    `${folder}/${version}_meta.json`,
    JSON.stringify({
      manifest,
      exports: typeof exports === "string" ? { ".": exports } : exports,
    }),
  );
  const meta = `${folder}/meta.json`;
  const versions = await readVersions(meta);
  const createdAt = new Date(Date.now() - age * DAY).toISOString();
  await writeFile(
    meta,
    JSON.stringify({
      scope,
      name,
      latest: version,
      versions: { ...versions, [version]: { createdAt } },
    }),
  );
}

async function answerApi(request: Request, url: URL): Promise<Response> {
  const path = url.pathname;
  const upload = new URLPattern({
    pathname: "/api/scopes/:scope/packages/:name/versions/:version",
  }).exec({ pathname: path })?.pathname.groups;
  if (upload !== undefined && request.body !== null) {
    const { scope = "", name = "", version = "" } = upload;
    const config = url.searchParams.get("config") ?? "/deno.json";
    await publish(scope, name, version, config, request.body);
    return Response.json({ id: "1", status: "success", error: null });
  }
  if (path.startsWith("/api/publish_status/")) {
    return Response.json({ id: "1", status: "success", error: null });
  }
  const found = new URLPattern({
    pathname: "/api/scopes/:scope/packages/:name",
  }).exec({ pathname: path })?.pathname.groups;
  return found === undefined
    ? Response.json({ code: "notFound" }, { status: 404 })
    : Response.json({
      ...found,
      latestVersion: null,
      description: "",
      isArchived: false,
    });
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  json: "application/json",
  js: "text/javascript",
  ts: "text/typescript",
  tgz: "application/octet-stream",
};

/** The file that holds what an address of the npm registry serves. */
function placeOf(path: string): string {
  return path.startsWith("/npm/") && !path.endsWith(".tgz")
    ? `${path}/packument.json`
    : path;
}

async function answerFile(path: string): Promise<Response> {
  if (path.split("/").includes("..")) {
    return new Response("Not found", { status: 404 });
  }
  const place = placeOf(path);
  const extension = place.slice(place.lastIndexOf(".") + 1);
  const type = CONTENT_TYPES[extension] ?? "text/plain";
  for (const root of [store, fallback]) {
    try {
      return new Response(await Deno.readFile(root + place), {
        headers: { "content-type": type },
      });
    } catch {
      // The next one may have it.
    }
  }
  return new Response("Not found", { status: 404 });
}

async function answer(request: Request): Promise<Response> {
  const url = new URL(request.url);
  const path = decodeURIComponent(url.pathname);
  if (path === "/__served") return Response.json(served.splice(0));
  if (path === "/__age") {
    age = Number(url.searchParams.get("days"));
    return new Response();
  }
  const response = path.startsWith("/api/")
    ? await answerApi(request, url)
    : await answerFile(path);
  const body = await response.bytes();
  const { status, headers } = response;
  const authorization = request.headers.get("authorization");
  served.push({ path, status, bytes: body.length, authorization });
  return new Response(body, { status, headers });
}

const options = { hostname: HOST, port: 0, onListen: () => {} };
const registry = Deno.serve(options, answer);
const front = Deno.serve({
  ...options,
  cert: await Deno.readTextFile(`${tls}/jsr.pem`),
  key: await Deno.readTextFile(`${tls}/jsr.key`),
}, answer);

/** Leads jsr.io to the front, and everything else where it belongs. */
async function tunnel(connection: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(8_192);
  const length = await connection.read(buffer) ?? 0;
  const head = new TextDecoder().decode(buffer.subarray(0, length));
  const [, hostname = "", port = ""] = /^CONNECT ([^:\s]+):(\d+)/.exec(head) ??
    [];
  const target = await Deno.connect(
    hostname === "jsr.io"
      ? { hostname: HOST, port: front.addr.port }
      : { hostname, port: Number(port) },
  );
  await connection.write(
    new TextEncoder().encode("HTTP/1.1 200 Connection established\r\n\r\n"),
  );
  await Promise.allSettled([
    connection.readable.pipeTo(target.writable),
    target.readable.pipeTo(connection.writable),
  ]);
}

const proxy = Deno.listen({ hostname: HOST, port: 0 });
async function accept(): Promise<void> {
  for await (const connection of proxy) {
    tunnel(connection).catch(() => connection.close());
  }
}
accept();

const ports = { registry: registry.addr.port, proxy: proxy.addr.port };
await Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify(ports)}\n`));
for await (const _chunk of Deno.stdin.readable) {
  // Nothing is said; its end is all.
}
Deno.exit(0);
