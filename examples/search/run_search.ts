import { answerQuery, type QueryAnswer } from "./answer_query.ts";
import { choosePlugins } from "./choose_plugins.ts";
import { chunkDocuments } from "./chunk_documents.ts";
import type { SourceDocument } from "./contracts.ts";
import { createHost, type SearchHostOptions } from "./create_host.ts";
import { findMarkdown } from "./find_markdown.ts";
import { readDocument } from "./read_document.ts";
import { UserError } from "./user_error.ts";

/** The query and the folders to search. */
export type SearchRequest = Readonly<{
  query: string;
  folders: readonly string[];
  top: number;
}>;

/** The matches, and the number of documents and passages. */
export type SearchAnswer =
  & QueryAnswer
  & Readonly<{ passages: number; documents: number }>;

/**
 * Searches folders of Markdown with the plugins that load. Needs permission
 * `read` for the folders and the plugins.
 */
export async function runSearch(
  { query, folders, top }: SearchRequest,
  tell: (line: string) => void,
  options: SearchHostOptions = {},
): Promise<SearchAnswer> {
  const documents = await readDocuments(folders, tell);
  await using host = createHost({
    hostPermissions: { read: folders },
    ...options,
  });
  const report = await host.load();
  const plugins = choosePlugins(report.loaded);
  const { passages, skipped } = await chunkDocuments(
    documents,
    (document) =>
      host.use(plugins.chunker, "chunker", (plugin) => plugin.chunk(document)),
  );
  for (const path of skipped) tell(`"${path}" cannot be cut into passages`);
  if (passages.length === 0) {
    throw new UserError("There is no text in the files to search");
  }
  const answer = await answerQuery(query, passages, host, plugins, top, tell);
  return {
    ...answer,
    passages: passages.length,
    documents: documents.length,
  };
}

async function readDocuments(
  folders: readonly string[],
  tell: (line: string) => void,
): Promise<readonly SourceDocument[]> {
  const { files, skipped } = await findMarkdown(folders);
  for (const folder of skipped) tell(`"${folder}" cannot be read`);
  const documents: SourceDocument[] = [];
  for (const path of files) {
    const document = await readDocument(path);
    if (document !== undefined) documents.push(document);
    else tell(`"${path}" cannot be read, or is too big`);
  }
  return documents;
}
