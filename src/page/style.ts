/** The style of the pages: the reader's own fonts and colors, and no file to load. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fbfbfa; --card: #fff; --ink: #1c1d1f; --soft: #5b5f66;
  --line: #d9dadd; --fill: #f0f1f2; --link: #0b57c0; --focus: #0b57c0;
  --bad: #b3141c; --bad-fill: #fdeceb; --warn: #7a4d00; --warn-fill: #fdf3dc;
  --good: #17663a; --good-fill: #e5f5ea; --off: #5b5f66; --off-fill: #ececee;
  font: 100%/1.5 system-ui, sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #131416; --card: #1b1d20; --ink: #e8e8ea; --soft: #a3a7ae;
    --line: #34373c; --fill: #25282c; --link: #8ab8ff; --focus: #8ab8ff;
    --bad: #ff9c97; --bad-fill: #44191a; --warn: #f3c463; --warn-fill: #3b2d0e;
    --good: #82d6a0; --good-fill: #15351f; --off: #a3a7ae; --off-fill: #2a2d31;
  }
}
* { box-sizing: border-box; }
body { background: var(--ground); color: var(--ink); margin: 0; }
main, header, footer { margin: 0 auto; max-width: 72rem; padding: 0 1rem; }
header {
  align-items: center; display: flex; flex-wrap: wrap; gap: .25rem 1.5rem;
  padding-block: .75rem .5rem;
}
footer { color: var(--soft); font-size: .875rem; padding-block: 1.5rem; }
h1 { font-size: 1.125rem; line-height: 1.3; margin: 0; overflow-wrap: anywhere; }
h1 small { color: var(--soft); font-weight: 400; }
h2 { font-size: 1.0625rem; margin: 1.5rem 0 .5rem; }
h3 { font-size: .875rem; margin: 1rem 0 .25rem; }
p { margin: .375rem 0; }
a { color: var(--link); text-underline-offset: .15em; }
nav { display: flex; flex-wrap: wrap; gap: .125rem; }
nav a {
  border-radius: .375rem; color: var(--soft); padding: .3125rem .625rem;
  text-decoration: none;
}
nav a:hover { background: var(--fill); color: var(--ink); }
nav a[aria-current] { background: var(--fill); color: var(--ink); font-weight: 600; }
.end { margin-inline-start: auto; }
.vh {
  clip-path: inset(50%); height: 1px; overflow: hidden; position: absolute;
  white-space: nowrap; width: 1px;
}
.skip:not(:focus) { clip-path: inset(50%); position: absolute; }
button, input, select, textarea { color: inherit; font: inherit; }
button, .button, input, select {
  background: var(--card); border: 1px solid var(--line); border-radius: .375rem;
  min-height: 2.25rem; padding: .25rem .75rem;
}
input, select, textarea { border-color: var(--soft); max-width: 100%; }
input[type="checkbox"] { height: 1rem; min-height: 0; width: 1rem; }
textarea {
  background: var(--card); border: 1px solid var(--soft); border-radius: .375rem;
  font: .875rem/1.5 ui-monospace, monospace; padding: .5rem; width: 100%;
}
button, .button { cursor: pointer; }
.button {
  align-items: center; color: var(--ink); display: inline-flex;
  text-decoration: none;
}
button:hover, .button:hover { background: var(--fill); }
.main { background: var(--link); border-color: var(--link); color: var(--ground); }
.main:hover { background: var(--ink); border-color: var(--ink); }
.danger { background: var(--bad); border-color: var(--bad); color: var(--ground); }
.danger:hover { background: var(--ink); border-color: var(--ink); }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
.counts { display: flex; flex-wrap: wrap; gap: .375rem; list-style: none; margin: .5rem 0; padding: 0; }
.counts a { border-radius: 1rem; color: inherit; display: block; padding: .1875rem .75rem; text-decoration: none; }
.counts a:hover { text-decoration: underline; }
.counts a[aria-current] { outline: 2px solid; outline-offset: -2px; }
.bad { background: var(--bad-fill); color: var(--bad); }
.warn { background: var(--warn-fill); color: var(--warn); }
.good { background: var(--good-fill); color: var(--good); }
.off { background: var(--off-fill); color: var(--off); }
.filter { align-items: end; display: flex; flex-wrap: wrap; gap: .5rem; margin: .75rem 0; }
.filter label { color: var(--soft); display: grid; flex: 1 1 6.5rem; font-size: .8125rem; max-width: 12rem; }
.filter label > * { color: var(--ink); font-size: .9375rem; }
.filter .grow { flex: 100 1 14rem; max-width: none; }
.filter select { padding-inline: .5rem; }
.rows { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; list-style: none; margin: 0; padding: 0; }
.rows > li + li { border-block-start: 1px solid var(--line); }
.rows > li { display: grid; grid-template-columns: minmax(0, 1fr) auto; }
.rows details[open] { grid-column: 1 / -1; }
.rows details[open] + .act { display: none; }
summary {
  align-items: baseline; cursor: pointer; display: grid; gap: 0 .75rem;
  grid-template-columns: minmax(9rem, 1.2fr) minmax(0, 2fr) 8.5rem 5.5rem 6rem;
  list-style: none; min-height: 2.5rem; padding: .4375rem .75rem .4375rem 1.75rem;
  position: relative;
}
summary::-webkit-details-marker { display: none; }
summary::before {
  color: var(--soft); content: "›"; inset-block-start: .4375rem;
  inset-inline-start: .75rem; position: absolute;
}
details[open] > summary::before { rotate: 90deg; }
summary:hover { background: var(--fill); }
summary > * { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
summary .name { font-weight: 600; }
summary .name .soft { font-size: .875rem; font-weight: 400; }
summary .why, summary .type { color: var(--soft); font-size: .875rem; }
li .badge { white-space: nowrap; }
.badge { border-radius: .25rem; font-size: .8125rem; font-weight: 600; justify-self: start; padding: .0625rem .5rem; }
summary > .badge:last-child { justify-self: end; }
.act { align-self: center; font-size: .875rem; padding: .375rem .75rem; text-align: end; width: 6.75rem; }
.flag { display: inline-block; max-width: 100%; }
.body { border-block-start: 1px solid var(--line); padding: .5rem 1.75rem 1rem; }
.body > :first-child { margin-block-start: .25rem; }
.split { display: grid; gap: 0 2rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); }
.split > * { min-width: 0; }
dl { display: grid; gap: .125rem 1rem; grid-template-columns: max-content minmax(0, 1fr); margin: .25rem 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.body ul, .list { margin: .25rem 0; padding-inline-start: 1.25rem; }
.body li, .list li { overflow-wrap: anywhere; }
.note { border-inline-start: 3px solid; border-radius: .25rem; margin: .5rem 0; overflow-wrap: anywhere; padding: .375rem .75rem; }
.note p { color: var(--ink); }
code, pre { font: .875em/1.5 ui-monospace, monospace; }
pre { background: var(--fill); border-radius: .375rem; margin: .375rem 0; overflow-wrap: anywhere; padding: .5rem .75rem; white-space: pre-wrap; }
.bar { align-items: center; display: flex; flex-wrap: wrap; gap: .5rem; margin: .75rem 0; }
.soft { color: var(--soft); }
.trail { list-style: none; padding: 0; }
.trail time { color: var(--soft); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; margin: 1rem auto; max-width: 44rem; padding: 1rem 1.25rem; }
.card.narrow { max-width: 26rem; }
.card h2 { margin-block-start: 0; }
fieldset { border: 1px solid var(--line); border-radius: .375rem; margin: .75rem 0; padding: .25rem .75rem .5rem; }
legend { font-size: .875rem; font-weight: 600; padding: 0 .25rem; }
.choices { list-style: none; margin: .25rem 0; padding: 0; }
.choices li { margin: .375rem 0; overflow-wrap: anywhere; }
.asked ol { list-style: none; margin: 0; padding: 0; }
.asked .card { border-color: var(--warn); max-width: none; }
.asked h3 { font-size: 1rem; margin-block-start: 0; }
.asked pre { max-height: 24rem; overflow: auto; }
.field { display: grid; gap: .25rem; margin: .75rem 0; }
.matrix { background: var(--card); border-collapse: collapse; font-size: .875rem; table-layout: fixed; width: 100%; }
.matrix caption { color: var(--soft); padding-block: .25rem .5rem; text-align: start; }
.matrix th, .matrix td { border: 1px solid var(--line); padding: .25rem; text-align: center; }
.matrix tbody th { font-weight: 400; overflow: hidden; padding-inline: .5rem; text-align: start; text-overflow: ellipsis; white-space: nowrap; }
.matrix thead th:first-child { width: 34%; }
.matrix thead th { background: var(--fill); position: sticky; inset-block-start: 0; }
.matrix .none { color: var(--soft); }
.matrix .critical { background: var(--bad); color: var(--card); font-weight: 700; }
.matrix .high { background: var(--bad-fill); color: var(--bad); font-weight: 600; }
.matrix .medium { background: var(--warn-fill); color: var(--warn); }
.matrix .revoked { text-decoration: line-through; }
.matrix .lacks { text-decoration: underline wavy; text-underline-offset: .2em; }
.graph { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; display: grid; grid-template-columns: 7rem minmax(0, 1fr); padding: .5rem; }
.graph svg { display: block; }
.graph path { fill: none; stroke: var(--soft); stroke-width: 1.5; }
.graph path.optional { stroke-dasharray: 4 3; }
.graph path.unmet { stroke: var(--bad); stroke-width: 2; }
.graph path:hover { stroke: var(--link); stroke-width: 3; }
.graph circle { fill: var(--card); stroke: var(--good); stroke-width: 3; }
.graph circle.bad { stroke: var(--bad); }
.graph circle.warn { stroke: var(--warn); }
.graph circle.off { stroke: var(--off); }
.graph ol { list-style: none; margin: 0; padding: 0; }
.graph li { height: 2rem; line-height: 2rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
@media (max-width: 60rem) {
  summary { grid-template-columns: minmax(0, 1.2fr) minmax(0, 1.6fr) auto 6rem; }
  summary .type, summary .name .soft { display: none; }
}
@media (max-width: 44rem) {
  header { padding-block-start: .5rem; }
  header nav { flex-basis: 100%; order: 1; }
  .filter .grow { flex-basis: 100%; }
  summary { grid-template-columns: minmax(0, 1fr) auto; padding-inline-end: .5rem; }
  summary .name { grid-column: 1; grid-row: 1; }
  summary .badge { grid-column: 2; grid-row: 1; }
  summary .why { grid-column: 1; grid-row: 2; }
  summary .risk { grid-column: 2; grid-row: 2; justify-self: end; }
  .rows .act { display: none; }
  .body { padding-inline: .75rem; }
  .matrix { font-size: .75rem; }
  .matrix thead th { font-weight: 600; height: 4rem; padding: .25rem 0; vertical-align: bottom; writing-mode: vertical-rl; }
  .matrix thead th:first-child { writing-mode: horizontal-tb; }
  .graph { grid-template-columns: 4rem minmax(0, 1fr); }
}
@media (prefers-reduced-motion: no-preference) {
  summary::before { transition: rotate .12s; }
}
@media (forced-colors: active) {
  .badge, .note, .counts a { border: 1px solid; }
}
@media print {
  .filter, .act, nav, .bar { display: none; }
}
`;
