function refuse(): never {
  throw new Error("no");
}

const proxy = new Proxy({}, {
  get: refuse,
  has: refuse,
  ownKeys: refuse,
  getPrototypeOf: refuse,
  getOwnPropertyDescriptor: refuse,
});

export default proxy;
