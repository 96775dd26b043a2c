import { assertEquals, assertMatch } from "@std/assert";

const GATE = new URL("../../../tools/english.ts", import.meta.url).pathname;

async function runGate(...args: readonly string[]) {
  const { code, stderr, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-read", GATE, ...args],
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

Deno.test("The English gate runs with read permission alone", async (t) => {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/src/room`, { recursive: true });
  await Deno.mkdir(`${folder}/vendor`);
  await Deno.writeTextFile(`${folder}/vendor/README.md`, "It is none.");
  await Deno.writeTextFile(
    `${folder}/README.md`,
    "A plugin's host, in Deno, with zod and a mutex.\n",
  );

  await t.step("exits with 0 when all is well", async () => {
    const { code, text } = await runGate(folder);
    assertEquals([code, text.split("\n").length], [0, 3], text);
  });

  await t.step(
    "exits with 1 and names each place and a better word",
    async () => {
      await Deno.writeTextFile(
        `${folder}/src/room/file.ts`,
        "/** Whether it recieves. */\n/**\n * Whether it is to be. */\n" +
          "/** Returns. */\n",
      );
      const { code, text } = await runGate(folder);
      assertEquals(code, 1);
      assertMatch(text, /^src\/room\/file\.ts:1: "Whether": write .*true/m);
      assertMatch(text, /^src\/room\/file\.ts:3: "is to be": write .*must be/m);
      assertMatch(text, /^src\/room\/file\.ts:1: "recieves": write /m);
    },
  );

  await t.step("lists findings within the limits on request", async () => {
    await Deno.writeTextFile(`${folder}/src/room/file.ts`, "");
    await Deno.writeTextFile(
      `${folder}/README.md`,
      "It bears fruit. " + "A word.\n".repeat(800),
    );
    assertEquals((await runGate(folder)).text.includes("bears"), false);
    const { code, text } = await runGate("--list", folder);
    assertEquals(code, 0);
    assertMatch(text, /^README\.md:1: "bears": write /m);
  });
});
