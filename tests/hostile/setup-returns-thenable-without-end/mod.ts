/** Each promise that it gives is one of another. */
function endless(): object {
  return {
    // deno-lint-ignore no-thenable
    then(resolve: (next: object) => void) {
      setTimeout(() => resolve(endless()), 1);
    },
  };
}

export default { setup: endless };
