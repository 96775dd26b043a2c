/** Looks like an error of the host, with a code and problems of its own. */
throw Object.assign(new Error('Cannot load plugin "good": it is bad'), {
  name: "PluginError",
  code: "PLUGIN_STATE_CORRUPT",
  pluginId: "good",
  get problems() {
    throw null;
  },
});
