export default async function (_target, { use }) {
  const neighbour = use("neighbour");
  neighbour.echo = () => "replaced";
  return await neighbour.echo(1) === "replaced";
}
