import { assertEquals } from "@std/assert";
import { formatMermaid } from "../../src/plan/format_mermaid.ts";
import { makePlan } from "../../src/plan/plan.ts";
import { factsOf, plugin, problem, unreadable } from "./facts.ts";

Deno.test("formatMermaid() draws each id of a plan once, and its requirements", () => {
  const { steps } = makePlan(factsOf([
    plugin("app", { requires: ["store", "gone?"] }),
    plugin("store", { requires: ["app@^2.0.0?"] }),
    plugin("store", { source: "./other" }),
    unreadable("./x", [problem("broken")], "kept"),
    unreadable("./y", [problem("broken")]),
  ]));
  assertEquals(
    formatMermaid(steps),
    `flowchart LR
  p0["store test 1.0.0"]:::load
  p1["app test 1.0.0"]:::load
  p2["kept, refuse"]:::refuse
  p3["gone, missing"]:::missing
  p0 -.->|"^2.0.0, not met"| p1
  p1 -->|"*"| p0
  p1 -.->|"*, not met"| p3
  classDef load stroke:#1a7f37
  classDef refuse stroke:#cf222e,stroke-width:2px
  classDef missing stroke:#cf222e,stroke-dasharray:4
`,
  );
  assertEquals(formatMermaid([]), "flowchart LR\n");
});

Deno.test("formatMermaid() escapes every character with a meaning in Mermaid", () => {
  const id = '"]; click p0 "javascript:x" <b>\n%%{#quot;`';
  const decision = { kind: "load", id, source: "" } as const;
  assertEquals(
    formatMermaid([{ decision, plugin: undefined }]).split("\n")[1],
    '  p0["#34;#93;#59; click p0 #34;javascript:x#34; #60;b#62;#10;#37;#37;' +
      '#123;#35;quot#59;#96;"]:::load',
  );
});
