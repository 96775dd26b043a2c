export default {
  // deno-lint-ignore no-thenable
  then() {},
  setup: () => ({}),
};
