import { assert, assertEquals } from "@std/assert";
import { runFixture } from "./run_fixture.ts";

const ENV = {
  APP_A: "one",
  APP_B: "two",
  AWS_REGION: "eu",
  AWS_SECRET: "hunter2",
  ["__proto__"]: "three",
};
const SANE = [["APP_A", "one"], ["APP_B", "two"], ["AWS_REGION", "eu"]];

interface Seen {
  readonly listed: number;
  readonly sanitized: readonly (readonly string[])[];
  readonly isPlain: boolean;
  readonly explained: readonly {
    readonly name: string;
    readonly status: string;
    readonly flag?: string;
  }[];
  readonly plugin: readonly (readonly string[])[];
  readonly supplies: boolean;
}

async function look(...flags: string[]): Promise<Seen> {
  const text = await runFixture("look.ts", { flags, env: ENV });
  assertEquals(
    text.split("\n").length,
    2,
    "one line, and nothing from anybody else",
  );
  return JSON.parse(text);
}

function statuses(seen: Seen): Record<string, string> {
  return Object.fromEntries(
    seen.explained.map(({ name, status, flag }) => [name, flag ?? status]),
  );
}

Deno.test("getSanitizedEnvironment() lists everything under a full permission", async () => {
  const seen = await look("--allow-env");
  assert(seen.listed > 5);
  assert(seen.isPlain);
  assertEquals(seen.sanitized, [...SANE, ["__proto__", "three"]]);
  assertEquals(statuses(seen), {
    "": "unset",
    "A=B": "unset",
    APP_A: "kept",
    APP_B: "kept",
    APP_UNSET: "unset",
    AWS_REGION: "kept",
    AWS_SECRET: "withheld",
  });
  assert(!seen.supplies);
});

Deno.test("getSanitizedEnvironment() returns the readable names under a partial permission", async (t) => {
  const unpermitted = (name: string) => `--allow-env=${name}`;
  const none = {
    "": "unset",
    "A=B": "unset",
    APP_A: unpermitted("APP_A"),
    APP_B: unpermitted("APP_B"),
    APP_UNSET: unpermitted("APP_UNSET"),
    AWS_REGION: unpermitted("AWS_REGION"),
    AWS_SECRET: unpermitted("AWS_SECRET"),
  };

  await t.step("with no permission", async () => {
    const seen = await look();
    assertEquals(seen.sanitized, []);
    assertEquals(seen.plugin, []);
    assertEquals(statuses(seen), none);
  });
  await t.step("with all ignored", async () => {
    const seen = await look("--ignore-env");
    assertEquals(seen.sanitized, []);
    assertEquals(statuses(seen), none);
  });
  await t.step("with some names", async () => {
    const seen = await look("--allow-env=APP_A,AWS_SECRET");
    assertEquals(seen.listed, 0);
    assertEquals(seen.sanitized, [["APP_A", "one"]]);
    assertEquals(seen.plugin, [["APP_A", "one"], ["AWS_SECRET", "hunter2"]]);
    assertEquals(statuses(seen), {
      ...none,
      APP_A: "kept",
      AWS_SECRET: "withheld",
    });
  });
  await t.step("with a wildcard", async () => {
    const seen = await look("--allow-env=AWS_*");
    assertEquals(seen.sanitized, [["AWS_REGION", "eu"]]);
    assertEquals(seen.plugin, [["AWS_REGION", "eu"], [
      "AWS_SECRET",
      "hunter2",
    ]]);
  });
  await t.step("with a star, which permits all and lists none", async () => {
    const seen = await look("--allow-env=*");
    assertEquals(seen.listed, 0);
    assertEquals(seen.sanitized, SANE);
  });
  await t.step("with all but one", async () => {
    const seen = await look("--allow-env", "--deny-env=APP_A");
    assert(seen.listed > 3);
    assertEquals(seen.plugin, [
      ["APP_B", "two"],
      ["AWS_REGION", "eu"],
      ["AWS_SECRET", "hunter2"],
      ["__proto__", "three"],
    ]);
    assertEquals(statuses(seen)["APP_A"], unpermitted("APP_A"));
  });
  await t.step("with one ignored", async () => {
    const seen = await look("--allow-env=APP_A,APP_B", "--ignore-env=APP_A");
    assertEquals(seen.sanitized, [["APP_B", "two"]]);
  });
});
