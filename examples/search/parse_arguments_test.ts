import { assertEquals, assertThrows } from "@std/assert";
import { parseArguments } from "./parse_arguments.ts";
import { UserError } from "./user_error.ts";

const DEFAULTS = {
  kind: "search",
  query: undefined,
  folders: [],
  top: 5,
  json: false,
  isolated: false,
} as const;

Deno.test("parseArguments() parses valid arguments", async (t) => {
  const cases: [readonly string[], unknown][] = [
    [[], DEFAULTS],
    [["--"], DEFAULTS],
    [["--help"], { kind: "help" }],
    [["-h", "x"], { kind: "help" }],
    [["which flags"], { ...DEFAULTS, query: "which flags" }],
    [["--", "which", "flags"], { ...DEFAULTS, query: "which flags" }],
    [["--", "a", "--top", "3"], { ...DEFAULTS, query: "a", top: 3 }],
    [["--", "--", "--json"], { ...DEFAULTS, query: "--json" }],
    [["--json", "a"], { ...DEFAULTS, query: "a", json: true }],
    [["a", "--folder", "b", "--folder=c"], {
      ...DEFAULTS,
      query: "a",
      folders: ["b", "c"],
    }],
  ];
  for (const [args, expected] of cases) {
    await t.step(JSON.stringify(args), () => {
      assertEquals(parseArguments(args), expected);
    });
  }
});

Deno.test("parseArguments() explains invalid arguments", async (t) => {
  const cases: [readonly string[], string][] = [
    [[""], "The query is empty: say what to search for"],
    [["  ", " "], "The query is empty: say what to search for"],
    [["--top", "0"], '--top needs a number from 1 to 100, not "0"'],
    [["--top", "1e3"], '--top needs a number from 1 to 100, not "1e3"'],
    [["--top", "101"], '--top needs a number from 1 to 100, not "101"'],
    [["--folder", ""], "--folder needs a path"],
    [["--folder"], "Option '--folder <value>' argument missing. See --help"],
    [["--fold"], "Unknown option '--fold'. See --help"],
  ];
  for (const [args, message] of cases) {
    await t.step(JSON.stringify(args), () => {
      const error = assertThrows(() => parseArguments(args), UserError);
      assertEquals(error.message, message);
    });
  }
});
