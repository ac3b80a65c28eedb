import { AspisError } from '../../base/errors.ts'
import type { CertificateExtension } from '../../base/x509/certificate-write.ts'
import {
  isTnEntry,
  OID_CLAIM_CONSTRAINTS,
  OID_ENHANCED_CLAIM_CONSTRAINTS,
  OID_TN_AUTH_LIST,
  type TnEntry,
  writeClaimConstraints,
  writeTnAuthList,
} from '../../mechanisms/identity/index.ts'

/** For whom a certificate may sign and what, as it is written on a command line. */
export interface StirScope {
  /** `+442071234567`. */
  readonly numbers: readonly string[]
  /** `+442079460000:100`. */
  readonly ranges: readonly string[]
  /** Service provider codes. */
  readonly codes: readonly string[]
  readonly mustInclude: readonly string[]
  readonly mustExclude: readonly string[]
  /** `attest:A,B`. */
  readonly permitted: readonly string[]
}

/**
 * The extensions that say it (RFC 8226 §8, §9; RFC 9118).
 * @throws AspisError when a number, a range, a code or a claim cannot stand there
 */
export function stirExtensions(scope: StirScope): readonly CertificateExtension[] {
  const entries: readonly TnEntry[] = [
    ...scope.codes.map(code => ({ kind: 'spc' as const, code })),
    ...scope.ranges.map(rangeOf),
    ...scope.numbers.map(number => ({ kind: 'one' as const, number: digitsOf(number) })),
  ]
  const unfit = entries.find(entry => !isTnEntry(entry))
  if (unfit !== undefined) {
    const text = unfit.kind === 'spc' ? unfit.code : unfit.kind === 'one' ? unfit.number : unfit.start
    throw new AspisError('ERR_ASPIS_USAGE_NUMBER', `"${text}" cannot stand in a list of telephone numbers`)
  }
  const extensions: CertificateExtension[] = []
  if (entries.length > 0) extensions.push({ id: OID_TN_AUTH_LIST, value: writeTnAuthList(entries) })
  const { mustInclude, mustExclude } = scope
  const permittedValues = new Map(scope.permitted.map(permittedOf))
  if (mustInclude.length + mustExclude.length + permittedValues.size > 0) {
    extensions.push({
      id: mustExclude.length > 0 ? OID_ENHANCED_CLAIM_CONSTRAINTS : OID_CLAIM_CONSTRAINTS,
      value: writeClaimConstraints({ mustInclude, mustExclude, permittedValues }),
    })
  }
  return extensions
}

function rangeOf(written: string): TnEntry {
  const match = /^(\+?\d{1,15}):(\d{1,15})$/.exec(written)
  if (match === null)
    throw new AspisError('ERR_ASPIS_USAGE_NUMBER', `"${written}" is not of the form +442079460000:100`)
  return { kind: 'range', start: digitsOf(match[1] ?? ''), count: Number(match[2]) }
}

function digitsOf(number: string): string {
  const digits = number.startsWith('+') ? number.slice(1) : number
  if (/^[0-9*#]{1,15}$/.test(digits)) return digits
  throw new AspisError('ERR_ASPIS_USAGE_NUMBER', `"${number}" is not a number such as +442071234567`)
}

function permittedOf(written: string): readonly [string, readonly string[]] {
  const colon = written.indexOf(':')
  const claim = written.slice(0, colon)
  const values = written.slice(colon + 1).split(',')
  if (colon < 1 || values.some(value => value === ''))
    throw new AspisError('ERR_ASPIS_USAGE_CLAIM', `"${written}" is not of the form attest:A,B`)
  return [claim, values]
}
