/** What the person who searches can put right: told in a sentence, without a stack. */
export class UserError extends Error {
  /** Always `"UserError"`. */
  override readonly name = "UserError";
}
