import { DatabaseSync } from "node:sqlite";

export default function ({ outside }) {
  const database = new DatabaseSync(":memory:");
  database.exec(`ATTACH DATABASE '${outside}/spoiled' AS other`);
  database.exec("CREATE TABLE other.spoiled (it)");
  return true;
}
