export default {
  setup: () => ({
    read: (path: string) => Deno.readTextFile(new URL(path, import.meta.url)),
  }),
};
