export default {
  setup: () => ({ run: () => "dispose" }),
  dispose: () => new Promise(() => {}),
};
