import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import {
  type RunningExample,
  startExample,
} from "../../examples/start_example.ts";
import { testUnless, withoutPosix } from "../test_unless.ts";
import { contentOf } from "./open_page.ts";

const TOKEN = "0123456789abcdef-of-the-trial";

/** Writes a version of the plugin, as an update of its author does. */
async function writePlugin(
  folder: string,
  version: string,
  net: readonly string[],
  more: Readonly<Record<string, true>> = {},
): Promise<void> {
  const directory = `${folder}/plugins/mail`;
  await Deno.mkdir(directory, { recursive: true });
  const manifest = {
    id: "mail",
    type: "sink",
    version,
    permissions: { net, ...more },
  };
  await Deno.writeTextFile(
    `${directory}/plugin.json`,
    JSON.stringify(manifest),
  );
  await Deno.writeTextFile(
    `${directory}/mod.ts`,
    `export default { setup: () => ({ version: () => "${version}" }) };\n`,
  );
}

function startServer(
  folder: string,
  flags: readonly string[] = [],
  args: readonly string[] = [],
): Promise<RunningExample> {
  return startExample("tests/page/trial_server.ts", [
    `--allow-read=${folder}`,
    `--allow-write=${folder}`,
    "--allow-net=127.0.0.1,a.example:443,b.example:443",
    ...flags,
  ], { args: [folder, ...args] });
}

/** A person with a browser: has a session, reads pages, and sends their forms. */
class Operator {
  readonly #url: string;
  readonly #cookie: string;

  private constructor(url: string, cookie: string) {
    this.#url = url;
    this.#cookie = cookie;
  }

  static async signIn(
    { url }: RunningExample,
    name: string,
  ): Promise<Operator> {
    const response = await fetch(url, {
      method: "POST",
      redirect: "manual",
      headers: { origin: new URL(url).origin },
      body: new URLSearchParams({ do: "sign-in", token: TOKEN, name }),
    });
    await response.body?.cancel();
    assertEquals(response.status, 303);
    const [cookie = ""] = response.headers.get("set-cookie")?.split(";") ?? [];
    return new Operator(url, cookie);
  }

  async read(query: string): Promise<string> {
    const headers = { cookie: this.#cookie };
    const response = await fetch(`${this.#url}${query}`, { headers });
    return contentOf(await response.text()).replaceAll("&quot;", '"')
      .replaceAll(/<span class="(?:flag|vh)">|<\/span>/g, "");
  }

  /** Presses a button of a form: what is chosen on it is sent. */
  async press(query: string, what?: string): Promise<string> {
    const text = await this.read(query);
    const form = /<form class="card".*?<\/form>/s.exec(text)?.[0] ?? text;
    const fields = [...form.matchAll(
      /<input type="hidden" name="(\w+)" value="([^"]*)">/g,
    )].map(([, name = "", value = ""]) => [name, value]);
    const chosen = [...form.matchAll(
      /<input type="checkbox" name="entry" value="([^"]*)" +checked>/g,
    )].map(([, value = ""]) => ["entry", value]);
    const response = await fetch(this.#url, {
      method: "POST",
      redirect: "manual",
      headers: { cookie: this.#cookie, origin: new URL(this.#url).origin },
      body: new URLSearchParams([
        ...fields,
        ...chosen,
        ...what === undefined ? [] : [["what", what]],
      ]),
    });
    const body = await response.text();
    return response.status === 303 ? await this.read("?plugin=mail") : body;
  }
}

async function statusOf({ url }: RunningExample): Promise<string> {
  const response = await fetch(`${url}?format=json`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  const { plugins: [plugin] } = await response.json();
  return `${plugin.manifest.version} ${plugin.status}`;
}

/** The decisions in the trail. */
async function decisions(folder: string): Promise<readonly unknown[]> {
  const text = await Deno.readTextFile(`${folder}/audit.jsonl`);
  return text.trim().split("\n").map((line) => JSON.parse(line)).filter((
    { action },
  ) =>
    /^(?:permission|plugin\.consent|plugin\.reloaded)\b/.test(action) ||
    action === "page.change"
  ).map(({ action, by, change, name, permissions }) =>
    action === "page.change"
      ? [action, change, name]
      : [action, by, permissions].filter((one) => one !== undefined)
  );
}

const A = 'net to "a.example:443"';
const B = 'net to "b.example:443"';
const DIFFERENCE = new RegExp(
  `It waits for a yes:</strong> it requires more than was agreed to on ` +
    `\\d{4}-\\d\\d-\\d\\d by "Ada": ${B} \\(--allow-net=b\\.example:443\\)\\.`,
);

async function inFolder(
  run: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "trial-" }),
  );
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

testUnless(
  withoutPosix("SIGTERM"),
  "An update that wants one more host waits on the page, and runs once an operator grants that",
  async () => {
    await inFolder(async (folder) => {
      await writePlugin(folder, "1.0.0", ["a.example:443"]);
      {
        await using server = await startServer(folder);
        assertEquals(await statusOf(server), "1.0.0 refused");
        const ada = await Operator.signIn(server, "Ada");
        assertStringIncludes(
          await ada.read(""),
          `nobody agreed to it yet, and it requires ${A}`,
        );
        const text = await ada.press("?do=grant&id=mail", "chosen");
        assertStringIncludes(text, "Plugin mail is granted these permissions");
        assertEquals(await statusOf(server), "1.0.0 live");
      }
      {
        // A restart asks for nothing again.
        await using server = await startServer(folder);
        assertEquals(await statusOf(server), "1.0.0 live");
      }
      await writePlugin(folder, "1.1.0", ["a.example:443", "b.example:443"]);
      {
        await using server = await startServer(folder);
        assertEquals(await statusOf(server), "1.1.0 refused");
        const bob = await Operator.signIn(server, "Bob");
        const row = await bob.read("?plugin=mail");
        assertMatch(row, DIFFERENCE);
        assertMatch(row, /Agreed to by Ada on <time/);
        // The form has the difference alone.
        const form = await bob.read("?do=grant&id=mail");
        assertEquals(
          [...form.matchAll(/name="entry" value="([^"]*)"/g)].map(([, one]) =>
            one
          ),
          ["net:b.example:443"],
        );
        await bob.press("?do=grant&id=mail", "chosen");
        assertEquals(await statusOf(server), "1.1.0 live");
      }
      {
        await using server = await startServer(folder);
        assertEquals(await statusOf(server), "1.1.0 live");
      }
      assertEquals(await decisions(folder), [
        ["page.change", "grant", "Ada"],
        ["permission.granted", "Ada", [A]],
        ["page.change", "grant", "Bob"],
        ["permission.granted", "Bob", [B]],
      ]);
    });
  },
);

testUnless(
  withoutPosix("SIGTERM"),
  "An update of a plugin in a process of its own waits while the old one runs, and is granted and reloaded on the page",
  async () => {
    await inFolder(async (folder) => {
      await writePlugin(folder, "1.0.0", ["a.example:443"]);
      await using server = await startServer(
        folder,
        [`--allow-run=${Deno.execPath()}`],
        ["--apart"],
      );
      const ada = await Operator.signIn(server, "Ada");
      await ada.press("?do=grant&id=mail", "chosen");
      assertEquals(await statusOf(server), "1.0.0 live");
      await writePlugin(folder, "1.1.0", ["a.example:443", "b.example:443"]);
      const early = await ada.press("?do=reload&id=mail");
      assertMatch(early, /it requires more than was agreed to/);
      assertMatch(await ada.read("?plugin=mail"), DIFFERENCE);
      const granted = await ada.press("?do=grant&id=mail", "chosen");
      assert(!/It waits for a yes/.test(granted), granted);
      const text = await ada.press("?do=reload&id=mail");
      assertStringIncludes(text, "Plugin mail runs with its new files");
      assertEquals(await statusOf(server), "1.1.0 live");
      const made = await decisions(folder);
      assertEquals(made.slice(-4), [
        ["page.change", "grant", "Ada"],
        ["permission.granted", "Ada", [B]],
        ["page.change", "reload", "Ada"],
        ["plugin.reloaded"],
      ]);
      // The risks of an update are on the form, before anybody agrees.
      await writePlugin(folder, "1.2.0", ["a.example:443"], { run: true });
      await ada.press("?do=reload&id=mail");
      assertMatch(
        await ada.read("?do=grant&id=mail"),
        /name="entry" value="run" +checked>.*critical/s,
      );
    });
  },
);
