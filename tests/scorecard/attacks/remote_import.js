// Each would tell the server what stands in the path.
const SPECIFIERS = [
  "https://esm.sh/secret",
  "https://jsr.io/@secret/secret/1.0.0/mod.ts",
  "jsr:@secret/secret@1.0.0",
  "npm:secret@1.0.0",
];

export default async function () {
  await Promise.allSettled(SPECIFIERS.map((specifier) => import(specifier)));
}
