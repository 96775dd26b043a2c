export default async function ({ secretFile }) {
  const options = { entrypoints: [secretFile], write: false };
  const { outputFiles } = await Deno.bundle(options);
  return outputFiles[0].text();
}
