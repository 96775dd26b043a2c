import {
  assert,
  assertEquals,
  assertFalse,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  readDotenv,
  type ReadDotenvOptions,
  recordEnvironment,
} from "@semantik/plugins/environment";
import { PluginError } from "@semantik/plugins";
import vectors from "../vectors/dotenv.json" with { type: "json" };

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

/** The notices of a file, each as `LINE: text`. */
function notices(content: string): Promise<readonly string[]> {
  return withFile(content, (path) => {
    const { notices } = readDotenv(path);
    assertFalse(JSON.stringify(notices).includes("canary"));
    return notices.map(({ message, remedy, path: place }) => {
      const found = /line (\d+) (.*)$/.exec(message);
      assertEquals(place, `${path}:${found?.[1]}`);
      assert(message.startsWith(`Environment file "${path}": line `), message);
      assert(remedy.length > 0);
      return `${found?.[1]}: ${found?.[2]}`;
    });
  });
}

/** Lists the problems of a file as `line: message`. */
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

Deno.test("readDotenv() reads what both dialects read alike", async () => {
  const text = [
    "# a comment",
    "",
    "PLAIN=value",
    "  SPACED = two words  # comment",
    "export EXPORTED=1",
    "EMPTY=",
    "SINGLE='it is $HOME # here'",
    'DOUBLE="a\\nb \\"c\\" \\\\ ." # comment',
    "LINES='first",
    "second'",
    "EQUALS=a=b==",
    "APOSTROPHE=it's",
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
    DOUBLE: 'a\nb "c" \\\\ .',
    LINES: "first\nsecond",
    EQUALS: "a=b==",
    APOSTROPHE: "it's",
    TWICE: "2",
    lower_1: "x",
  });
});

Deno.test("readDotenv() reads other newlines, separators, a byte order mark and private characters", async () => {
  assertEquals(await read('\ufeffA=1\r\nB="x\r\ny"\rC=2\r\n'), {
    A: "1",
    B: "x\ny",
    C: "2",
  });
  // No line ends at a line separator.
  assertEquals(
    await read("A=\"x\u2028$B\"\nB='\u2029'\nC=y # \u2028VALUE=z"),
    { A: "x\u2028\u2029", B: "\u2029", C: "y" },
  );
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

Deno.test("readDotenv() resolves references inside the file", async () => {
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
    QUOTED: "ada",
    OF_LITERAL: "$NAME",
    DOLLARS: "$1 $ 5$",
    BACKSLASH: "$NAME",
    OPEN: "${NAME",
  });
});

Deno.test("readDotenv() neither reads the process nor needs its permission", async () => {
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

Deno.test("readDotenv() refuses a cycle of references", async () => {
  assertEquals(await faults("A=canary$B\n\nB=${A}"), [
    'line 1 makes "A" refer to itself through "B" on line 3',
  ]);
  assertEquals(await faults('A=$B\nB=$C\nC=$A\nE=$A\nF="$G"\nG=${F}'), [
    'line 1 makes "A" refer to itself through "B" on line 2, "C" on line 3',
    'line 5 makes "F" refer to itself through "G" on line 6',
  ]);
  assertEquals(await read("A='$B'\nB=$A\nC=\\$C"), {
    A: "$B",
    B: "$B",
    C: "$C",
  });
});

Deno.test("readDotenv() looks up a reference in earlier lines, in later ones, then outside", async () => {
  const text =
    "A=1\nB=$A\nA=${A}2\nC=$A-$D\nD=later\nSELF=$SELF\nPATH=/opt:$PATH";
  const environment = recordEnvironment({ PATH: "/bin", SELF: "out", A: "no" });
  assertEquals(await read(text, { environment }), {
    A: "12",
    B: "1",
    C: "12-later",
    D: "later",
    SELF: "out",
    PATH: "/opt:/bin",
  });
});

Deno.test("readDotenv() supports the operators of the shell", async () => {
  const lines = ["-", ":-", "+", ":+"].flatMap((operator, at) =>
    ["UNSET", "EMPTY", "SET"].map((name) =>
      `${name}_${at}=[\${${name}${operator}word \${SET}}]`
    )
  );
  const record = await read(["EMPTY=", "SET=x", ...lines].join("\n"));
  assertEquals(Object.values(record).slice(2), [
    ..."[word x] [] [x]".split(/(?<=\]) /),
    ..."[word x] [word x] [x]".split(/(?<=\]) /),
    ..."[] [word x] [word x]".split(/(?<=\]) /),
    ..."[] [] [word x]".split(/(?<=\]) /),
  ]);
  assertEquals(await read("E=\nS=x\nA=${E?m}${S:?m}"), {
    E: "",
    S: "x",
    A: "x",
  });
  assertEquals(await faults("E=\nA=${E:?canary}\nB=${U?canary}"), [
    'line 2 requires the variable "E", which is not set',
    'line 3 requires the variable "U", which is not set',
  ]);
});

Deno.test("readDotenv() agrees with the vectors", async (t) => {
  for (const { source, text, environment, want, warn } of vectors) {
    await t.step(`${source}: ${JSON.stringify(text)}`, async () => {
      if (want !== undefined) {
        const outside = environment === undefined
          ? {}
          : { environment: recordEnvironment(environment) };
        assertEquals(await read(text, outside), { ...want });
      }
      if (warn !== undefined) {
        assert((await notices(text)).some((notice) => notice.includes(warn)));
      }
    });
  }
});

Deno.test("readDotenv() reports each line that it drops, and reads the others", async () => {
  const text = [
    "A=1",
    "canary",
    "export canary",
    "canary: 1",
    "=canary",
    "if [ x = canary ]; then",
    "1B=2",
    "é.x-1=3",
    "; canary",
    "# canary",
    "Z=9",
  ].join("\n");
  assertEquals(await read(text), { A: "1", "1B": "2", "é.x-1": "3", Z: "9" });
  assertEquals(
    await notices(text),
    [2, 3, 4, 5, 6].map((line) =>
      `${line}: is not an assignment and sets nothing`
    ),
  );
});

Deno.test("readDotenv() reads what deno run --env-file reads", async () => {
  const text = [
    "A=p@ss#word",
    "B=x # c",
    'C="x # y" # c',
    "D='$A \\n'",
    "E=x\\$m",
    'F="$A-${A}"',
    "g.h-i=1",
    "; c",
    "BARE",
    "1J=$B",
    'K=it\'s "so"',
    'L="x" y',
    "  export M = 1 ",
    "N=",
    "O='a",
    "b'",
    "Q=$UNSET.",
    'R="C:\\dir\\"',
    'S={"a":"b"}',
    'T="a\\\\nb"',
    'P="open',
  ].join("\n");
  const directory = await Deno.makeTempDir();
  await Deno.writeTextFile(`${directory}/.env`, text);
  await Deno.writeTextFile(
    `${directory}/print.ts`,
    "console.log(JSON.stringify(Deno.env.toObject()));",
  );
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-config", "-E", "--env-file=.env", "print.ts"],
    cwd: directory,
    clearEnv: true,
    env: {
      DENO_DIR: Deno.env.get("DENO_DIR") ?? "",
      DENO_NO_UPDATE_CHECK: "1",
    },
  }).output();
  const theirs = Object.entries<string>(
    JSON.parse(new TextDecoder().decode(stdout)),
  ).filter(([name]) => name !== "PATH" && !name.startsWith("DENO_"));
  await Deno.remove(directory, { recursive: true });
  assertEquals(await read(text), Object.fromEntries(theirs));
});

Deno.test("readDotenv() reports each value that it cuts, and shows none of it", async () => {
  const text = [
    "A=p#canary",
    "B=#canary",
    "C=x # canary",
    "D= # canary",
    "E='x' canary",
    "F='x' # canary",
    'G="canary',
    "H=p$canary",
    "I=${UNSET:-x}",
    "J='p#x$x'",
    'K="p#x\\$x"',
    "L=x=#canary",
  ].join("\n");
  assertEquals(await read(text), {
    A: "p",
    B: "",
    C: "x",
    D: "",
    E: "x",
    F: "x",
    G: '"canary',
    H: "p",
    I: "x",
    J: "p#x$x",
    K: "p#x$x",
    L: "x=",
  });
  const cut = "cuts the value of";
  assertEquals(await notices(text), [
    `1: ${cut} "A" at #`,
    `2: ${cut} "B" at #`,
    '5: drops the text after the quote that ends the value of "E"',
    '7: has no quote that ends the value of "G"',
    '8: has a $ in the value of "H" that refers to no variable',
    `12: ${cut} "L" at #`,
  ]);
});

Deno.test("readDotenv() ends a value in quotes where both dialects do", async () => {
  const key = "-----BEGIN KEY-----\nab==\n-----END KEY-----";
  assertEquals(
    await read(
      `DIR="C:\\dir\\"\nJSON="{\\"a\\": \\"b\\"}"\nKEY="${key}" # c\nONE='${key}'\nZ=1`,
    ),
    { DIR: "C:\\dir\\", JSON: '{"a": "b"}', KEY: key, ONE: key, Z: "1" },
  );
  // A quote that nothing ends does not swallow the lines after it.
  assertEquals(await read('A="x\nB=1\nC="y"\nD=2'), {
    A: '"x',
    B: "1",
    C: "y",
    D: "2",
  });
});

Deno.test("readDotenv() refuses a file that is not a .env file", async (t) => {
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
      "line 1 nests references too deep",
    ]);
  });
  await t.step("a directory", async () => {
    const directory = await Deno.makeTempDir();
    const error = assertThrows(() => readDotenv(directory), PluginError);
    assertStringIncludes(
      error.message,
      `file "${directory}": it is not a regular file`,
    );
    await Deno.remove(directory);
  });
});

Deno.test("readDotenv() reports a missing file unless it is optional", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/.env`;
  const error = assertThrows(() => readDotenv(path), PluginError);
  assertEquals(error.code, "PLUGIN_ENVIRONMENT_INVALID");
  assertStringIncludes(
    error.message,
    `file "${path}": the file does not exist`,
  );
  assertEquals(readDotenv(path, { optional: true }).toRecord(), {});
  await Deno.remove(directory);
});

Deno.test("readDotenv() quotes the missing flag for a shell", () => {
  const table = {
    "/no/.env": "--allow-read=/no/.env",
    "/no/my app/.env": "--allow-read='/no/my app/.env'",
    "/no/\u001b[2J\n.env": "--allow-read=\"$(printf '/no/\\033[2J\\012.env')\"",
    "/no/a,b": "no flag can name",
    "/no/.env\n": "no flag can name",
  };
  for (const [path, flag] of Object.entries(table)) {
    const error = assertThrows(() => readDotenv(path), PluginError);
    assertStringIncludes(error.message, ": the process may not read it");
    assertStringIncludes(error.remedy, flag);
  }
});

Deno.test("readDotenv() accepts only file URLs", async () => {
  await withFile("A=1", (path) => {
    assertEquals(readDotenv(new URL(`file://${path}`)).get("A"), "1");
  });
  const url = new URL("https://ada:canary@example.com/.env");
  const error = assertThrows(() => readDotenv(url), PluginError);
  assertEquals(error.code, "PLUGIN_OPTION_INVALID");
  assertFalse(error.message.includes("canary"));
});

Deno.test("readDotenv() reads any text in linear time", async (t) => {
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
      "A='x' y\n",
      'A="\\"x\n',
      "A=${B}\nB=$A\n",
      "A=$A\n",
      "a.",
      "A=$",
    ]
  ) {
    await t.step(JSON.stringify(unit), async () => {
      const text = unit.repeat(Math.floor(250_000 / unit.length));
      const start = performance.now();
      try {
        await read(text);
      } catch (thrown) {
        assert(thrown instanceof PluginError);
      }
      assert(performance.now() - start < 5_000);
    });
  }
});
