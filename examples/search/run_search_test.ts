import { assertEquals, assertRejects } from "@std/assert";
import { createAuditLogger } from "@semantik/plugins/audit";
import type { SearchHostOptions } from "./create_host.ts";
import {
  FakeApi,
  inputOf,
  refusal,
} from "./plugins/openai-embedding/fake_api.ts";
import { runSearch, type SearchAnswer } from "./run_search.ts";
import { UserError } from "./user_error.ts";

const DOCUMENTS = {
  "guide.md": "# Guide\n\n## Flags\n\nGrant the fewest permissions.\n",
  "deep/notes.md": "---\ntitle: Notes\n---\nBake the bread until brown.\n",
};

type Search = Readonly<{ answer: SearchAnswer; told: readonly string[] }>;

/** Searches documents in a temporary folder, without an audit trail. */
async function search(
  query: string,
  documents: Readonly<Record<string, string>> = DOCUMENTS,
  options: SearchHostOptions = {},
): Promise<Search> {
  const folder = await Deno.makeTempDir();
  const told: string[] = [];
  try {
    await Deno.mkdir(`${folder}/deep`);
    for (const [name, text] of Object.entries(documents)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    using audit = createAuditLogger({ handlers: [] });
    const answer = await runSearch(
      { query, folders: [folder], top: 5 },
      (line) => void told.push(line.replaceAll(folder, "")),
      { audit, ...options },
    );
    return { answer, told };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The options that let `openai-embedding` load with a local server. */
function withApi(server: FakeApi): SearchHostOptions {
  const variables: Readonly<Record<string, string>> = {
    OPENAI_API_KEY: "sk-test",
  };
  return {
    // The manifest declares the real server, which tests may not reach.
    permissions: "report",
    environment: {
      get: (name) => variables[name],
      toRecord: () => variables,
      supplies: (name) => name in variables,
      permits: () => true,
    },
    config: {
      "openai-embedding": { base_url: server.baseUrl, max_retries: 0 },
    },
  };
}

Deno.test({
  name:
    "runSearch() searches without the plugin that is not granted what it needs",
  permissions: { read: "inherit", write: "inherit", net: false, env: false },
  fn: async () => {
    const { answer, told } = await search("which permission flags to grant");
    const { documents, embedding, matches, passages } = answer;
    assertEquals([documents, passages, embedding], [2, 2, "hashing-embedding"]);
    assertEquals(matches.map(({ passage }) => passage.headings), [[
      "Guide",
      "Flags",
    ]]);
    assertEquals(matches[0]?.passage.startLine, 5);
    // The audit trail has the reason.
    assertEquals(told, []);
  },
});

Deno.test("runSearch() embeds with the plugin whose permissions are granted", async () => {
  await using server = new FakeApi();
  const { answer } = await search("bread", DOCUMENTS, withApi(server));
  assertEquals(answer.embedding, "openai-embedding");
  assertEquals(answer.matches[0]?.passage.headings, ["Notes"]);
  assertEquals(server.requests[0]?.authorization, "Bearer sk-test");
  assertEquals(server.requests.map(({ body }) => inputOf(body)), [[
    "bread",
    "Notes\nBake the bread until brown.",
    "Guide\nFlags\nGrant the fewest permissions.",
  ]]);
});

Deno.test("runSearch() falls back to the next embedding if one fails", async () => {
  await using server = new FakeApi([
    () => refusal(401, { message: "Incorrect API key" }),
  ]);
  const { answer, told } = await search("bread", DOCUMENTS, withApi(server));
  assertEquals(answer.embedding, "hashing-embedding");
  assertEquals(answer.matches[0]?.passage.headings, ["Notes"]);
  assertEquals(told, [
    'Plugin "openai-embedding" failed: The API does not accept the ' +
    "key (status 401): check OPENAI_API_KEY",
  ]);
});

Deno.test("runSearch() skips a document that cannot be cut", async () => {
  const { answer, told } = await search("bread", {
    ...DOCUMENTS,
    // Deeper than a Markdown parser goes.
    "deep/quotes.md": `${">".repeat(3_000)} bread`,
  });
  assertEquals([answer.documents, answer.passages], [3, 2]);
  assertEquals(told.at(-1), '"/deep/quotes.md" cannot be cut into passages');
});

Deno.test("runSearch() explains that there is nothing to search", async () => {
  await assertRejects(
    () => search("bread", { "empty.md": "<!-- nothing -->" }),
    UserError,
    "There is no text in the files to search",
  );
});

Deno.test("runSearch() explains that a plugin is missing", async () => {
  await assertRejects(
    () => search("bread", DOCUMENTS, { sources: [] }),
    UserError,
    'There is no live plugin of the type "chunker"',
  );
});
