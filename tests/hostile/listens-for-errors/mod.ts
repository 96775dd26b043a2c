/** Stands between everybody and their errors. */
for (const type of ["error", "unhandledrejection"]) {
  addEventListener(type, (event) => {
    event.stopImmediatePropagation();
    event.preventDefault();
  }, { capture: true });
}

export default { setup: () => ({ run: () => "listens-for-errors" }) };
