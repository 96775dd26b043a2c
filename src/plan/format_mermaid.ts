/** Formats the dependency graph of a plan as the text of a Mermaid diagram. */

import {
  dependencyGraph,
  type GraphEdge,
  type GraphedPlugin,
} from "./dependency_graph.ts";
import type { Decision, PlanStep } from "./plan.ts";

type NodeClass = Decision["kind"] | "missing";

const STYLES: Readonly<Record<NodeClass, string>> = {
  load: "stroke:#1a7f37",
  ask: "stroke:#9a6700",
  skip: "stroke:#9a6700,stroke-dasharray:4",
  refuse: "stroke:#cf222e,stroke-width:2px",
  missing: "stroke:#cf222e,stroke-dasharray:4",
};

// Every other character has a meaning in some place of a Mermaid text.
const UNSAFE_REGEXP = /[^\w .,@/^~*=:+-]/gu;

function label(text: string): string {
  const escaped = text.replace(
    UNSAFE_REGEXP,
    (character) => `#${character.codePointAt(0)};`,
  );
  return `"${escaped}"`;
}

function formatEdge({ range, isOptional, isMet }: GraphEdge): string {
  const text = isMet ? range : `${range}, not met`;
  return `${isOptional ? "-.->" : "-->"}|${label(text)}|`;
}

/**
 * Formats a flowchart: an arrow points to a required plugin, and is dotted if the
 * requirement is optional. Leaves out plugins whose id another one has.
 */
export function formatMermaid(
  steps: readonly Pick<PlanStep, "decision" | "plugin">[],
): string {
  const plugins: GraphedPlugin[] = [];
  const shown = new Map<string, readonly [text: string, kind: NodeClass]>();
  for (const { decision: { kind, id }, plugin } of steps) {
    if (id === undefined || shown.has(id)) continue;
    const { type, version, requires = [] } = plugin?.manifest ?? {};
    const parts = [id, type, version].filter((part) => part !== undefined);
    shown.set(id, [parts.join(" "), kind]);
    plugins.push({ id, version: version ?? "", requires });
  }
  const { nodes, edges } = dependencyGraph(plugins);
  const names = new Map(nodes.map(({ id }, index) => [id, `p${index}`]));
  const kinds = new Set<NodeClass>();
  const lines = [
    "flowchart LR",
    ...nodes.map(({ id }) => {
      const [text, kind] = shown.get(id) ?? [id, "missing"];
      kinds.add(kind);
      const whole = kind === "load" ? text : `${text}, ${kind}`;
      return `  ${names.get(id)}[${label(whole)}]:::${kind}`;
    }),
    ...edges.map((edge) =>
      `  ${names.get(edge.from)} ${formatEdge(edge)} ${names.get(edge.to)}`
    ),
    ...[...kinds].map((kind) => `  classDef ${kind} ${STYLES[kind]}`),
  ];
  return lines.map((line) => `${line}\n`).join("");
}
