import { assertEquals } from "@std/assert";
import { html } from "./html.ts";

Deno.test("html() escapes values, and HTML only once", () => {
  const inner = html`<b>${"<i>&\"'"}</b>`;
  assertEquals(inner.text, "<b>&lt;i&gt;&amp;&quot;&#39;</b>");
  assertEquals(
    html`<p>${inner}${3}${[inner]}</p>`.text,
    [
      "<p>",
      inner.text,
      "3",
      inner.text,
      "</p>",
    ].join(""),
  );
});
