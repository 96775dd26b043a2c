export default { setup: () => ({}), dispose: "now" };
