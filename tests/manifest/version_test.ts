import { assert, assertEquals, assertFalse } from "@std/assert";
import fc from "fast-check";
import {
  isInRange,
  isPreRelease,
  isRange,
  isVersion,
  rangeFault,
} from "../../src/manifest/version.ts";

Deno.test("isVersion() accepts versions of semver 2.0 only", async (t) => {
  const good = [
    "0.0.0",
    "1.0.0",
    "10.20.30",
    "1.0.0-rc.1",
    "1.0.0-0",
    "1.0.0+build.5",
    "1.0.0-alpha-b.7+5114f85",
  ];
  const bad = [
    "",
    "1",
    "1.0",
    "v1.0.0",
    "=1.0.0",
    " 1.0.0",
    "1.0.0 ",
    "1.0.0\n",
    "1.0.0\u0000",
    "01.0.0",
    "1.0.0-01",
    "1.0.0-",
    "1.0.0+",
    "1.0.0rc1",
    "1.0.0.dev1",
    "1.0.x",
    "-1.0.0",
    "1e3.0.0",
    "99999999999999999.0.0",
    `1.0.0-${"a".repeat(300)}`,
    "１.0.0",
    "latest",
  ];
  for (const text of good) {
    await t.step(text, () => assert(isVersion(text)));
  }
  for (const text of bad) {
    await t.step(JSON.stringify(text), () => assertFalse(isVersion(text)));
  }
});

Deno.test("isPreRelease() ignores the build metadata", () => {
  assert(isPreRelease("1.0.0-rc.1"));
  assert(isPreRelease("1.0.0-rc.1+a-b"));
  assertFalse(isPreRelease("1.0.0"));
  assertFalse(isPreRelease("1.0.0+a-b"));
});

Deno.test("isRange() accepts ranges that name versions", async (t) => {
  const good = [
    "*",
    "x",
    "1",
    "1.x",
    "1.2.3",
    "^1.2.0",
    "~1.2",
    ">=1.0.0 <3.0.0",
    "1.0.0 - 2.0.0",
    "^1 || ^2",
    ">=1.0.0-rc.1",
    "^v1.0.0",
    ">= 1.2  <2.X",
    "~> 1.2.x",
    "v1.2 - 2.x",
    "1.2.3+build",
    "^1.x+build",
    "1.0.0\t",
    ">=1.0.0\t<2.0.0",
  ];
  const bad = [
    "",
    " ",
    "||",
    "1 ||",
    "|| 1",
    "latest",
    "workspace:*",
    ">=",
    "^",
    "1.0.0 garbage",
    "1.2.3 - garbage",
    "garbage - 1.2.3",
    ">=1.0.0, <2.0.0",
    "1.0.0\n<2.0.0",
    "\u00a0*",
    "^99999999999999999999",
    "9".repeat(30),
    `>=1.0.0 ${"<2.0.0 ".repeat(50)}`,
  ];
  for (const text of good) await t.step(text, () => assert(isRange(text)));
  for (const text of bad) {
    await t.step(JSON.stringify(text), () => assertFalse(isRange(text)));
  }
});

Deno.test("rangeFault() returns the remedy for an invalid range", () => {
  const wildcard = "Write no number after x or *, e.g. 1.x";
  const suffix =
    "Write a pre-release only after three numbers, e.g. 1.2.0-rc.1";
  const ascii =
    "Write letters, digits and signs of ASCII, with spaces between them";
  const operator = (written: string) =>
    `Write =, <, <=, >, >=, ~ or ^ before a version, not ${written}`;
  const ends = "Write one version without an operator on both sides of -";
  const table = {
    "1.x.5": wildcard,
    "x.1": wildcard,
    "^1 || ~*.2.3": wildcard,
    "==1.4.0": operator("=="),
    "=>1": operator("=>"),
    "!=2": operator("!="),
    "^^1": operator("^^"),
    "^1.x-rc.1+build": suffix,
    "1.2-rc.1": suffix,
    "1.0.0\n<2.0.0": ascii,
    "\u00a0*": ascii,
    ">=1.0.0, <2.0.0": "Write a space between comparators, no comma",
    "1 ||": "Write a range on both sides of ||",
    "^1 - 2": ends,
    "1 - <2": ends,
    "<=*": "Write * alone for any version",
    "9007199254740992": "Write numbers of at most 9007199254740991",
    [`>=1.0.0 ${"<2.0.0 ".repeat(50)}`]: "Write at most 256 characters",
    "latest": "Write a semver range, e.g. ^1.0.0, or * for any version",
    "": "Write a semver range, e.g. ^1.0.0, or * for any version",
  };
  for (const [text, fault] of Object.entries(table)) {
    assertEquals([text, rangeFault(text)], [text, fault]);
    assertFalse(isRange(text));
    assertFalse(isInRange("1.0.0", text));
  }
  assertEquals(rangeFault("^1.2.0"), undefined);
});

Deno.test("isInRange() follows the rules of npm, pre-releases included", async (t) => {
  const table: readonly (readonly [string, string, boolean])[] = [
    ["1.5.0", "*", true],
    ["1.5.0", "^1.0.0", true],
    ["2.0.0", "^1.0.0", false],
    ["0.3.0", "^0.2.0", false],
    ["0.0.4", "^0.0.3", false],
    ["1.2.9", "~1.2.3", true],
    ["1.3.0", "~1.2.3", false],
    ["2.0.0", "1.0.0 - 2.0.0", true],
    ["1.5.0", "^2 || ^1", true],
    ["1.0.0+build", "1.0.0", true],
    ["1.5.0", "^1.x+build", true],
    ["2.0.0", "^1.x+build", false],
    ["1.5.0", ">=1.0.0\t<2.0.0", true],
    ["2.0.0", ">=1.0.0\t<2.0.0", false],
    ["2.0.0", ">=1.0.0 <2.0.0", false],
    ["2.0.0", ">=2.0.0-rc.1", true],
    ["2.0.0-rc.1", ">=2.0.0", false],
    ["2.0.0-rc.1", ">=1.0.0", false],
    ["2.0.0-rc.1", "*", false],
    ["2.0.0-rc.1", "^2.0.0", false],
    ["2.0.0-rc.1", ">=2.0.0-rc.0", true],
    ["2.0.0-rc.1", "^2.0.0-rc.1", true],
    ["2.1.0-rc.1", "^2.0.0-rc.1", false],
    ["3.0.0-0", "<3.0.0", false],
  ];
  for (const [version, range, expected] of table) {
    await t.step(`${version} in ${range}: ${expected}`, () => {
      assertEquals(isInRange(version, range), expected);
    });
  }
});

Deno.test("isInRange() returns false for an invalid version or range", () => {
  assertFalse(isInRange("garbage", "*"));
  assertFalse(isInRange("v1.0.0", "*"));
  assertFalse(isInRange("1.0.0", "garbage"));
  assertFalse(isInRange("1.0.0", ""));
  assertFalse(isInRange("1.0.0", "1.2.3 - garbage"));
});

Deno.test("isVersion(), isRange() and isInRange() never throw, and take little time", () => {
  const text = fc.oneof(
    fc.string(),
    fc.array(
      fc.constantFrom(
        ..."0123456789.-+^~><=|*xXv \n",
        "||",
        " - ",
        "1.2.3",
        "-rc.1",
      ),
      { maxLength: 40 },
    ).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(text, text, (version, range) => {
      assertEquals(typeof isVersion(version), "boolean");
      const inRange = isInRange(version, range);
      if (inRange) assert(isVersion(version) && isRange(range));
    }),
    { numRuns: 500 },
  );
  const start = performance.now();
  for (const piece of ["1.", " ", "-", ">=1 ", "x.x.x ", "~>", "1||", "^^"]) {
    isRange(piece.repeat(100_000));
    isRange(piece.repeat(Math.floor(256 / piece.length)));
    isVersion(piece.repeat(100_000));
  }
  assert(performance.now() - start < 2_000);
});
