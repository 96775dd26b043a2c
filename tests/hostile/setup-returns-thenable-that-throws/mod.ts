export default {
  setup() {
    return {
      then() {
        throw null;
      },
    };
  },
};
