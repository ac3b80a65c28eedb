import type { Binding } from '../location.ts'
import { BINDING_BYTES, BINDING_FLAG, HEAD, HEAD_BYTES, type Octets, RECORD_FLAG } from './layout.ts'
import { isTextAt } from './text-hash.ts'

/** Reads the numbers of a record one after the other. */
interface Cursor {
  readonly bytes: Buffer
  at: number
}

const NO_PATH: readonly string[] = []

/** The address-of-record of the record at `at`. */
export function aorIn({ bytes, view }: Octets, at: number): string {
  const textAt = at + view.getUint32(at + HEAD.textAt, true)
  const chars = view.getUint32(at + HEAD.aorLength, true)
  return isWide(bytes, at)
    ? bytes.toString('utf16le', textAt, textAt + 2 * chars)
    : bytes.latin1Slice(textAt, textAt + chars)
}

/** Whether the texts are UTF-16. */
export function isWide(bytes: Buffer, at: number): boolean {
  return ((bytes[at + HEAD.flags] ?? 0) & RECORD_FLAG.isWide) !== 0
}

/** Whether the record at `at` is of this address-of-record. */
export function isAorAt(aor: string, { bytes, view }: Octets, at: number): boolean {
  const chars = view.getUint32(at + HEAD.aorLength, true)
  const textAt = at + view.getUint32(at + HEAD.textAt, true)
  return isTextAt(aor, bytes, textAt, chars, isWide(bytes, at))
}

/** Whether two records are of one address-of-record; one of them may be wide for the sake of another text. */
export function isSameAor(a: Octets, atA: number, b: Octets, atB: number): boolean {
  const chars = a.view.getUint32(atA + HEAD.aorLength, true)
  if (chars !== b.view.getUint32(atB + HEAD.aorLength, true)) return false
  const textA = atA + a.view.getUint32(atA + HEAD.textAt, true)
  const textB = atB + b.view.getUint32(atB + HEAD.textAt, true)
  const isWideA = isWide(a.bytes, atA)
  const isWideB = isWide(b.bytes, atB)
  if (isWideA !== isWideB) return aorIn(a, atA) === aorIn(b, atB)
  const end = isWideA ? 2 * chars : chars
  for (let i = 0; i < end; i++) if (a.bytes[textA + i] !== b.bytes[textB + i]) return false
  return true
}

/** The bindings of the record at `at`. */
export function bindingsIn({ bytes, view }: Octets, at: number): readonly Binding[] {
  const textStart = at + view.getUint32(at + HEAD.textAt, true)
  const end = at + view.getUint32(at + HEAD.length, true)
  // One text for all fields, which then are parts of it: 8 reads of the buffer cost four times as much.
  const text = isWide(bytes, at)
    ? bytes.toString('utf16le', textStart, end)
    : bytes.latin1Slice(textStart, end)
  let textAt = view.getUint32(at + HEAD.aorLength, true)
  const aor = text.substring(0, textAt)
  const count = view.getUint16(at + HEAD.count, true)
  const bindings: Binding[] = []
  const cursor: Cursor = { bytes, at: at + HEAD_BYTES }
  const next = (): string => {
    const length = readLength(cursor)
    textAt += length
    return text.substring(textAt - length, textAt)
  }
  for (let i = 0; i < count; i++) {
    const start = cursor.at
    const flags = bytes[start] ?? 0
    const expiresAtMs = view.getFloat64(start + 1, true)
    const cseq = view.getUint32(start + 9, true)
    const q = view.getUint16(start + 13, true)
    cursor.at = start + BINDING_BYTES
    let regId: number | undefined
    if ((flags & BINDING_FLAG.regId) !== 0) {
      regId = view.getUint32(cursor.at, true)
      cursor.at += 4
    }
    let epoch: number | undefined
    if ((flags & BINDING_FLAG.epoch) !== 0) {
      epoch = view.getFloat64(cursor.at, true)
      cursor.at += 8
    }
    const contact = next()
    const callId = next()
    const received = next()
    const params = next()
    const userAgent = next()
    const path = readPath(cursor, next)
    const instance = (flags & BINDING_FLAG.instance) !== 0 ? next() : undefined
    const flowToken = (flags & BINDING_FLAG.flowToken) !== 0 ? next() : undefined
    const pubGruu = (flags & BINDING_FLAG.pubGruu) !== 0 ? next() : undefined
    const key = keyOf(flags, contact, instance, regId) ?? next()
    const plain: Binding = {
      aor,
      contact,
      instance,
      regId,
      callId,
      cseq,
      q,
      expiresAtMs,
      path,
      flowToken,
      received,
      params,
      userAgent,
      key,
    }
    bindings.push(pubGruu === undefined && epoch === undefined ? plain : withGruus(plain, pubGruu, epoch))
  }
  return bindings
}

/** Told where a text stands in the octets. */
export type SeeText = (start: number, chars: number) => void

/** Calls `see` with each flow key and flow token in the record, without making strings. */
export function flowsIn({ bytes, view }: Octets, at: number, see: SeeText): void {
  const width = isWide(bytes, at) ? 2 : 1
  const cursor: Cursor = { bytes, at: at + HEAD_BYTES }
  let textAt = at + view.getUint32(at + HEAD.textAt, true)
  textAt += width * view.getUint32(at + HEAD.aorLength, true)
  const count = view.getUint16(at + HEAD.count, true)
  for (let i = 0; i < count; i++) {
    const flags = bytes[cursor.at] ?? 0
    cursor.at += BINDING_BYTES
    if ((flags & BINDING_FLAG.regId) !== 0) cursor.at += 4
    if ((flags & BINDING_FLAG.epoch) !== 0) cursor.at += 8
    textAt += width * (readLength(cursor) + readLength(cursor))
    const received = readLength(cursor)
    if (received > 0) see(textAt, received)
    textAt += width * (received + readLength(cursor) + readLength(cursor))
    for (let values = readLength(cursor); values > 0; values--) textAt += width * readLength(cursor)
    if ((flags & BINDING_FLAG.instance) !== 0) textAt += width * readLength(cursor)
    if ((flags & BINDING_FLAG.flowToken) !== 0) {
      const token = readLength(cursor)
      see(textAt, token)
      textAt += width * token
    }
    if ((flags & BINDING_FLAG.pubGruu) !== 0) textAt += width * readLength(cursor)
    if ((flags & (BINDING_FLAG.keyIsContact | BINDING_FLAG.keyIsFlow)) === 0) {
      textAt += width * readLength(cursor)
    }
  }
}

function readPath(cursor: Cursor, next: () => string): readonly string[] {
  const values = readLength(cursor)
  if (values === 0) return NO_PATH
  const path: string[] = []
  for (let i = 0; i < values; i++) path.push(next())
  return path
}

function readLength(cursor: Cursor): number {
  const { bytes } = cursor
  let byte = bytes[cursor.at++] ?? 0
  let length = byte & 127
  for (let shift = 7; byte > 127; shift += 7) {
    byte = bytes[cursor.at++] ?? 0
    length |= (byte & 127) << shift
  }
  return length
}

function keyOf(
  flags: number,
  contact: string,
  instance: string | undefined,
  regId: number | undefined,
): string | undefined {
  if ((flags & BINDING_FLAG.keyIsContact) !== 0) return contact
  return (flags & BINDING_FLAG.keyIsFlow) !== 0 ? `${instance};reg-id=${regId}` : undefined
}

function withGruus(binding: Binding, pubGruu: string | undefined, epoch: number | undefined): Binding {
  const { key, ...rest } = binding
  return {
    ...rest,
    ...(pubGruu === undefined ? {} : { pubGruu }),
    ...(epoch === undefined ? {} : { tempGruuEpoch: epoch }),
    key,
  }
}
