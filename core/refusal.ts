/** A command that the call's state does not allow. `code` is what the API answers with. */
export class CallRefusal extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}
