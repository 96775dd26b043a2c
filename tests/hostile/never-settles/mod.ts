await new Promise(() => {});

export default { setup: () => ({}) };
