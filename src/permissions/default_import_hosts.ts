/**
 * The hosts that Deno 2.9 imports from without any flag. A flag
 * `--allow-import=…` takes their place: what is still needed of them must
 * stand in it.
 */
export const DEFAULT_IMPORT_HOSTS: readonly string[] = Object.freeze([
  "cdn.jsdelivr.net:443",
  "deno.land:443",
  "esm.sh:443",
  "gist.githubusercontent.com:443",
  "jsr.io:443",
  "raw.esm.sh:443",
  "raw.githubusercontent.com:443",
]);
