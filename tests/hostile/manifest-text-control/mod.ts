export default { setup: () => ({ run: () => "manifest-text-control" }) };
