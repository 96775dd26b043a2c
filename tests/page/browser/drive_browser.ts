/**
 * Uses the page in a headless Chromium and prints its findings as JSON:
 * `drive_browser.ts URL TOKEN FOLDER`.
 */

const PROGRAMS = ["chromium", "chromium-browser", "google-chrome"];
const ENDPOINT_REGEXP = /DevTools listening on (ws:\/\/\S+)/;

type Json = Readonly<Record<string, unknown>>;

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null;
}

function at(value: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (inner, key) => isJson(inner) ? inner[key] : undefined,
    value,
  );
}

function startBrowser(folder: string): Deno.ChildProcess | undefined {
  for (const program of PROGRAMS) {
    try {
      return new Deno.Command(program, {
        args: [
          "--headless",
          // Root in a container needs this.
          "--no-sandbox",
          "--disable-gpu",
          "--disable-dev-shm-usage",
          "--no-first-run",
          `--user-data-dir=${folder}`,
          "--remote-debugging-port=0",
          "about:blank",
        ],
        env: { HOME: folder },
        stdin: "null",
        stdout: "null",
        stderr: "piped",
      }).spawn();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}

async function findEndpoint(
  output: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<string> {
  let text = "";
  for await (
    const part of output.pipeThrough(new TextDecoderStream()).values()
  ) {
    text += part;
    const endpoint = ENDPOINT_REGEXP.exec(text)?.[1];
    if (endpoint !== undefined) return endpoint;
  }
  throw new Error(`The browser did not start: ${text}`);
}

/** The browser's end of the Chrome DevTools Protocol. */
class DevTools {
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, (message: Json) => void>();
  readonly #waiting = new Map<string, () => void>();
  /** The errors and warnings of the browser. */
  readonly complaints: string[] = [];
  #session: unknown;
  #last = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const message: unknown = JSON.parse(String(data));
      if (isJson(message)) this.#take(message);
    });
  }

  #take(message: Json): void {
    const { id, method, params } = message;
    if (typeof id === "number") {
      this.#answers.get(id)?.(message);
      this.#answers.delete(id);
    } else if (method === "Log.entryAdded") {
      const { source, text } = isJson(at(params, "entry"))
        ? Object(at(params, "entry"))
        : {};
      this.complaints.push(`${source}: ${text}`);
    } else {
      this.#waiting.get(String(method))?.();
      this.#waiting.delete(String(method));
    }
  }

  async send(method: string, params: Json = {}): Promise<unknown> {
    const id = ++this.#last;
    const { promise, resolve } = Promise.withResolvers<Json>();
    this.#answers.set(id, resolve);
    this.#socket.send(JSON.stringify({
      id,
      method,
      params,
      ...this.#session === undefined ? {} : { sessionId: this.#session },
    }));
    const { error, result } = await promise;
    if (error !== undefined) {
      throw new Error(`${method}: ${JSON.stringify(error)}`);
    }
    return result;
  }

  async openPage(): Promise<void> {
    const created = await this.send("Target.createTarget", {
      url: "about:blank",
    });
    const attached = await this.send("Target.attachToTarget", {
      targetId: at(created, "targetId"),
      flatten: true,
    });
    this.#session = at(attached, "sessionId");
    for (const domain of ["Page", "Runtime", "Log", "Accessibility"]) {
      await this.send(`${domain}.enable`);
    }
  }

  /** Runs an action that loads another page, and waits for that page. */
  async load(action: () => Promise<unknown>): Promise<void> {
    const loaded = new Promise<void>((resolve) =>
      this.#waiting.set("Page.loadEventFired", resolve)
    );
    await action();
    await loaded;
  }

  async evaluate(expression: string): Promise<unknown> {
    const answer = await this.send("Runtime.evaluate", {
      expression,
      returnByValue: true,
    });
    return at(answer, "result", "value");
  }

  /** Reads the roles and names that a screen reader gets. */
  async readNames(): Promise<readonly string[]> {
    const tree = await this.send("Accessibility.getFullAXTree");
    const nodes = at(tree, "nodes");
    return (Array.isArray(nodes) ? nodes : [])
      .filter((node) => at(node, "ignored") !== true)
      .map((node) =>
        `${at(node, "role", "value")} ${at(node, "name", "value") ?? ""}`.trim()
      );
  }
}

async function tryPage(
  tools: DevTools,
  url: string,
  token: string,
): Promise<Json> {
  const statusOfUptime = () =>
    tools.evaluate(
      `[...document.querySelectorAll("tbody tr")]
        .find((row) => row.textContent.includes("uptime"))
        ?.querySelector(".status")?.textContent`,
    );
  // Like a person: focus the field, type the token, press Enter.
  const submit = (text: string) =>
    tools.load(async () => {
      await tools.evaluate(`document.querySelector("#token-uptime").focus()`);
      await tools.send("Input.insertText", { text });
      for (const type of ["keyDown", "keyUp"]) {
        await tools.send("Input.dispatchKeyEvent", {
          type,
          key: "Enter",
          code: "Enter",
          text: "\r",
          windowsVirtualKeyCode: 13,
        });
      }
    });
  await tools.load(() => tools.send("Page.navigate", { url }));
  const title = await tools.evaluate("document.title");
  const width = await tools.evaluate(
    `getComputedStyle(document.querySelector("main")).maxWidth`,
  );
  const names = await tools.readNames();
  // As narrow as on a phone, or at 400 % zoom.
  const narrow = { width: 320, height: 640, mobile: false };
  await tools.send("Emulation.setDeviceMetricsOverride", {
    ...narrow,
    deviceScaleFactor: 1,
  });
  const overflow = await tools.evaluate(
    "document.documentElement.scrollWidth - document.documentElement.clientWidth",
  );
  await tools.send("Emulation.clearDeviceMetricsOverride");
  const before = await statusOfUptime();
  await submit("not the right one");
  const alert = await tools.evaluate(
    `document.querySelector("[role=alert]")?.textContent`,
  );
  // A wrong token is an HTTP error and no fault of the page.
  const complaints = tools.complaints.splice(0);
  await tools.load(() => tools.send("Page.navigate", { url }));
  await submit(token);
  const disabled = await statusOfUptime();
  await submit(token);
  const enabled = await statusOfUptime();
  return {
    title,
    width,
    names,
    overflow,
    alert,
    statuses: [before, disabled, enabled],
    complaints: [
      ...complaints.filter((text) => !text.includes("status of 401")),
      ...tools.complaints,
    ],
  };
}

const [url = "", token = "", folder = ""] = Deno.args;
const browser = startBrowser(folder);
if (browser === undefined) {
  // deno-lint-ignore no-console -- the test reads it
  console.log(JSON.stringify({ missing: PROGRAMS }));
} else {
  try {
    const socket = new WebSocket(await findEndpoint(browser.stderr));
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve, { once: true });
      socket.addEventListener("error", reject, { once: true });
    });
    const tools = new DevTools(socket);
    await tools.openPage();
    const found = await tryPage(tools, url, token);
    // deno-lint-ignore no-console -- the test reads it
    console.log(JSON.stringify(found));
  } finally {
    browser.kill("SIGTERM");
    await browser.status;
  }
}
Deno.exit();
