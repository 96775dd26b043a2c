import { assertEquals } from "@std/assert";
import { parse } from "@std/dotenv";
import { stringify } from "../../../tools/setup/std_dotenv_stringify.ts";

Deno.test("stringify() of the stand-in writes what parse() reads back", async (t) => {
  const cases: Readonly<Record<string, Record<string, string>>> = {
    "nothing": {},
    "a word": { A: "word_1" },
    "an empty value": { A: "" },
    "spaces": { A: " a b ", B: "c" },
    "double quotes": { A: 'say "hi"' },
    "a hash": { A: "a #b" },
    "an equals sign": { A: "a=b" },
    "two lines": { A: "a\nb" },
    "an apostrophe": { A: "it's" },
  };
  for (const [name, variables] of Object.entries(cases)) {
    await t.step(name, () => {
      assertEquals({ ...parse(stringify(variables)) }, variables);
    });
  }
});
