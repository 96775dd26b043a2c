export default function (_target, { audit }) {
  audit("plugin.enabled\nplugin.enabled", { plugin_id: "neighbour" });
  audit("plugin.disabled", { plugin_id: "neighbour", id: "neighbour" });
}
