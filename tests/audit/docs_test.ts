/** Runs every command of the audit pages on the log that they show. */

import { assert, assertEquals } from "@std/assert";
import { RESERVED_FIELDS } from "../../src/audit/audit_event.ts";
import { LONGEST_LINE } from "../../src/audit/log_reader.ts";
import { detailsOf, type Event } from "./collector.ts";
import { runFixture } from "./run_fixture.ts";
import { withDirectory } from "./with_directory.ts";
import { testUnless, withoutPosix } from "../test_unless.ts";

async function readPage(name: string): Promise<string> {
  return await Deno.readTextFile(
    new URL(`../../docs/${name}`, import.meta.url),
  );
}

const FORMAT = await readPage("audit-format.md");
const OPERATIONS = await readPage("audit-operations.md");
const PAGES = [await readPage("audit.md"), FORMAT, OPERATIONS].join("\n");

const COMMAND_LINE = [
  Deno.execPath(),
  "run --quiet --no-prompt --allow-read",
  new URL("../../cli.ts", import.meta.url).pathname,
].join(" ");

interface Command {
  readonly line: string;
  readonly output: string;
}

function blocks(language: string): readonly string[] {
  return [...PAGES.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(
    ([, name, text = ""]) => name === language ? [text] : [],
  );
}

function commands(): readonly Command[] {
  return blocks("console").flatMap((block) =>
    block.split(/^\$ /m).slice(1).map((text) => {
      const [line = "", ...output] = text.split("\n");
      return { line, output: output.join("\n") };
    })
  );
}

function print(lines: readonly unknown[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

function isRecord(value: unknown): value is Event {
  return typeof value === "object" && value !== null;
}

/** The commands of `jq` in TypeScript, for systems without `jq`. */
const WITHOUT_JQ: Readonly<
  Record<string, (events: readonly Event[]) => string>
> = {
  "@tsv": (events) =>
    print(
      events.map(({ timestamp, level, plugin_id, action }) =>
        [timestamp, level, plugin_id, action].join("\t")
      ),
    ),
  "plugin.config.updated": (events) =>
    print(
      events.filter(({ action }) => action === "plugin.config.updated")
        .map(({ config_keys, api_key, url }) =>
          JSON.stringify({ config_keys, api_key, url })
        ),
    ),
  ".error.message": (events) =>
    print(
      events.filter(({ level }) => level === "error").map(({ error }) =>
        isRecord(error) ? error["message"] : undefined
      ),
    ),
  "group_by": (events) =>
    print(
      [...Map.groupBy(events, ({ plugin_id }) => plugin_id)]
        .map(([id, group]) => `${group.length} ${id}`).sort().reverse(),
    ),
  "fromjson?": (events) => print(events.map(({ action }) => action)),
  "chain_sequence": ([event = {}]) => {
    const { chain_sequence, chain_previous, chain_start, chain_hash } = event;
    const fields = { chain_sequence, chain_previous, chain_start, chain_hash };
    return print([JSON.stringify(fields, null, 2)]);
  },
};

testUnless(
  withoutPosix("POSIX shell, for which the commands are written"),
  "docs/audit*.md show commands and their real output",
  async (t) => {
    await withDirectory(async (cwd) => {
      const path = `${cwd}/audit.jsonl`;
      const flags = ["--allow-read", "--allow-write"];
      const { stderr } = await runFixture("sample.ts", { flags, cwd });
      for (const shown of blocks("text")) {
        assert(`\n${stderr}`.includes(`\n${shown}`), shown);
      }
      const events = Deno.readTextFileSync(path).trimEnd().split("\n")
        .map((line) => JSON.parse(line));
      const shell = await runFixture("shell.ts", {
        flags: ["--allow-run"],
        args: [
          "command -v jq",
          ...commands().map(({ line }) =>
            line.replaceAll(/\bsemantik-plugin\b/g, COMMAND_LINE)
          ),
        ],
        cwd,
      });
      const [jq, ...results] = JSON.parse(shell.stdout);
      for (const [index, { line, output }] of commands().entries()) {
        const needsJq = /\bjq\b/.test(line);
        if (needsJq) {
          const why = jq.code === 0 ? "as well" : "alone: jq is not here";
          await t.step(`${line} (in TypeScript ${why})`, () => {
            const [, make] = Object.entries(WITHOUT_JQ)
              .find(([key]) => line.includes(key)) ?? [];
            assertEquals(make?.(events), output);
          });
          // The step above says that it was checked in another way.
          if (jq.code !== 0) continue;
        }
        await t.step(line, () => {
          const wanted = { code: 0, stdout: output, stderr: "" };
          assertEquals(results[index], wanted);
        });
      }
    });
  },
);

Deno.test("docs/audit*.md show no command that is not tested", () => {
  assert(commands().length >= 12);
  const other = PAGES.replace(/^```console\n.*?^```$/gms, "");
  assertEquals(other.match(/^\s*\$ .*/gm), null);
  assertEquals(blocks("sh").length + blocks("bash").length, 0);
});

Deno.test("docs/audit-format.md names the reserved fields", () => {
  const [, table = ""] =
    /^\| field .*?\n(.*?)^\| anything else/ms.exec(FORMAT) ??
      [];
  const named = table.split("\n").flatMap((row) =>
    [...(row.split("|")[1] ?? "").matchAll(/`(\w+)`/g)].map(([, name]) => name)
  );
  assertEquals(new Set(named), new Set(RESERVED_FIELDS));
});

Deno.test("docs/audit-format.md names the limits of details", () => {
  const [sentence = ""] =
    /Long values are cut.*? all details together after about \d+,\d+/
      .exec(FORMAT.replace(/\s+/g, " ")) ?? [];
  const numbers = sentence.match(/\d[\d,]*/g)
    ?.map((number) => Number(number.replaceAll(",", "")));
  const [text = 0, entries = 0, levels = 0, total = 0] = numbers ?? [];
  const { long, list } = detailsOf({
    long: "x".repeat(text + 7),
    list: Array.from({ length: entries + 7 }, () => 1),
  });
  assertEquals(long, `${"x".repeat(text)}… (7 more characters)`);
  assert(Array.isArray(list));
  assertEquals(list.slice(entries - 1), [1, "… (7 more items)"]);
  const nest = (depth: number): unknown => depth === 0 ? 1 : [nest(depth - 1)];
  assert(!JSON.stringify(detailsOf({ deep: nest(levels - 1) })).includes("…"));
  assert(JSON.stringify(detailsOf({ deep: nest(levels) })).includes("…"));
  const fields = Array.from(
    { length: 99 },
    (_, index) => [`k${index}`, "x".repeat(1_000)] as const,
  );
  const { length } = JSON.stringify(detailsOf(Object.fromEntries(fields)));
  assert(Math.abs(length - total) < 2_000);
});

Deno.test("docs/audit-operations.md shows a collector that gets every file and every line", () => {
  const [config = "{}"] = blocks("json");
  const { sources, transforms, sinks } = JSON.parse(config);
  assert(sources.audit_file.max_line_bytes >= LONGEST_LINE);
  assertEquals(transforms.audit_event.inputs, Object.keys(sources));
  assertEquals(sinks.out.inputs, Object.keys(transforms));
  const [current, rotated] = sources.audit_file.include;
  assert(current.endsWith("/audit.jsonl"));
  assertEquals(rotated, `${current}.[0-9]*`);
});
