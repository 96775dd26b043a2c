export default async function ({ outside }) {
  const path = Deno.env.get("DENO_PERMISSION_BROKER_PATH") ??
    `${outside}/none.sock`;
  const connection = await Deno.connect({ transport: "unix", path });
  connection.close();
  return true;
}
