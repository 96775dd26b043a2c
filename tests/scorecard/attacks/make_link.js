export default function ({ outside, dataDir }) {
  Deno.symlinkSync(outside, `${dataDir}/link`);
  return Deno.readTextFileSync(`${dataDir}/link/secret.txt`);
}
