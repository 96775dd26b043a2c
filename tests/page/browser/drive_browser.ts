/**
 * Uses pages with 3 and with 200 plugins in a headless Chromium, and prints its
 * findings as JSON: `drive_browser.ts FOLDER [SCREENSHOTS]`.
 */

import { createPage } from "@semantik/plugins/page";
import { DevTools, PROGRAMS } from "./dev_tools.ts";
import { OPEN_ALL, OVERFLOW, violations } from "./look.ts";
import { loadSampleHost } from "./sample_host.ts";

const TOKEN = "0123456789abcdef-of-the-browser";

/** The number of streams of live updates that were opened. */
let streams = 0;

/** What is done now, for a browser that is stuck. */
let step = "start";

/** Each width with its colors. */
const LOOKS = [
  { width: 400, scheme: "light" },
  { width: 800, scheme: "light" },
  { width: 1_280, scheme: "dark" },
] as const;

const ADDRESSES = [
  "?",
  "?view=permissions",
  "?view=dependencies",
  "?do=disable&id=slow",
  "?do=enable&id=risky",
  "?do=configure&id=slow",
  "?q=nothing-like-that",
  "?do=disable&id=nobody",
  "?sign-in",
];

/** Looks at every page in three widths, in light and in dark. */
async function lookAround(
  tools: DevTools,
  url: string,
  addresses: readonly string[],
  screenshots: string | undefined,
) {
  const overflows: string[] = [];
  const faults: string[] = [];
  for (const [index, address] of addresses.entries()) {
    for (const { scheme, width } of LOOKS) {
      // The first page stands for the others in the middle.
      if (width === 800 && index > 0 && screenshots === undefined) continue;
      step = `${address} ${width}`;
      await tools.surround({ width, scheme });
      await tools.open(`${url}${address}`);
      // Of many, the rows are like those of few.
      if (addresses === ADDRESSES) await tools.evaluate(OPEN_ALL);
      const overflow = await tools.evaluate(OVERFLOW);
      if (overflow !== 0) overflows.push(`${address} ${width}: ${overflow}`);
      // It takes longest, and forms look alike in every width.
      if (width === 1_280 || (width === 400 && index < 3)) {
        faults.push(
          ...(await violations(tools)).map((text) =>
            `${address} ${width}: ${text}`
          ),
        );
      }
      if (screenshots !== undefined) {
        await Deno.writeFile(
          `${screenshots}/${index}-${width}-${scheme}.png`,
          await tools.screenshot(width),
        );
      }
    }
  }
  return { overflows, faults };
}

const STATUS_OF_SLOW =
  `document.querySelector("#p-slow .badge:last-child").textContent`;

/** Signs in and changes a plugin by keyboard alone. */
async function useKeyboard(tools: DevTools, url: string) {
  await tools.surround({});
  await tools.open(url);
  await tools.type("not the right one, but long");
  await tools.load(() => tools.press("Enter"));
  const alert = await tools.evaluate(
    `document.querySelector("[role=alert]").textContent`,
  );
  await tools.type(TOKEN);
  await tools.load(() => tools.press("Enter"));
  const reached: string[] = [];
  // The first row is reached after what stands above the list.
  for (let presses = 0; presses < 40; presses++) {
    await tools.press("Tab");
    const name = String(
      await tools.evaluate(
        `document.activeElement.id || document.activeElement.localName`,
      ),
    );
    reached.push(name);
    if (name === "summary") break;
  }
  await tools.press("Enter");
  const isOpen = await tools.evaluate(
    `document.activeElement.parentElement.open`,
  );
  // A visible mark shows where the keyboard is.
  const outline = await tools.evaluate(
    `getComputedStyle(document.activeElement).outlineStyle`,
  );
  await tools.evaluate(
    `document.querySelector('#p-slow').open = true;
     document.querySelector('#p-slow .bar a[href*="do=disable"]').focus()`,
  );
  await tools.load(() => tools.press("Enter"));
  const title = await tools.evaluate("document.title");
  await tools.evaluate(`document.querySelector("main button").focus()`);
  await tools.load(() => tools.press("Enter"));
  const said = await tools.evaluate(
    `document.querySelector(".note[role=status]").textContent`,
  );
  const status = await tools.evaluate(STATUS_OF_SLOW);
  return { alert, reached, isOpen, outline, title, said, status };
}

/** Changes plugins while a page is open. */
async function followChanges(
  tools: DevTools,
  url: string,
  { host }: Awaited<ReturnType<typeof loadSampleHost>>,
) {
  const before = streams;
  await tools.surround({});
  await tools.open(url);
  await tools.evaluate(`document.querySelector("#p-slow").open = true;
    document.querySelector("#p-slow summary").focus()`);
  // The stream must be open before the change.
  while (streams === before) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await host.enable("slow");
  await tools.until(`${STATUS_OF_SLOW} === "live"`);
  await tools.until(`document.querySelector("#said").textContent !== ""`);
  const kept = await tools.evaluate(
    `document.querySelector("#p-slow").open + " " +
      (document.activeElement === document.querySelector("#p-slow summary"))`,
  );
  const said = await tools.evaluate(
    `document.querySelector("#said").textContent`,
  );
  await tools.evaluate(`document.querySelector("[name=q]").focus()`);
  await tools.type("mails");
  await tools.until(`document.querySelectorAll(".rows > li").length < 2`);
  const address = await tools.evaluate("location.search");
  return { kept, said, address };
}

/** Does the same without script. */
async function goWithoutScript(tools: DevTools, url: string) {
  await tools.surround({ hasScript: false });
  await tools.open(url);
  await tools.evaluate(`document.querySelector("[name=q]").focus()`);
  await tools.type("slow");
  await tools.load(() => tools.press("Enter"));
  const address = await tools.evaluate("location.search");
  await tools.evaluate(
    `document.querySelector("#p-slow summary").focus()`,
  );
  await tools.press("Enter");
  const isOpen = await tools.evaluate(`document.querySelector("#p-slow").open`);
  await tools.evaluate(
    `document.querySelector('#p-slow .bar a[href*="do=configure"]').focus()`,
  );
  await tools.load(() => tools.press("Enter"));
  await tools.evaluate(
    `document.querySelector("textarea").value = '{"depth": 4}';
    document.querySelector("main button").focus()`,
  );
  await tools.load(() => tools.press("Enter"));
  const review = await tools.evaluate(
    `document.querySelector("main dl").textContent`,
  );
  await tools.evaluate(`document.querySelector("main button").focus()`);
  await tools.load(() => tools.press("Enter"));
  const said = await tools.evaluate(
    `document.querySelector(".note[role=status]").textContent`,
  );
  return { address, isOpen, review, said };
}

/** Ends the session while a page is open, as another window would. */
async function signOutElsewhere(tools: DevTools, url: string) {
  const before = streams;
  await tools.surround({});
  await tools.open(url);
  while (streams === before) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await tools.load(() =>
    tools.evaluate(
      `fetch("?", { method: "POST", redirect: "manual", body:
        new URLSearchParams(new FormData(document.querySelector("header form")))
      }).then(() => true)`,
    )
  );
  return await tools.evaluate("document.title");
}

async function measure(tools: DevTools, url: string) {
  await tools.surround({});
  await tools.open(url);
  const loadMs = await tools.open(url);
  const height = await tools.evaluate("document.documentElement.scrollHeight");
  const bytes = (await (await fetch(url)).text()).length;
  await tools.surround({ hasLessMotion: true });
  const motion = await tools.evaluate(
    `getComputedStyle(document.querySelector("summary"), "::before").transitionDuration`,
  );
  return { loadMs, height, bytes, motion };
}

const [folder = "", screenshots] = Deno.args;

async function drive(tools: DevTools) {
  const few = await loadSampleHost(3);
  const many = await loadSampleHost(200);
  await using fewHost = few.host;
  await using manyHost = many.host;
  using closed = createPage({ ...few, token: TOKEN });
  using open = createPage({ ...many, anonymous: "read" });
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  const servers = [closed, open].map((page) =>
    Deno.serve(options, async (request, info) => {
      const response = await page(request, info);
      if (request.url.endsWith("?events")) streams++;
      return response;
    })
  );
  const [first = "", second = ""] = servers.map(({ addr }) =>
    `http://127.0.0.1:${addr.port}/`
  );
  void fewHost;
  void manyHost;
  step = "keyboard";
  const keyboard = await useKeyboard(tools, first);
  step = "live updates";
  const live = await followChanges(tools, first, few);
  step = "without script";
  const withoutScript = await goWithoutScript(tools, first);
  await tools.surround({});
  // A wrong token is an HTTP error and no fault of the page.
  const complaints = tools.complaints.splice(0)
    .filter((text) => !text.includes("status of 401"));
  const looks = await lookAround(tools, first, ADDRESSES, screenshots);
  step = "signing out";
  const signedOut = await signOutElsewhere(tools, first);
  const looksOfMany = await lookAround(
    tools,
    second,
    ADDRESSES.slice(0, 3),
    screenshots === undefined ? undefined : `${screenshots}/many`,
  );
  const size = await measure(tools, second);
  complaints.push(
    ...tools.complaints.filter((text) => !/status of 40[0-9]/.test(text)),
  );
  return {
    keyboard,
    live,
    withoutScript,
    looks,
    signedOut,
    looksOfMany,
    size,
    complaints,
  };
}

// A browser that does not answer must not hold the tests up.
setTimeout(() => {
  // deno-lint-ignore no-console -- the test shows it
  console.error(`The browser is stuck: ${step}`);
  Deno.exit(1);
}, 280_000);

const tools = await DevTools.start(folder);
let findings: unknown = { missing: PROGRAMS };
if (tools !== undefined) {
  await using _ = tools;
  findings = await drive(tools);
}
// deno-lint-ignore no-console -- the test reads it
console.log(JSON.stringify(findings));
Deno.exit();
