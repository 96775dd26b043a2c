export default function ({ cwd, deno }) {
  return Deno.cwd() === cwd || Deno.execPath() === deno;
}
