import type { NumberRules } from '../../mechanisms/identity/index.ts'

const ZERO = '0'
const DIGITS = /^\d{3,18}$/

/**
 * How numbers are told from names here: with a country code also those that are dialled with a leading 0, as a national
 * or, with two of them, as an international number (RFC 8224 §8.3).
 * @param countryCode digits; undefined: only what carries + or `user=phone` is a number
 */
export function numberRules(countryCode: string | undefined): NumberRules {
  if (countryCode === undefined) return {}
  return {
    isNumber: user => user.startsWith(ZERO) && DIGITS.test(user),
    toE164: digits => {
      if (digits.startsWith('00')) return digits.slice(2)
      return digits.startsWith(ZERO) ? `${countryCode}${digits.slice(1)}` : undefined
    },
  }
}
