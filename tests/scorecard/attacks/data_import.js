export default async function ({ secretFile }) {
  const code = `export default Deno.readTextFileSync(${
    JSON.stringify(secretFile)
  })`;
  const { default: text } = await import(
    `data:text/javascript,${encodeURIComponent(code)}`
  );
  return text;
}
