const error = new Error("a circle");
error.cause = new AggregateError([error], "of errors", { cause: error });
throw error;
