const LIBRARIES = ["libc.so.6", "libSystem.dylib", "kernel32.dll"];

export default function () {
  return LIBRARIES.some((name) => {
    try {
      Deno.dlopen(name, {}).close();
      return true;
    } catch {
      return false;
    }
  });
}
