/** A directory, package or server path with this file is a plugin. */
export const MANIFEST_FILE = "plugin.json";
