import { ok, type Result } from '../../base/result.ts'
import { type Refusal, refuse } from '../message/refusal.ts'
import { methodAt } from '../methods.ts'
import { endOfBlanks, endOfDigits, endOfToken, numberOf, octetsOf } from '../octets.ts'

/** A CSeq value (RFC 3261 §20.16). */
export interface CSeq {
  /** 0 … 2^31-1 */
  readonly number: number
  readonly method: string
}

const MAX_DIGITS = 10

/** MSG-05: numbers of 2^31 and more are refused. */
export function parseCSeq(text: string, start = 0, end = text.length): Result<CSeq, Refusal> {
  const cseq = readCSeq(text, octetsOf(text), start, end)
  return cseq === undefined ? refuse('cseq-malformed') : ok(cseq)
}

/** As `parseCSeq`. @returns undefined when it is malformed */
export function readCSeq(text: string, octets: Uint8Array, start: number, end: number): CSeq | undefined {
  const digitsEnd = endOfDigits(octets, start, end)
  const nameAt = endOfBlanks(octets, digitsEnd, end)
  if (digitsEnd === start || digitsEnd - start > MAX_DIGITS) return undefined
  if (nameAt === digitsEnd || nameAt === end || endOfToken(octets, nameAt, end) !== end) {
    return undefined
  }
  const number = numberOf(octets, start, digitsEnd)
  if (number >= 2 ** 31) return undefined
  return { number, method: methodAt(text, octets, nameAt, end) }
}
