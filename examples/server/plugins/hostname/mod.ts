/** The release of the system, if a person allows it at the first reading. */
function release(): string {
  try {
    return ` (${Deno.osRelease()})`;
  } catch {
    return "";
  }
}

// It imports nothing, so that its own process needs no package.
export default {
  setup: () => ({ read: () => `${Deno.hostname()}${release()}` }),
};
