throw {
  toString() {
    throw new Error("no");
  },
  [Symbol.toPrimitive]: 1,
};
