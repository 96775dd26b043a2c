/** A plugin of type `gauge`: tells one thing about the machine or the process. */
export interface Gauge {
  /** What it reads now, for people. */
  read(): string | Promise<string>;
}
