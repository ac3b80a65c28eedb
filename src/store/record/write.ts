import { AspisError } from '../../base/errors.ts'
import type { Binding } from '../location.ts'
import {
  BINDING_BYTES,
  BINDING_FLAG,
  HEAD,
  HEAD_BYTES,
  MAX_TEXT_CHARS,
  type Octets,
  RECORD_FLAG,
} from './layout.ts'

/** Somewhere to write records to, one behind the other. */
export interface Sink {
  /** @returns octets with room for `size` more behind `end` */
  reserve(size: number): Octets
  readonly end: number
}

const MAX_LENGTH_BYTES = 4
/** Numbers and lengths of one binding at most, its path not counted. */
const MAX_BINDING_BYTES = BINDING_BYTES + 12 + 10 * MAX_LENGTH_BYTES
const WIDE = /[\u0100-\uffff]/

/**
 * Writes what an address-of-record has from now on behind the end of `sink`.
 * @param version how many changes it had, this one included
 * @returns octets written; the sink's end is for the caller to move
 * @throws AspisError `ERR_ASPIS_STORE_BINDINGS` when two bindings have one key, one belongs elsewhere, or a number
 *   is outside its range
 */
export function writeRecord(sink: Sink, aor: string, next: readonly Binding[], version: number): number {
  checkBindings(aor, next)
  // One text is made and written at once: 8 short writes cost twice as much.
  let text = aor
  let room = HEAD_BYTES
  for (const binding of next) {
    text += textOf(binding)
    room += MAX_BINDING_BYTES + binding.path.length * MAX_LENGTH_BYTES
  }
  if (text.length > MAX_TEXT_CHARS) throw new AspisError('ERR_ASPIS_STORE_BINDINGS', 'bindings are too long')
  const isWide = WIDE.test(text)
  const textBytes = isWide ? 2 * text.length : text.length
  const { bytes, view } = sink.reserve(room + textBytes)
  const start = sink.end
  let at = start + HEAD_BYTES
  let earliestMs = Number.POSITIVE_INFINITY
  for (const binding of next) {
    if (binding.expiresAtMs < earliestMs) earliestMs = binding.expiresAtMs
    at = writeNumbers(bytes, view, at, binding)
  }
  const textAt = at - start
  if (isWide) bytes.write(text, at, 'utf16le')
  else bytes.latin1Write(text, at, textBytes)
  const length = textAt + textBytes
  view.setUint32(start + HEAD.length, length, true)
  view.setUint32(start + HEAD.textAt, textAt, true)
  view.setUint32(start + HEAD.aorLength, aor.length, true)
  view.setUint32(start + HEAD.version, version, true)
  view.setFloat64(start + HEAD.earliestMs, earliestMs, true)
  view.setUint16(start + HEAD.count, next.length, true)
  view.setUint16(start + HEAD.flags, isWide ? RECORD_FLAG.isWide : 0, true)
  view.setUint32(start + HEAD.slot, 0, true)
  return length
}

/** The texts of a binding in the order of their lengths. */
function textOf(binding: Binding): string {
  let text = binding.contact + binding.callId + binding.received + binding.params + binding.userAgent
  for (const value of binding.path) text += value
  if (binding.instance !== undefined) text += binding.instance
  if (binding.flowToken !== undefined) text += binding.flowToken
  if (binding.pubGruu !== undefined) text += binding.pubGruu
  return isPlainKey(binding) ? text : text + binding.key
}

function writeNumbers(bytes: Buffer, view: DataView, start: number, binding: Binding): number {
  const { instance, regId, flowToken, pubGruu, tempGruuEpoch, key, path } = binding
  let flags = 0
  let at = start + 1
  view.setFloat64(at, binding.expiresAtMs, true)
  view.setUint32(at + 8, binding.cseq, true)
  view.setUint16(at + 12, binding.q, true)
  at += 14
  if (regId !== undefined) {
    flags |= BINDING_FLAG.regId
    view.setUint32(at, regId, true)
    at += 4
  }
  if (tempGruuEpoch !== undefined) {
    flags |= BINDING_FLAG.epoch
    view.setFloat64(at, tempGruuEpoch, true)
    at += 8
  }
  at = writeLength(bytes, at, binding.contact.length)
  at = writeLength(bytes, at, binding.callId.length)
  at = writeLength(bytes, at, binding.received.length)
  at = writeLength(bytes, at, binding.params.length)
  at = writeLength(bytes, at, binding.userAgent.length)
  at = writeLength(bytes, at, path.length)
  for (const value of path) at = writeLength(bytes, at, value.length)
  if (instance !== undefined) {
    flags |= BINDING_FLAG.instance
    at = writeLength(bytes, at, instance.length)
  }
  if (flowToken !== undefined) {
    flags |= BINDING_FLAG.flowToken
    at = writeLength(bytes, at, flowToken.length)
  }
  if (pubGruu !== undefined) {
    flags |= BINDING_FLAG.pubGruu
    at = writeLength(bytes, at, pubGruu.length)
  }
  if (key === binding.contact) flags |= BINDING_FLAG.keyIsContact
  else if (isFlowKey(binding)) flags |= BINDING_FLAG.keyIsFlow
  else at = writeLength(bytes, at, key.length)
  bytes[start] = flags
  return at
}

function writeLength(bytes: Buffer, start: number, length: number): number {
  let at = start
  let rest = length
  while (rest > 127) {
    bytes[at++] = (rest & 127) | 128
    rest >>>= 7
  }
  bytes[at++] = rest
  return at
}

/** A key that is made of other fields is not kept twice. */
function isPlainKey(binding: Binding): boolean {
  return binding.key === binding.contact || isFlowKey(binding)
}

function isFlowKey({ key, instance, regId }: Binding): boolean {
  return instance !== undefined && regId !== undefined && key === `${instance};reg-id=${regId}`
}

function checkBindings(aor: string, next: readonly Binding[]): void {
  if (next.length > 0xffff) throw unfit(aor, 'there are too many')
  for (let i = 0; i < next.length; i++) {
    const binding = next[i]
    if (binding === undefined) continue
    if (binding.aor !== aor) throw unfit(aor, binding.key)
    if (!Number.isSafeInteger(binding.expiresAtMs)) throw unfit(aor, binding.key)
    if (!isWithin(binding.cseq, 0xffff_ffff) || !isWithin(binding.q, 1000)) throw unfit(aor, binding.key)
    if (binding.regId !== undefined && !isWithin(binding.regId, 0xffff_ffff)) throw unfit(aor, binding.key)
    for (let k = 0; k < i; k++) if (next[k]?.key === binding.key) throw unfit(aor, binding.key)
  }
}

function isWithin(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max
}

function unfit(aor: string, key: string): AspisError {
  return new AspisError(
    'ERR_ASPIS_STORE_BINDINGS',
    `binding ${JSON.stringify(key)} does not fit into ${JSON.stringify(aor)}`,
  )
}
