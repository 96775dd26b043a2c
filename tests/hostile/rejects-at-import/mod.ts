Promise.reject(new Error("nobody awaits this"));
Promise.reject(null);

export default { setup: () => ({ run: () => "rejects-at-import" }) };
