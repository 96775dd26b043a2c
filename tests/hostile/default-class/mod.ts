export default class Plugin {
  setup() {
    return {};
  }
}
