export default function () {
  return localStorage.getItem("secret");
}
