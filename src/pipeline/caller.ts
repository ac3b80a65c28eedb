/** Who sent a request, and how that was proven. */
export type Caller =
  | UserCaller
  | { readonly kind: 'trunk'; readonly trunk: string; readonly identities: readonly string[] }
  /** Only where `insecure: unauthenticated-requests` allows the method. */
  | { readonly kind: 'unproven' }

/** A subscriber who gave a good digest. */
export interface UserCaller {
  readonly kind: 'user'
  readonly user: string
  readonly domain: string
  /** Addresses-of-record that this user may speak for, canonical. */
  readonly aors: readonly string[]
  /** What the server that let him in wants to find in records of his calls, opaque. */
  readonly classes?: readonly Buffer[] | undefined
}
