import { failed, ok, type Result } from '../../base/result.ts'
import { type Element, elementsOf, TAG } from '../../base/x509/der.ts'
import { element, integer, sequence } from '../../base/x509/der-write.ts'

/** TNAuthorizationList of a certificate (RFC 8226 §9). */
export type TnAuthList = readonly TnEntry[]

/** A service provider code, a range of `count` numbers from `start`, or one number. */
export type TnEntry =
  | { readonly kind: 'spc'; readonly code: string }
  | { readonly kind: 'range'; readonly start: string; readonly count: number }
  | { readonly kind: 'one'; readonly number: string }

/** Whether a number belongs to a service provider: the deployment's own knowledge. */
export type OwnsNumber = (serviceProviderCode: string, number: string) => boolean

/** `id-pe-TNAuthList`. */
export const OID_TN_AUTH_LIST = '1.3.6.1.5.5.7.1.26'

const IA5_STRING = 0x16
const SPC = 0xa0
const RANGE = 0xa1
const ONE = 0xa2
const MAX_DIGITS = 15
const MAX_CODE_CHARS = 64
/** Octets of a count that a number can hold exactly; 10^15 has seven. */
const MAX_COUNT_OCTETS = 7

/**
 * Reads a TNAuthorizationList, DER.
 * @see RFC 8226 §9 (STC-02): a range must not grow beyond the digits of its start
 */
export function readTnAuthList(der: Buffer): Result<TnAuthList, 'certificate-tn-list-malformed'> {
  const entries: TnEntry[] = []
  for (const each of onlySequence(der) ?? []) {
    const entry = readEntry(each)
    if (entry === undefined) return failed('certificate-tn-list-malformed')
    entries.push(entry)
  }
  return entries.length === 0 ? failed('certificate-tn-list-malformed') : ok(entries)
}

/**
 * Writes a TNAuthorizationList, DER, the value of the extension.
 * @param list as `readTnAuthList` would take it; not checked here
 */
export function writeTnAuthList(list: TnAuthList): Buffer {
  return sequence(
    ...list.map(entry => {
      if (entry.kind === 'spc') return element(SPC, ia5(entry.code))
      if (entry.kind === 'one') return element(ONE, ia5(entry.number))
      const octets = Buffer.alloc(8)
      octets.writeBigUInt64BE(BigInt(entry.count))
      return element(RANGE, sequence(ia5(entry.start), integer(octets)))
    }),
  )
}

/** Whether an entry can stand in a certificate. */
export function isTnEntry(entry: TnEntry): boolean {
  if (entry.kind === 'spc') return isCode(entry.code)
  if (entry.kind === 'one') return isNumber(entry.number)
  const { start, count } = entry
  if (!isNumber(start) || start.includes('*') || start.includes('#')) return false
  return Number.isInteger(count) && count >= 2 && Number(start) + count < 10 ** start.length
}

/** Whether a list covers a number. */
export function coversNumber(list: TnAuthList, number: string, ownsNumber: OwnsNumber): boolean {
  return list.some(entry => {
    if (entry.kind === 'spc') return ownsNumber(entry.code, number)
    return entry.kind === 'one' ? entry.number === number : isInRange(entry, number, 1)
  })
}

/**
 * Whether all of a list lies within its parent's (RFC 9060 §4). A parent with service provider codes may delegate any
 * number; that those are its provider's is for `coversNumber` to say when a call names one.
 */
export function encompasses(parent: TnAuthList, list: TnAuthList): boolean {
  const hasCode = parent.some(entry => entry.kind === 'spc')
  return list.every(entry => {
    if (entry.kind === 'spc') return parent.some(each => each.kind === 'spc' && each.code === entry.code)
    if (hasCode) return true
    const start = entry.kind === 'one' ? entry.number : entry.start
    const count = entry.kind === 'one' ? 1 : entry.count
    return parent.some(each =>
      each.kind === 'range'
        ? isInRange(each, start, count)
        : each.kind === 'one' && count === 1 && each.number === start,
    )
  })
}

/** Numbers of another length are other numbers, whatever their value. */
function isInRange(
  range: { readonly start: string; readonly count: number },
  start: string,
  count: number,
): boolean {
  if (start.length !== range.start.length) return false
  const first = Number(start) - Number(range.start)
  return first >= 0 && first + count <= range.count
}

function onlySequence(der: Buffer): readonly Element[] | undefined {
  const [outer, ...rest] = elementsOf(der) ?? []
  return outer?.tag === TAG.sequence && rest.length === 0 ? elementsOf(outer.bytes) : undefined
}

function readEntry(choice: Element): TnEntry | undefined {
  const [inner, ...rest] = elementsOf(choice.bytes) ?? []
  if (inner === undefined || rest.length > 0) return undefined
  const entry = choice.tag === RANGE ? readRange(inner) : readText(choice.tag, inner)
  return entry !== undefined && isTnEntry(entry) ? entry : undefined
}

function readText(tag: number, { tag: type, bytes }: Element): TnEntry | undefined {
  if (type !== IA5_STRING) return undefined
  const text = bytes.toString('latin1')
  if (tag === SPC) return { kind: 'spc', code: text }
  return tag === ONE ? { kind: 'one', number: text } : undefined
}

/** What stands behind start and count is an extension of later days (RFC 8226 §9: `...`). */
function readRange(inner: Element): TnEntry | undefined {
  const [start, count] = inner.tag === TAG.sequence ? (elementsOf(inner.bytes) ?? []) : []
  if (start?.tag !== IA5_STRING || count?.tag !== TAG.integer) return undefined
  const octets = count.bytes[0] === 0 ? count.bytes.subarray(1) : count.bytes
  const isNegative = ((count.bytes[0] ?? 0x80) & 0x80) !== 0
  if (isNegative || octets.length === 0 || octets.length > MAX_COUNT_OCTETS) return undefined
  const value = Number(BigInt(`0x${octets.toString('hex')}`))
  return { kind: 'range', start: start.bytes.toString('latin1'), count: value }
}

function ia5(text: string): Buffer {
  return element(IA5_STRING, Buffer.from(text, 'latin1'))
}

function isNumber(text: string): boolean {
  return text.length > 0 && text.length <= MAX_DIGITS && /^[\d#*]+$/.test(text)
}

function isCode(text: string): boolean {
  return text.length > 0 && text.length <= MAX_CODE_CHARS && /^[\x21-\x7e]+$/.test(text)
}
