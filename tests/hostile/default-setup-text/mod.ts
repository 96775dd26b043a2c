export default { setup: "setup" };
