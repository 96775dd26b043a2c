export default {
  setup() {
    return { greet: (name: string): string => `Hello ${name}` };
  },
};
