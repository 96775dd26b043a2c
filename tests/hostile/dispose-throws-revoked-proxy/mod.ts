const { proxy, revoke } = Proxy.revocable({}, {});
revoke();

export default {
  setup: () => ({ run: () => "dispose" }),
  dispose() {
    throw proxy;
  },
};
