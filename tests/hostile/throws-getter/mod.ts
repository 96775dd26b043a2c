const error = new Error("x");
for (const name of ["name", "message", "cause"]) {
  Object.defineProperty(error, name, {
    get() {
      throw error;
    },
  });
}
throw error;
