import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { recordEnvironment } from "../../src/environment/environment.ts";
import {
  readDotenv,
  type ReadDotenvOptions,
} from "../../src/environment/read_dotenv.ts";
import { PluginError } from "../../src/errors.ts";

async function withFile<T>(
  content: string | Uint8Array,
  work: (path: string) => T,
): Promise<T> {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/.env`;
  try {
    if (typeof content === "string") await Deno.writeTextFile(path, content);
    else await Deno.writeFile(path, content);
    return work(path);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function read(
  content: string | Uint8Array,
  options?: ReadDotenvOptions,
): Promise<Readonly<Record<string, string>>> {
  return withFile(content, (path) => readDotenv(path, options).toRecord());
}

/** What is wrong with a file, as `line: what is the case`. */
function faults(content: string | Uint8Array): Promise<readonly string[]> {
  return withFile(content, (path) => {
    const error = assertThrows(() => readDotenv(path), PluginError);
    assertEquals(error.code, "PLUGIN_ENVIRONMENT_INVALID");
    assertEquals(error.message, error.problems[0]?.message);
    const all = JSON.stringify([error.message, error.problems]);
    assertFalse(all.includes("canary"), all);
    const start = `Cannot read environment file "${path}": `;
    return error.problems.map(({ message, remedy, path: place }) => {
      assert(message.startsWith(start), message);
      assert(remedy.length > 0);
      const fault = message.slice(start.length);
      const line = /^line (\d+) /.exec(fault)?.[1];
      if (line !== undefined) assertEquals(place, `${path}:${line}`);
      return fault;
    });
  });
}

Deno.test("readDotenv() reads what both dialects write", async () => {
  const text = [
    "# a comment",
    "",
    "PLAIN=value",
    "  SPACED = two words  # comment",
    "export EXPORTED=1",
    "EMPTY=",
    "SINGLE='it is $HOME # here'",
    'DOUBLE="a\\nb \\"c\\" \\\\ \\t." # comment',
    "LINES='first",
    "second'",
    "EQUALS=a=b==",
    "APOSTROPHE=it's",
    "TICKS=`x`",
    "TWICE=1",
    "TWICE=2",
    "lower_1=x",
  ].join("\n");
  assertEquals(await read(text), {
    PLAIN: "value",
    SPACED: "two words",
    EXPORTED: "1",
    EMPTY: "",
    SINGLE: "it is $HOME # here",
    DOUBLE: 'a\nb "c" \\ \t.',
    LINES: "first\nsecond",
    EQUALS: "a=b==",
    APOSTROPHE: "it's",
    TICKS: "`x`",
    TWICE: "2",
    lower_1: "x",
  });
});

Deno.test("readDotenv() reads other newlines, a byte order mark and private characters", async () => {
  assertEquals(await read('\ufeffA=1\r\nB="x\r\ny"\rC=2\r\n'), {
    A: "1",
    B: "x\ny",
    C: "2",
  });
  assertEquals(await read("A=\ue000\ue001$B\nB='\ue002 $'"), {
    A: "\ue000\ue001\ue002 $",
    B: "\ue002 $",
  });
  assertEquals(await read(""), {});
  assertEquals(
    await read("__proto__=x\nconstructor=y"),
    JSON.parse(
      '{"__proto__":"x","constructor":"y"}',
    ),
  );
});

Deno.test("readDotenv() resolves references inside of the file", async () => {
  const text = [
    "LATER=$NAME-${NAME}",
    "NAME=ada",
    "DEEP=${LATER}!",
    "UNSET=[$NOT_SET]",
    "OTHERWISE=${NOT_SET:-$NAME}",
    "NESTED=${NOT_SET:-${NOR_THIS:-last}}",
    "LITERAL='$NAME'",
    'QUOTED="$NAME"',
    "OF_LITERAL=$LITERAL",
    "DOLLARS=$1 $ 5$",
    "BACKSLASH=\\$NAME",
    "OPEN=${NAME",
  ].join("\n");
  assertEquals(await read(text), {
    LATER: "ada-ada",
    NAME: "ada",
    DEEP: "ada-ada!",
    UNSET: "[]",
    OTHERWISE: "ada",
    NESTED: "last",
    LITERAL: "$NAME",
    QUOTED: "$NAME",
    OF_LITERAL: "$NAME",
    DOLLARS: "$1 $ 5$",
    BACKSLASH: "\\$NAME",
    OPEN: "${NAME",
  });
});

Deno.test("readDotenv() asks neither the process nor a permission of it", async () => {
  // The tests may read PATH; a variable that they may not read would throw.
  const text = "A=[$PATH]\nB=[$NOT_PERMITTED_TO_THE_TESTS]";
  assertEquals(await read(text), { A: "[]", B: "[]" });
  assertEquals(
    await read(text, { environment: recordEnvironment({ PATH: "/bin" }) }),
    { A: "[/bin]", B: "[]" },
  );
});

Deno.test("readDotenv() exports nothing into the process", async () => {
  await read("HOME=/nowhere\nNO_COLOR=canary");
  assert(Deno.env.get("HOME") !== "/nowhere");
  assert(Deno.env.get("NO_COLOR") !== "canary");
});

Deno.test("readDotenv() supplies what it reads, and shows none of it", async () => {
  await withFile("A=canary", (path) => {
    const environment = readDotenv(path);
    assert(environment.supplies("A"));
    assert(environment.permits("B"));
    assertFalse(environment.supplies("B"));
    assertFalse(Deno.inspect(environment).includes("canary"));
  });
});

Deno.test("readDotenv() finds references in a circle before anything is expanded", async () => {
  assertEquals(await faults("X=1\nA=$A"), ['line 2 makes "A" refer to itself']);
  assertEquals(await faults("A=${A:-canary}"), [
    'line 1 makes "A" refer to itself',
  ]);
  assertEquals(await faults("A=canary$B\n\nB=${A}"), [
    'line 1 makes "A" refer to itself through "B" on line 3',
  ]);
  assertEquals(await faults("A=$B\nB=$C\nC=$A\nD=$D\nE=$A"), [
    'line 1 makes "A" refer to itself through "B" on line 2, "C" on line 3',
    'line 4 makes "D" refer to itself',
  ]);
  assertEquals(await read("A='$A'\nB=\"$B\"\nC=\\$C"), {
    A: "$A",
    B: "$B",
    C: "\\$C",
  });
});

Deno.test("readDotenv() says every line that cannot be used, and nothing of what it says", async () => {
  assertEquals(
    await faults(
      "A=1\ncanary\n1B=canary\nB-C=canary\nD='canary' canary\n=canary\nE=\"canary",
    ),
    [
      ...[2, 3, 4].map((line) =>
        `line ${line} does not begin with the name of a variable and an equals sign`
      ),
      "line 5 has something after the quote that ends a value",
      "line 6 does not begin with the name of a variable and an equals sign",
      "line 7 begins a value in quotes that nothing ends",
    ],
  );
  assertEquals(await faults('A="canary\nB=1\nC="canary"'), [
    "line 3 has something after the quote that ends a value",
  ]);
});

Deno.test("readDotenv() refuses what is no file of variables", async (t) => {
  const text = "it is not text in UTF-8";
  await t.step("NUL", async () => {
    assertEquals(await faults("A=canary\0"), [text]);
  });
  await t.step("bytes", async () => {
    assertEquals(await faults(new Uint8Array([0x41, 0x3d, 0xff])), [text]);
    assertEquals(await faults(new Uint8Array([0xff, 0xfe, 0x41, 0])), [text]);
  });
  await t.step("too large", async () => {
    assertEquals(await faults(`A=${"x".repeat(1_048_576)}`), [
      "it is larger than 1048576 bytes",
    ]);
  });
  await t.step("values that double with each line", async () => {
    const lines = Array.from(
      { length: 40 },
      (_, at) => `V${at + 1}=$V${at}$V${at}`,
    );
    assertEquals(await faults(["V0=canary", ...lines].join("\n")), [
      "line 18 makes the values longer than 1048576 characters",
    ]);
  });
  await t.step("references nested without end", async () => {
    assertEquals(await faults(`A=${"${B:-".repeat(40)}x${"}".repeat(40)}`), [
      "line 1 has a value that cannot be read",
    ]);
  });
  await t.step("a directory", async () => {
    const directory = await Deno.makeTempDir();
    const error = assertThrows(() => readDotenv(directory), PluginError);
    assertEquals(
      error.message,
      `Cannot read environment file "${directory}": it is not a regular file`,
    );
    await Deno.remove(directory);
  });
});

Deno.test("readDotenv() says that there is no file, unless it need not be there", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/.env`;
  const error = assertThrows(() => readDotenv(path), PluginError);
  assertEquals(error.code, "PLUGIN_ENVIRONMENT_INVALID");
  assertEquals(
    error.message,
    `Cannot read environment file "${path}": no file is there`,
  );
  assertEquals(readDotenv(path, { optional: true }).toRecord(), {});
  await Deno.remove(directory);
});

Deno.test("readDotenv() says which flag is missing", () => {
  const error = assertThrows(
    () => readDotenv("/not/permitted/.env"),
    PluginError,
  );
  assertEquals(
    error.message,
    'Cannot read environment file "/not/permitted/.env": the process may not read it',
  );
  assertEquals(
    error.remedy,
    "Start the process with --allow-read=/not/permitted/.env",
  );
});

Deno.test("readDotenv() takes file URLs and no others", async () => {
  await withFile("A=1", (path) => {
    assertEquals(readDotenv(new URL(`file://${path}`)).get("A"), "1");
  });
  const url = new URL("https://ada:canary@example.com/.env");
  const error = assertThrows(() => readDotenv(url), PluginError);
  assertEquals(error.code, "PLUGIN_OPTION_INVALID");
  assertFalse(error.message.includes("canary"));
});

Deno.test("readDotenv() reads a file of a megabyte in time, whatever it is", async (t) => {
  for (
    const unit of [
      "\n",
      " ",
      "A",
      "A=\n",
      "A='\n",
      'A="\\a',
      "A=${A:-",
      "A=$A$",
      "export ",
      "#",
      "A=1\r",
    ]
  ) {
    await t.step(JSON.stringify(unit), async () => {
      const text = unit.repeat(Math.floor(1_000_000 / unit.length));
      const start = performance.now();
      try {
        await read(text);
      } catch (thrown) {
        assert(thrown instanceof PluginError);
      }
      assert(performance.now() - start < 20_000);
    });
  }
});
