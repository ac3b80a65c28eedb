import { type CSeq, readCSeq } from '../headers/cseq.ts'
import { endOfElement, splitList } from '../headers/list.ts'
import { isNameAddr, type NameAddr, readNameAddr } from '../headers/name-addr.ts'
import { readVia, type Via } from '../headers/via.ts'
import { endOfBlanks, endOfCallId, endOfDigits, endWithoutBlanks, numberOf, octetsOf } from '../octets.ts'
import { H, type HeaderId } from './header-id.ts'
import type { MessageFields } from './message.ts'
import { SLOTS } from './walk.ts'

/**
 * The fields that every element needs, read out of a message. A value is read where it lies; only of a message with
 * folds it is made a text of its own.
 */

/** From or To; false where it is missing or malformed, as in the others here. @param octets those of the message */
export function addressOf(message: MessageFields, octets: Uint8Array, id: HeaderId): NameAddr | false {
  const row = message.rowOf(id)
  if (row < 0) return false
  if (message.hasFolds) {
    const value = message.valueAt(row)
    return readNameAddr(value, octetsOf(value), 0, value.length, false) ?? false
  }
  const { numbers } = message.rows
  const start = numbers[row * SLOTS + 2] ?? 0
  const end = endWithoutBlanks(octets, start, numbers[row * SLOTS + 3] ?? 0)
  return readNameAddr(message.text, octets, start, end, false) ?? false
}

/** What `valuesOf` would say of a field that is not there. */
export const NO_VALUES: readonly string[] = []

/** The elements of a comma list over all its rows. @param first row of the field */
export function valuesOf(message: MessageFields, id: HeaderId, first: number): readonly string[] {
  const { count } = message
  const values: string[] = []
  for (let row = first; row < count; row++) {
    if (message.idAt(row) === id) for (const value of splitList(message.valueAt(row))) values.push(value)
  }
  return values
}

/** What `addressesOf` would say of a field that is not there. */
export const NO_ADDRESSES: readonly undefined[] = []

/** The same list as addresses, undefined where an element is none. A registrar asks for their URIs. */
export function addressesOf(message: MessageFields, id: HeaderId): readonly (NameAddr | undefined)[] {
  const { text, rows } = message
  if (message.hasFolds) {
    return message.list(id).map(value => readNameAddr(value, octetsOf(value), 0, value.length, true))
  }
  const octets = octetsOf(text)
  const addresses: (NameAddr | undefined)[] = []
  for (let row = message.rowOf(id); row < rows.count; row++) {
    const slot = row * SLOTS
    if (rows.numbers[slot] !== id) continue
    const end = endWithoutBlanks(octets, rows.numbers[slot + 2] ?? 0, rows.numbers[slot + 3] ?? 0)
    for (let at = rows.numbers[slot + 2] ?? 0; at <= end; ) {
      const comma = endOfElement(text, at, end)
      const start = endOfBlanks(octets, at, comma)
      addresses.push(readNameAddr(text, octets, start, endWithoutBlanks(octets, start, comma), true))
      at = comma + 1
    }
  }
  return addresses
}

/** Whether every element of the list is an address: as `addressesOf`, where nobody asks for the addresses. */
export function areAddresses(message: MessageFields, id: HeaderId): boolean {
  if (message.hasFolds) return !addressesOf(message, id).includes(undefined)
  const { text, rows } = message
  const octets = octetsOf(text)
  for (let row = message.rowOf(id); row >= 0 && row < rows.count; row++) {
    const slot = row * SLOTS
    if (rows.numbers[slot] !== id) continue
    const end = endWithoutBlanks(octets, rows.numbers[slot + 2] ?? 0, rows.numbers[slot + 3] ?? 0)
    for (let at = rows.numbers[slot + 2] ?? 0; at <= end; ) {
      const comma = endOfElement(text, at, end)
      const start = endOfBlanks(octets, at, comma)
      if (!isNameAddr(text, octets, start, endWithoutBlanks(octets, start, comma))) return false
      at = comma + 1
    }
  }
  return true
}

/** The first value of the first Via row. */
export function topViaOf(message: MessageFields, octets: Uint8Array): Via | false {
  const row = message.rowOf(H.via)
  if (row < 0) return false
  if (message.hasFolds) {
    const value = message.valueAt(row)
    return readVia(value, octetsOf(value), 0, value.length, true) ?? false
  }
  const { numbers } = message.rows
  const start = numbers[row * SLOTS + 2] ?? 0
  const end = endWithoutBlanks(octets, start, numbers[row * SLOTS + 3] ?? 0)
  return readVia(message.text, octets, start, end, true) ?? false
}

/** CSeq. */
export function cseqOf(message: MessageFields, octets: Uint8Array): CSeq | false {
  const row = message.rowOf(H.cseq)
  if (row < 0) return false
  if (message.hasFolds) {
    const value = message.valueAt(row)
    return readCSeq(value, octetsOf(value), 0, value.length) ?? false
  }
  const { numbers } = message.rows
  const start = numbers[row * SLOTS + 2] ?? 0
  const end = endWithoutBlanks(octets, start, numbers[row * SLOTS + 3] ?? 0)
  return readCSeq(message.text, octets, start, end) ?? false
}

/** Whether Call-ID is one (RFC 3261 §25.1 callid). */
export function isCallId(message: MessageFields, octets: Uint8Array): boolean {
  if (message.hasFolds) {
    const { callId } = message
    return callId !== '' && endOfCallId(octetsOf(callId), 0, callId.length) === callId.length
  }
  const slot = message.rowOf(H.callId) * SLOTS
  const { numbers } = message.rows
  const start = numbers[slot + 2] ?? 0
  const end = endWithoutBlanks(octets, start, numbers[slot + 3] ?? 0)
  return end > start && endOfCallId(octets, start, end) === end
}

const MAX_DIGITS = 10

/** Max-Forwards; -1 where there is none, NaN where it is malformed. */
export function hopsOf(message: MessageFields): number {
  const row = message.rowOf(H.maxForwards)
  if (row < 0) return -1
  const text = message.hasFolds ? message.valueAt(row) : message.text
  const octets = octetsOf(text)
  const { numbers } = message.rows
  const start = message.hasFolds ? 0 : (numbers[row * SLOTS + 2] ?? 0)
  const end = message.hasFolds ? text.length : endWithoutBlanks(octets, start, numbers[row * SLOTS + 3] ?? 0)
  if (start === end || end - start > MAX_DIGITS || endOfDigits(octets, start, end) !== end) return Number.NaN
  return numberOf(octets, start, end)
}
