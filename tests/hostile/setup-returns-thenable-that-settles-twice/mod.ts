export default {
  setup: () => ({
    // deno-lint-ignore no-thenable
    then(resolve: (api: object) => void, reject: (reason: unknown) => void) {
      resolve({ run: () => "setup-returns-thenable-that-settles-twice" });
      resolve({ run: () => "the second" });
      reject(new Error("the third"));
      throw null;
    },
  }),
};
