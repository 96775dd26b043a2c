export default Object.freeze({
  setup: Object.freeze(() => Object.freeze({ run: () => "default-frozen" })),
});
