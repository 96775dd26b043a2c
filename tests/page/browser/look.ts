/** Looks at a page as tools for people with disabilities do. */

import axe from "axe-core";
import type { DevTools } from "./dev_tools.ts";

/** The pixels that a page is too wide. */
export const OVERFLOW =
  "document.documentElement.scrollWidth - document.documentElement.clientWidth";
/** Opens every row. */
export const OPEN_ALL =
  `document.querySelectorAll("details").forEach((one) => one.open = true)`;

/** Returns what axe-core finds on a page. */
export async function violations(tools: DevTools): Promise<readonly string[]> {
  await tools.evaluate(axe.source);
  const found = await tools.evaluate(
    `axe.run(document, { resultTypes: ["violations"] }).then((result) =>
      result.violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html }) => id + ": " + html.slice(0, 200))))`,
  );
  return Array.isArray(found) ? found.map(String) : ["axe found no result"];
}
