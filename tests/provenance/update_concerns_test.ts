import { assertEquals } from "@std/assert";
import { updateConcerns, type UpdateSide } from "@semantik/plugins/provenance";

const HOUR = 3_600_000;
const NOW = 1_000 * HOUR;
const KEY = `SHA256:${"A".repeat(43)}`;
const BEFORE: UpdateSide = {
  version: "1.2.0",
  level: "verified",
  publisher: { name: "acme", key: KEY },
  permissions: { net: ["a.example"] },
  optionalPermissions: {},
};

Deno.test("updateConcerns() lists what a person must agree to", async (t) => {
  const { publisher: _, ...unsigned } = BEFORE;
  const table: Readonly<
    Record<string, readonly [UpdateSide, readonly string[], number?]>
  > = {
    "nothing": [{ ...BEFORE, version: "1.2.1" }, []],
    "fewer permissions": [{ ...BEFORE, permissions: {} }, []],
    "more permissions": [
      {
        ...BEFORE,
        permissions: { net: ["a.example", "b.example"], run: true },
      },
      ['It asks for net to "b.example"', "It asks for run as a whole"],
    ],
    "another key of the same publisher": [
      {
        ...BEFORE,
        publisher: { name: "acme", key: `SHA256:${"B".repeat(43)}` },
      },
      [],
    ],
    "another publisher": [
      { ...BEFORE, publisher: { name: "beta", key: KEY } },
      ['"acme" published it, and now "beta"'],
    ],
    "no publisher": [
      { ...unsigned, level: "local" },
      ['"acme" published it, and now nobody', "It was verified, and is local"],
    ],
    "too young": [
      { ...BEFORE, publishedAt: NOW - 3.5 * HOUR },
      ["It is 3 hours old, and must be 24"],
      24 * HOUR,
    ],
    "old enough": [{ ...BEFORE, publishedAt: NOW - 24 * HOUR }, [], 24 * HOUR],
    "of an unknown age": [BEFORE, [], 24 * HOUR],
    "older": [
      { ...BEFORE, version: "1.1.9" },
      ["It is older: 1.1.9 after 1.2.0"],
    ],
  };
  for (const [name, [after, messages, minAge = 0]] of Object.entries(table)) {
    await t.step(name, () => {
      const concerns = updateConcerns(BEFORE, after, { now: NOW, minAge });
      assertEquals(concerns.map(({ message }) => message), messages);
    });
  }
  await t.step("the first publisher", () => {
    assertEquals(
      updateConcerns({ ...unsigned, level: "local" }, BEFORE, { now: NOW }),
      [],
    );
  });
});
