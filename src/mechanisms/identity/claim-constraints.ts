/** JWTClaimConstraints of RFC 8226 §8, or the enhanced ones of RFC 9118 §3. */
export interface ClaimConstraints {
  readonly mustInclude: readonly string[]
  /** By claim, the values that it may have. */
  readonly permittedValues: ReadonlyMap<string, readonly string[]>
  readonly mustExclude: readonly string[]
}
