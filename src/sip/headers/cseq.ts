import { ok, type Result } from '../../base/result.ts'
import { endOfDigits, isToken, skipBlanks } from '../chars.ts'
import { type Refusal, refuse } from '../message/refusal.ts'

/** A CSeq value (RFC 3261 §20.16). */
export interface CSeq {
  /** 0 … 2^31-1 */
  readonly number: number
  readonly method: string
}

const MAX_DIGITS = 10

/** MSG-05: numbers of 2^31 and more are refused. */
export function parseCSeq(text: string, start = 0, end = text.length): Result<CSeq, Refusal> {
  const digitsEnd = endOfDigits(text, start, end)
  const methodAt = skipBlanks(text, digitsEnd, end)
  if (digitsEnd === start || digitsEnd - start > MAX_DIGITS) return refuse('cseq-malformed')
  if (methodAt === digitsEnd || !isToken(text, methodAt, end)) return refuse('cseq-malformed')
  let number = 0
  for (let i = start; i < digitsEnd; i++) number = number * 10 + text.charCodeAt(i) - 48
  if (number >= 2 ** 31) return refuse('cseq-malformed')
  return ok({ number, method: text.slice(methodAt, end) })
}
