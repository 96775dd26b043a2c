export default {
  setup: () =>
    Object.freeze(
      Object.create(Object.freeze({ run: () => "api-frozen" })),
    ),
};
