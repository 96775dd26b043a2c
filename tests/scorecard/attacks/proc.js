export default async function ({ hostPid }) {
  const read = [];
  for (const name of ["environ", "maps", "cmdline", "fd/0"]) {
    for (const pid of ["self", hostPid, Deno.ppid]) {
      try {
        read.push(await Deno.readTextFile(`/proc/${pid}/${name}`));
      } catch {
        // The next may be readable.
      }
    }
  }
  return read.length > 0;
}
