import { fromMarkdown } from "npm:mdast-util-from-markdown@^2.0.2";
import { frontmatterFromMarkdown } from "npm:mdast-util-frontmatter@^2.0.1";
import { gfmFromMarkdown } from "npm:mdast-util-gfm@^3.1.0";
import { frontmatter } from "npm:micromark-extension-frontmatter@^2.0.0";
import { gfm } from "npm:micromark-extension-gfm@^3.0.0";
import type { Root } from "npm:@types/mdast@^4.0.4";

const FRONT_MATTER = ["yaml" as const, "toml" as const];

/** Parses GitHub's Markdown with front matter. */
export function parseMarkdown(text: string): Root {
  return fromMarkdown(text, {
    extensions: [gfm(), frontmatter(FRONT_MATTER)],
    mdastExtensions: [gfmFromMarkdown(), frontmatterFromMarkdown(FRONT_MATTER)],
  });
}
