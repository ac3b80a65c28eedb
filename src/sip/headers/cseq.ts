import { ok, type Result } from '../../base/result.ts'
import { isDigits, isToken, skipBlanks } from '../chars.ts'
import { type Refusal, refuse } from '../message/refusal.ts'

/** A CSeq value (RFC 3261 §20.16). */
export interface CSeq {
  /** 0 … 2^31-1 */
  readonly number: number
  readonly method: string
}

const MAX_DIGITS = 10

/** MSG-05: numbers of 2^31 and more are refused. */
export function parseCSeq(text: string): Result<CSeq, Refusal> {
  let digitsEnd = 0
  while (digitsEnd < text.length && isDigits(text, digitsEnd, digitsEnd + 1)) digitsEnd += 1
  const methodAt = skipBlanks(text, digitsEnd)
  if (digitsEnd === 0 || digitsEnd > MAX_DIGITS || methodAt === digitsEnd || !isToken(text, methodAt)) {
    return refuse('cseq-malformed')
  }
  const number = Number(text.slice(0, digitsEnd))
  if (number >= 2 ** 31) return refuse('cseq-malformed')
  return ok({ number, method: text.slice(methodAt) })
}
