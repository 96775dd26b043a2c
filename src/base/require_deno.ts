// Imported first: under Node and Bun, every later module may fail in another way.
if (!("Deno" in globalThis)) {
  throw new Error(
    "@semantik/plugins needs Deno 2.9 or newer, see https://deno.com",
  );
}

export {};
