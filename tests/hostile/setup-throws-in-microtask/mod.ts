export default {
  setup() {
    queueMicrotask(() => {
      throw new Error("in a microtask");
    });
    return { run: () => "setup-throws-in-microtask" };
  },
};
