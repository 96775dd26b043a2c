await new Promise(() => {});

export default function () {
  return true;
}
