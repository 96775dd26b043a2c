/** Starts a browser without a window, and talks to it by the DevTools protocol. */

export const PROGRAMS: readonly string[] = [
  "chromium",
  "chromium-browser",
  "google-chrome",
];

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

/** Starts a browser; returns `undefined` if the machine has none. */
function spawnBrowser(folder: string): Deno.ChildProcess | undefined {
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

/** The surroundings of a page. */
export interface Surroundings {
  readonly width?: number;
  readonly scheme?: "light" | "dark";
  readonly hasLessMotion?: boolean;
  readonly hasScript?: boolean;
}

/** One page of a browser. */
export class DevTools implements AsyncDisposable {
  readonly #browser: Deno.ChildProcess;
  readonly #socket: WebSocket;
  readonly #replies = new Map<number, (message: Json) => void>();
  readonly #waiting = new Map<string, () => void>();
  /** The errors and warnings of the browser. */
  readonly complaints: string[] = [];
  #session: unknown;
  #last = 0;

  constructor(browser: Deno.ChildProcess, socket: WebSocket) {
    this.#browser = browser;
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const message: unknown = JSON.parse(String(data));
      if (isJson(message)) this.#take(message);
    });
  }

  /** Starts a browser with a page; returns `undefined` if there is none. */
  static async start(folder: string): Promise<DevTools | undefined> {
    const browser = spawnBrowser(folder);
    if (browser === undefined) return undefined;
    const socket = new WebSocket(await findEndpoint(browser.stderr));
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve, { once: true });
      socket.addEventListener("error", reject, { once: true });
    });
    const tools = new DevTools(browser, socket);
    await tools.#openPage();
    return tools;
  }

  #take(message: Json): void {
    const { id, method, params } = message;
    if (typeof id === "number") {
      this.#replies.get(id)?.(message);
      this.#replies.delete(id);
      return;
    }
    if (method === "Log.entryAdded") {
      const [source, text] = ["source", "text"].map((key) =>
        at(params, "entry", key)
      );
      this.complaints.push(`${source}: ${text}`);
    }
    if (method === "Runtime.exceptionThrown") {
      this.complaints.push(JSON.stringify(at(params, "exceptionDetails")));
    }
    this.#waiting.get(String(method))?.();
    this.#waiting.delete(String(method));
  }

  async send(method: string, params: Json = {}): Promise<unknown> {
    const id = ++this.#last;
    const { promise, resolve } = Promise.withResolvers<Json>();
    this.#replies.set(id, resolve);
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

  async #openPage(): Promise<void> {
    const created = await this.send("Target.createTarget", {
      url: "about:blank",
    });
    const attached = await this.send("Target.attachToTarget", {
      targetId: at(created, "targetId"),
      flatten: true,
    });
    this.#session = at(attached, "sessionId");
    for (const domain of ["Page", "Runtime", "Log", "Network"]) {
      await this.send(`${domain}.enable`);
    }
    // Without a window, no page has the focus by itself.
    await this.send("Emulation.setFocusEmulationEnabled", { enabled: true });
  }

  async surround(
    {
      hasLessMotion = false,
      hasScript = true,
      scheme = "light",
      width = 1_280,
    }: Surroundings,
  ): Promise<void> {
    await this.send("Emulation.setDeviceMetricsOverride", {
      width,
      height: 900,
      deviceScaleFactor: 1,
      mobile: false,
    });
    await this.send("Emulation.setEmulatedMedia", {
      features: [
        { name: "prefers-color-scheme", value: scheme },
        {
          name: "prefers-reduced-motion",
          value: hasLessMotion ? "reduce" : "no-preference",
        },
      ],
    });
    await this.send("Emulation.setScriptExecutionDisabled", {
      value: !hasScript,
    });
  }

  /** Runs an action that loads another page, and waits for that page. */
  async load(action: () => Promise<unknown>): Promise<void> {
    const loaded = new Promise<void>((resolve) =>
      this.#waiting.set("Page.loadEventFired", resolve)
    );
    // The reply to a key that loads another page may be lost with the old page.
    await Promise.race([loaded, action().then(() => loaded)]);
  }

  /** Opens an address, and returns the milliseconds until it was loaded. */
  async open(url: string): Promise<number> {
    const began = performance.now();
    await this.load(() => this.send("Page.navigate", { url }));
    return Math.round(performance.now() - began);
  }

  /** Evaluates an expression in the page, past its policy. */
  async evaluate(expression: string): Promise<unknown> {
    const reply = await this.send("Runtime.evaluate", {
      expression,
      returnByValue: true,
      awaitPromise: true,
    });
    const fault = at(reply, "exceptionDetails");
    if (fault !== undefined) {
      throw new Error(`${expression.slice(0, 200)}: ${JSON.stringify(fault)}`);
    }
    return at(reply, "result", "value");
  }

  /** Waits until an expression is true in the page, for at most five seconds. */
  async until(expression: string): Promise<void> {
    const isTrue = await this.evaluate(`new Promise((resolve) => {
      const began = Date.now();
      const look = () => {
        if (${expression}) resolve(true);
        else if (Date.now() - began > 5000) resolve(false);
        else setTimeout(look, 20);
      };
      look();
    })`);
    if (isTrue !== true) throw new Error(`It never happened: ${expression}`);
  }

  /** Presses a key, as a person does. */
  async press(key: "Enter" | "Tab"): Promise<void> {
    const code = key === "Enter" ? 13 : 9;
    for (const type of ["keyDown", "keyUp"]) {
      await this.send("Input.dispatchKeyEvent", {
        type,
        key,
        code: key,
        windowsVirtualKeyCode: code,
        ...key === "Enter" && type === "keyDown" ? { text: "\r" } : {},
      });
    }
  }

  /** Types into the field that has the focus, once one has it. */
  async type(text: string): Promise<void> {
    // A page focuses its field after it is loaded.
    await this.until(`document.activeElement?.matches("input, textarea")`);
    await this.send("Input.insertText", { text });
  }

  /** Takes a picture of the whole page. */
  async screenshot(width: number): Promise<Uint8Array> {
    const height = await this.evaluate(
      "Math.min(4000, document.documentElement.scrollHeight)",
    );
    const shot = await this.send("Page.captureScreenshot", {
      format: "png",
      captureBeyondViewport: true,
      clip: { x: 0, y: 0, width, height, scale: 1 },
    });
    return Uint8Array.fromBase64(String(at(shot, "data")));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    this.#browser.kill("SIGTERM");
    await this.#browser.status;
  }
}
