/** A request that the page refuses, with a remedy for the person who made it. */
export class PageFault extends Error {
  override readonly name = "PageFault";
  readonly status: number;
  readonly remedy: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    remedy: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.remedy = remedy;
    this.headers = headers;
  }
}
