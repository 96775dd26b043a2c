/** The style of the pages, with the reader's own fonts, sizes and colors. */
export const STYLE = `
:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif; }
body { margin: 0; }
main { margin: 0 auto; max-width: 75rem; padding: 1rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
caption { padding-block: .5rem; text-align: start; }
th, td {
  border-block-end: 1px solid; padding: .5rem; text-align: start;
  vertical-align: top;
}
label { display: block; }
input, button { font: inherit; min-block-size: 2.75rem; }
:focus-visible { outline: 3px solid; outline-offset: 2px; }
li { overflow-wrap: anywhere; }
pre { overflow-x: auto; }
.status, .health { font-weight: bold; }
`;
