/** Our own or the operator's mistake; what a peer causes is a `Result`, never this. */
export class AspisError extends Error {
  /** Stable name of the error, `ERR_ASPIS_…`. */
  readonly code: `ERR_ASPIS_${string}`

  constructor(code: `ERR_ASPIS_${string}`, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'AspisError'
    this.code = code
  }
}
