export const setup = () => ({});
