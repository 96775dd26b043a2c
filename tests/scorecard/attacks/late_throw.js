export default function () {
  setTimeout(() => {
    throw new Error("late");
  });
}
