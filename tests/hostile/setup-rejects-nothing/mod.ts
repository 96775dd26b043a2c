export default {
  setup() {
    return Promise.reject();
  },
};
