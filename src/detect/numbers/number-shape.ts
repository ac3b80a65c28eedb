import { costOfInternational, costOfNational } from './tariff.ts'

/** What a dialled number costs by its shape alone: 0 nothing to speak of, 1 abroad, 2 abroad and often abused, 3 premium or satellite. */
export type Cost = 0 | 1 | 2 | 3

/**
 * What the user part of a URI looks like to who would dial it. One object is used again and again: read it before the
 * next.
 */
export interface NumberShape {
  /** Digits that it begins with, separators left out; below 7 it is an extension or a name. */
  readonly length: number
  /** The last nine digits, or all where there are fewer: the number, whatever is dialled before it. */
  readonly tail: number
  /** What is dialled before those nine, as a number that differs when it does. */
  readonly head: number
  /** Whether it reads as a number of another country. */
  readonly isInternational: boolean
  /** The first three digits behind what is dialled for abroad; of any other number 0. */
  readonly group: number
  readonly cost: Cost
}

/** Fewer digits are an extension: nobody is charged for it. */
export const MIN_NUMBER_DIGITS = 7

const MAX_DIGITS = 32
const TAIL_DIGITS = 9
const PLUS = 43
const PERCENT = 37
const STAR = 42
const HASH = 35
const LETTER_X = 120

const digits = new Uint8Array(MAX_DIGITS)
const shape: { -readonly [Key in keyof NumberShape]: NumberShape[Key] } = {
  length: 0,
  tail: 0,
  head: 0,
  isInternational: false,
  group: 0,
  cost: 0,
}

/** Reads the shape of a number, in any spelling; makes nothing. @param user as written, escapes kept */
export function shapeOf(user: string): NumberShape {
  const { length, hasPlus, signs } = readDigits(user)
  shape.length = length
  shape.tail = 0
  shape.head = signs
  shape.isInternational = false
  shape.group = 0
  shape.cost = 0
  if (length < MIN_NUMBER_DIGITS) return shape
  const split = Math.max(0, length - TAIL_DIGITS)
  for (let i = 0; i < split; i += 1) shape.head = (Math.imul(shape.head, 31) + (digits[i] ?? 0) + 1) | 0
  for (let i = split; i < length; i += 1) shape.tail = shape.tail * 10 + (digits[i] ?? 0)
  const abroad = hasPlus ? 0 : behindInternationalPrefix(length)
  if (abroad < 0) {
    shape.cost = costOfNational(digits, length)
    return shape
  }
  shape.isInternational = true
  shape.group = (digits[abroad] ?? 0) * 100 + (digits[abroad + 1] ?? 0) * 10 + (digits[abroad + 2] ?? 0)
  shape.cost = costOfInternational(digits, abroad, length)
  return shape
}

const reading = { length: 0, hasPlus: false, signs: 0 }

/** Digits from the beginning on, up to the first that no number has: a gateway may dial that far. */
function readDigits(user: string): typeof reading {
  let length = 0
  let signs = 0
  let hasPlus = false
  for (let i = 0; i < user.length && length < MAX_DIGITS; i += 1) {
    let code = user.charCodeAt(i)
    if (code === PERCENT) {
      code = Number.parseInt(user.slice(i + 1, i + 3), 16)
      i += 2
    }
    if (code >= 48 && code <= 57) {
      digits[length] = code - 48
      length += 1
    } else if ((code | 32) === LETTER_X && length >= MIN_NUMBER_DIGITS) {
      // Recordings have their last digits made unreadable so.
      digits[length] = 0
      length += 1
    } else if (code === PLUS && length === 0) {
      hasPlus = true
      signs = signs * 8 + 1
    } else if (code === STAR || code === HASH) signs = signs * 8 + (code === STAR ? 2 : 3)
    else if (!isSeparator(code)) break
  }
  reading.length = length
  reading.hasPlus = hasPlus
  reading.signs = signs | 0
  return reading
}

/** `-`, `.`, `(`, `)` (RFC 3966 §5.1.1), space. */
function isSeparator(code: number): boolean {
  return code === 45 || code === 46 || code === 40 || code === 41 || code === 32
}

/** Digits that must be left behind `00` or `011` at the beginning, and behind an outside line. */
const MIN_ABROAD = 8
const MIN_ABROAD_OUTSIDE = 10
/** Digits of what is dialled for an outside line, as scanners try it: `9`, `00`, `999`. */
const MAX_OUTSIDE = 4

/** Where the country code begins; -1 when nothing before it says abroad. */
function behindInternationalPrefix(length: number): number {
  for (let at = 0; at <= MAX_OUTSIDE; at += 1) {
    const end = endOfPrefix(at)
    if (end > at && length - end >= (at === 0 ? MIN_ABROAD : MIN_ABROAD_OUTSIDE)) return end
  }
  return -1
}

/** The end of `00…`, `0011` (Australia) or `011` (North America) at a place; the place itself when none is there. */
function endOfPrefix(at: number): number {
  if (digits[at] !== 0) return at
  if (digits[at + 1] === 1 && digits[at + 2] === 1) return at + 3
  if (digits[at + 1] !== 0) return at
  let end = at + 2
  while (digits[end] === 0) end += 1
  return digits[end] === 1 && digits[end + 1] === 1 ? end + 2 : end
}
