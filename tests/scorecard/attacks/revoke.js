export default async function () {
  await Deno.permissions.revoke({ name: "read" });
}
