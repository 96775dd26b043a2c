/** What it gives at the second look is not what it gave at the first. */
let looks = 0;

export default {
  get setup() {
    return looks++ === 0
      ? () => ({ run: () => "default-getter-changes" })
      : undefined;
  },
};
