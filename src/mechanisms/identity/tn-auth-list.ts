/** TNAuthorizationList of a certificate (RFC 8226 §9). */
export type TnAuthList = readonly TnEntry[]

/** A service provider code, a range of `count` numbers from `start`, or one number. */
export type TnEntry =
  | { readonly kind: 'spc'; readonly code: string }
  | { readonly kind: 'range'; readonly start: string; readonly count: number }
  | { readonly kind: 'one'; readonly number: string }

/** Whether a number belongs to a service provider: the deployment's own knowledge. */
export type OwnsNumber = (serviceProviderCode: string, number: string) => boolean
