/**
 * Writes variables as the text of a `.env` file, one a line, quoted if needed.
 */
export function stringify(object: Record<string, string>): string {
  return Object.entries(object)
    .map(([name, value]) => `${name}=${quoted(value)}`)
    .join("\n");
}

function quoted(value: string): string {
  if (/^\w*$/.test(value)) return value;
  if (!/['\n\r]/.test(value)) return `'${value}'`;
  const escaped = value.replaceAll("\n", "\\n").replaceAll("\r", "\\r")
    .replaceAll('"', '\\"');
  return `"${escaped}"`;
}
