export default function attack() {
  return attack() + 1;
}
