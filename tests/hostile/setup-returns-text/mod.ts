export default {
  setup() {
    return "api";
  },
};
