import { failed, ok, type Result } from '../../base/result.ts'
import { type Element, elementsOf, TAG } from '../../base/x509/der.ts'
import { element, sequence } from '../../base/x509/der-write.ts'
import type { IdentityFailure } from './failure.ts'
import { type Json, type JsonObject, writeJson } from './json.ts'

/** JWTClaimConstraints of RFC 8226 §8, or the enhanced ones of RFC 9118 §3. */
export interface ClaimConstraints {
  readonly mustInclude: readonly string[]
  /** By claim, the values that it may have; of a claim that is no string its JSON text. */
  readonly permittedValues: ReadonlyMap<string, readonly string[]>
  readonly mustExclude: readonly string[]
}

/** `id-pe-JWTClaimConstraints` and `id-pe-eJWTClaimConstraints`. */
export const OID_CLAIM_CONSTRAINTS = '1.3.6.1.5.5.7.1.27'
export const OID_ENHANCED_CLAIM_CONSTRAINTS = '1.3.6.1.5.5.7.1.33'

const IA5_STRING = 0x16
const UTF8_STRING = 0x0c
const MUST_INCLUDE = 0xa0
const PERMITTED_VALUES = 0xa1
const MUST_EXCLUDE = 0xa2
/** Always permitted (RFC 9118 §3). */
const BASELINE = ['dest', 'iat', 'orig']

/**
 * Reads either extension.
 * @param isEnhanced whether `mustExclude` may stand in it
 * @returns undefined in the value when it counts as absent: it would forbid what every token has (RFC 9118 §3)
 */
export function readClaimConstraints(
  der: Buffer,
  isEnhanced: boolean,
): Result<ClaimConstraints | undefined, 'certificate-malformed'> {
  const [outer, ...rest] = elementsOf(der) ?? []
  const parts = outer?.tag === TAG.sequence && rest.length === 0 ? elementsOf(outer.bytes) : undefined
  if (parts === undefined || parts.length === 0) return failed('certificate-malformed')
  const constraints = { mustInclude: noNames, permittedValues: noValues, mustExclude: noNames }
  let last = 0
  for (const part of parts) {
    if (part.tag <= last) return failed('certificate-malformed')
    last = part.tag
    if (part.tag === PERMITTED_VALUES) {
      const values = readValues(part)
      if (values === undefined) return failed('certificate-malformed')
      constraints.permittedValues = values
    } else {
      const names =
        part.tag === MUST_INCLUDE || (isEnhanced && part.tag === MUST_EXCLUDE) ? namesIn(part) : undefined
      if (names === undefined) return failed('certificate-malformed')
      constraints[part.tag === MUST_INCLUDE ? 'mustInclude' : 'mustExclude'] = names
    }
  }
  return ok(constraints.mustExclude.some(name => BASELINE.includes(name)) ? undefined : constraints)
}

/** Writes the value of the extension: the enhanced one when anything is excluded, else that of RFC 8226. */
export function writeClaimConstraints(constraints: ClaimConstraints): Buffer {
  const { mustInclude, permittedValues, mustExclude } = constraints
  const parts: Buffer[] = []
  if (mustInclude.length > 0) parts.push(element(MUST_INCLUDE, sequence(...mustInclude.map(ia5))))
  if (permittedValues.size > 0) {
    const rows = [...permittedValues].map(([claim, values]) =>
      sequence(ia5(claim), sequence(...values.map(utf8))),
    )
    parts.push(element(PERMITTED_VALUES, sequence(...rows)))
  }
  if (mustExclude.length > 0) parts.push(element(MUST_EXCLUDE, sequence(...mustExclude.map(ia5))))
  return sequence(...parts)
}

/** Whether a payload keeps to the constraints of the certificate that signed it (STC-04). */
export function checkConstraints(
  constraints: ClaimConstraints,
  payload: JsonObject,
): IdentityFailure | undefined {
  for (const name of constraints.mustInclude) if (payload[name] === undefined) return 'claim-missing'
  for (const name of constraints.mustExclude) if (payload[name] !== undefined) return 'claim-excluded'
  for (const [name, values] of constraints.permittedValues) {
    const value = payload[name]
    if (value !== undefined && !values.includes(textOf(value))) return 'claim-not-permitted'
  }
  return undefined
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : writeJson(value)
}

const noNames: readonly string[] = []
const noValues: ReadonlyMap<string, readonly string[]> = new Map()

function namesIn(part: Element): readonly string[] | undefined {
  return stringsIn(elementsOf(part.bytes)?.[0], IA5_STRING)
}

function readValues(part: Element): ReadonlyMap<string, readonly string[]> | undefined {
  const [list, ...rest] = elementsOf(part.bytes) ?? []
  const rows = list?.tag === TAG.sequence && rest.length === 0 ? elementsOf(list.bytes) : undefined
  if (rows === undefined || rows.length === 0) return undefined
  const values = new Map<string, readonly string[]>()
  for (const row of rows) {
    const [claim, permitted] = row.tag === TAG.sequence ? (elementsOf(row.bytes) ?? []) : []
    const texts = stringsIn(permitted, UTF8_STRING)
    const name = claim?.tag === IA5_STRING ? claim.bytes.toString('latin1') : undefined
    if (name === undefined || texts === undefined || values.has(name)) return undefined
    values.set(name, texts)
  }
  return values
}

function stringsIn(list: Element | undefined, tag: number): readonly string[] | undefined {
  const elements = list?.tag === TAG.sequence ? elementsOf(list.bytes) : undefined
  if (elements === undefined || elements.length === 0 || elements.some(each => each.tag !== tag))
    return undefined
  return elements.map(each => each.bytes.toString('utf8'))
}

function ia5(text: string): Buffer {
  return element(IA5_STRING, Buffer.from(text, 'latin1'))
}

function utf8(text: string): Buffer {
  return element(UTF8_STRING, Buffer.from(text, 'utf8'))
}
