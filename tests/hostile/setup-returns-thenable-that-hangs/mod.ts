export default {
  setup() {
    return { then() {}, run: () => 1 };
  },
};
