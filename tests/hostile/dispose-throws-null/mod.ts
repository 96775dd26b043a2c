export default {
  setup: () => ({ run: () => "dispose" }),
  dispose() {
    throw null;
  },
};
