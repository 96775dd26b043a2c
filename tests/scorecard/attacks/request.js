export default async function () {
  const { state } = await Deno.permissions.request({ name: "read" });
  return state === "granted";
}
