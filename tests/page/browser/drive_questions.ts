/**
 * Answers questions and decides about permissions in a headless Chromium, and
 * prints its findings as JSON: `drive_questions.ts FOLDER [SCREENSHOTS]`.
 */

import { createPage } from "@semantik/plugins/page";
import { createAskingHost } from "./asking_host.ts";
import { DevTools, PROGRAMS } from "./dev_tools.ts";
import { OPEN_ALL, OVERFLOW, violations } from "./look.ts";

const TOKEN = "0123456789abcdef-of-the-browser";

const SAID = `document.querySelector(".note[role=status]")?.textContent`;
const HEADING = `document.querySelector("#asked").textContent`;

/** What is done now, for a browser that is stuck. */
let step = "start";

/** The number of streams of live updates that were opened. */
let streams = 0;

const [folder = "", screenshots] = Deno.args;

/** Looks at one page in two widths and colors. */
async function look(tools: DevTools, name: string, findings: string[]) {
  await tools.evaluate(OPEN_ALL);
  for (
    const { scheme, width } of [
      { width: 400, scheme: "light" },
      { width: 1_280, scheme: "dark" },
    ] as const
  ) {
    await tools.surround({ width, scheme });
    const overflow = await tools.evaluate(OVERFLOW);
    if (overflow !== 0) findings.push(`${name} ${width}: ${overflow} too wide`);
    const faults = await violations(tools);
    findings.push(...faults.map((fault) => `${name} ${width}: ${fault}`));
    if (screenshots !== undefined) {
      await Deno.writeFile(
        `${screenshots}/${name}-${width}.png`,
        await tools.screenshot(width),
      );
    }
  }
  await tools.surround({});
}

/** Presses a button of a form by keyboard, and waits for the next page. */
async function pressButton(tools: DevTools, selector: string): Promise<void> {
  await tools.evaluate(
    `document.querySelector(${JSON.stringify(selector)}).focus()`,
  );
  await tools.load(() => tools.press("Enter"));
}

async function drive(tools: DevTools) {
  const { host, questions, trail } = createAskingHost();
  await using _ = host;
  using page = createPage({ host, questions, trail, token: TOKEN });
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request, info) => {
      const response = await page(request, info);
      if (request.url.endsWith("?events")) streams++;
      return response;
    },
  );
  const url = `http://127.0.0.1:${server.addr.port}/`;
  const loading = host.load();
  const looks: string[] = [];

  step = "signing in with a name";
  await tools.surround({});
  await tools.open(url);
  await tools.type(TOKEN);
  await tools.press("Tab");
  await tools.type("Ada");
  await tools.load(() => tools.press("Enter"));
  await tools.until(`${HEADING}.startsWith("2 ")`);
  const heading = await tools.evaluate(HEADING);
  await look(tools, "questions", looks);

  step = "the remaining time";
  const left = `document.querySelector("[data-left]").textContent`;
  const before = JSON.stringify(await tools.evaluate(left));
  await tools.until(`${left} !== ${before}`);

  step = "another tab answers";
  const count = streams;
  await tools.open(url);
  while (streams === count) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const other = questions.waiting.find(({ question }) =>
    question.plugin.id === "second"
  );
  const stale = `document.querySelector('#q-${other?.id} [name=question]')`;
  const wasThere = await tools.evaluate(`${stale} !== null`);
  // The row of the other question has the focus, and keeps it.
  await tools.evaluate(
    `document.querySelector("li.card:not(#q-${other?.id}) button").focus()`,
  );
  questions.answer(other?.id ?? "", { allow: false }, "Bob");
  await tools.until(`${HEADING}.startsWith("1 ")`);
  const isGone = await tools.evaluate(`${stale} === null`);
  const focused = await tools.evaluate(`document.activeElement.textContent`);

  step = "an answer that is late";
  const late = await tools.evaluate(
    `fetch("?", { method: "POST", body: new URLSearchParams({
      do: "answer", answer: "always", question: "${other?.id}",
      csrf: document.querySelector("[name=csrf]").value,
    }) }).then(async (response) => response.status + " " +
      (new DOMParser().parseFromString(await response.text(), "text/html"))
        .querySelector("[role=alert] strong").textContent)`,
  );

  step = "an answer by keyboard";
  await pressButton(tools, `button[value="run"]`);
  const answered = await tools.evaluate(SAID);
  await loading;
  await tools.until(
    `document.querySelector("#p-first .badge:last-child").textContent.startsWith("live")`,
  );

  step = "granting";
  await tools.open(`${url}?do=grant&id=second`);
  await look(tools, "grant", looks);
  await pressButton(tools, `button[value="chosen"]`);
  const granted = await tools.evaluate(SAID);

  step = "revoking without script";
  await tools.surround({ hasScript: false });
  await tools.open(url);
  await tools.evaluate(`document.querySelector("#p-agreed summary").focus()`);
  await tools.press("Enter");
  await pressButton(tools, `#p-agreed .bar a[href*="do=revoke"]`);
  await tools.evaluate(
    `document.querySelector('[name=entry][value="net:a.example:443"]').click()`,
  );
  await pressButton(tools, `button[value="chosen"]`);
  const revoked = await tools.evaluate(SAID);
  const marks = await tools.evaluate(
    `document.querySelector("#p-agreed .note.bad p").textContent`,
  );
  await tools.surround({});

  step = "the other pages";
  for (
    const [name, address] of [
      ["list", "?"],
      ["permissions", "?view=permissions"],
      ["revoke", "?do=revoke&id=first"],
      ["back", "?do=grant&id=agreed"],
      ["everyone", "?do=revoke&id=*"],
    ] as const
  ) {
    step = name;
    await tools.open(`${url}${address}`);
    await look(tools, name, looks);
  }

  step = "the kill switch";
  await tools.open(`${url}?do=revoke&id=*`);
  await tools.evaluate(`document.querySelector('[value="run"]').click()`);
  await pressButton(tools, `button[value="chosen"]`);
  const killed = await tools.evaluate(SAID);
  const { plugins } = await host.inspect();
  return {
    heading,
    looks,
    wasThere,
    isGone,
    focused,
    late,
    answered,
    granted,
    revoked,
    marks,
    killed,
    plugins: plugins.map(({ consent, id, status }) => [
      id,
      status,
      consent?.agreed?.by,
      consent?.revocation?.by,
    ]),
    events: ["first", "second", "agreed", "*"].flatMap((id) =>
      trail.of(id).filter(({ action }) =>
        /^(?:permission|plugin\.consent)\./.test(String(action))
      ).map(({ action, by }) => [id, action, by])
    ),
    // Signing in and a question that is over are HTTP errors, and no faults.
    complaints: tools.complaints.filter((text) =>
      !/status of 4(?:01|09)/.test(text)
    ),
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
