/** A plugin of type `gauge`: shows one value of the machine or the process. */
export interface Gauge {
  /** Returns the current value, for people. */
  read(): string | Promise<string>;
}
