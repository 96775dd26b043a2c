class Instance {
  readonly #name = "default-instance";

  setup() {
    return { run: () => this.#name };
  }
}

export default new Instance();
