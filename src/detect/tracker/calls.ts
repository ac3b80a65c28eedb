import type { TransportName } from '../../base/flow.ts'
import type { Call } from '../sighting.ts'
import type { Source } from '../source.ts'
import type { Account } from '../tables.ts'

/** Calls followed at a time: some 400 octets each. */
export const MAX_CALLS = 20_000

/** Tags of the callee's side that a call may have: one for each place that rang. */
const MAX_TO_TAGS = 4

/** A call as its owner sees it. */
export class TrackedCall implements Call {
  callId = ''
  from = ''
  account = ''
  place: Account | undefined
  destination = ''
  destinationHost = ''
  toClass = ''
  beganMs = 0
  answeredMs = 0
  endedMs = 0
  status = 0
  endedBy: Call['endedBy'] = 'nobody'
  fromTag = ''
  /** More callees answered than are remembered: any tag may be right. */
  hasMoreTags = false
  readonly toTags: string[] = []
  callerIp = ''
  callerTrunk = ''
  calleeIp = ''
  calleeTrunk = ''
  isRinging = false
  isAcknowledged = false
  isTracked = false
  /** Where its INVITE came from. */
  callerSource: Source | undefined
  callerTransport: TransportName = 'udp'

  /** Whether a source is one of the two sides, as far as they are known. */
  isParty({ ip, trunk = '' }: Source): boolean {
    if (ip === this.callerIp || ip === this.calleeIp || this.calleeIp === '') return true
    return trunk !== '' && (trunk === this.callerTrunk || trunk === this.calleeTrunk)
  }

  isCaller({ ip, trunk = '' }: Source): boolean {
    return ip === this.callerIp || (trunk !== '' && trunk === this.callerTrunk)
  }

  /** Whether the tags of a request inside the dialog are those of the call, whichever side sent it. */
  hasTags(from: string, to: string): boolean {
    if (this.toTags.length === 0 || this.hasMoreTags) return from === this.fromTag || to === this.fromTag
    if (from === this.fromTag) return this.toTags.includes(to)
    return to === this.fromTag && this.toTags.includes(from)
  }

  addToTag(tag: string): void {
    if (this.hasMoreTags || this.toTags.includes(tag)) return
    if (this.toTags.length < MAX_TO_TAGS) this.toTags.push(kept(tag))
    else this.hasMoreTags = true
  }
}

/** What a call begins with. */
export interface NewCall {
  readonly callId: string
  readonly fromTag: string
  readonly from: string
  /** No part of a message. */
  readonly account: string
  readonly place: Account | undefined
  readonly destination: string
  readonly destinationHost: string
  readonly toClass: string
  readonly source: Source
  readonly transport: TransportName
  readonly atMs: number
}

/** The calls under way, by Call-ID; bounded, and used again. */
export class CallTable {
  readonly #byId = new Map<string, TrackedCall>()
  readonly #free: TrackedCall[] = []
  readonly #all: TrackedCall[] = []
  #last = new TrackedCall()
  #hand = 0

  get size(): number {
    return this.#byId.size
  }

  find(callId: string): TrackedCall | undefined {
    // A response and what is answered by it come one after the other.
    const last = this.#last
    if (last.isTracked && last.callId === callId) return last
    const found = this.#byId.get(callId)
    if (found !== undefined) this.#last = found
    return found
  }

  /** @param onForgotten a call that made room, the oldest of a few */
  begin(parts: NewCall, onForgotten: (call: TrackedCall) => void): TrackedCall {
    const call = this.#free.pop() ?? this.#another(onForgotten)
    // One text for all: a part of a message would keep the whole message in memory.
    const { callId, fromTag, from, destination, destinationHost } = parts
    const text = `${callId}${fromTag}${from}${destination}${destinationHost}${END}`
    let at = 0
    const next = ({ length }: string): string => {
      at += length
      return text.slice(at - length, at)
    }
    call.callId = next(callId)
    call.fromTag = next(fromTag)
    call.from = next(from)
    call.account = parts.account
    call.place = parts.place
    call.destination = next(destination)
    call.destinationHost = next(destinationHost)
    call.toClass = parts.toClass
    call.beganMs = parts.atMs
    call.answeredMs = 0
    call.endedMs = 0
    call.status = 0
    call.endedBy = 'nobody'
    call.hasMoreTags = false
    call.toTags.length = 0
    call.callerSource = parts.source
    call.callerTransport = parts.transport
    call.callerIp = parts.source.ip
    call.callerTrunk = parts.source.trunk ?? ''
    call.calleeIp = ''
    call.calleeTrunk = ''
    call.isRinging = false
    call.isAcknowledged = false
    call.isTracked = true
    this.#byId.set(call.callId, call)
    return call
  }

  end(call: TrackedCall): void {
    if (!call.isTracked) return
    call.isTracked = false
    this.#byId.delete(call.callId)
    this.#free.push(call)
  }

  #another(onForgotten: (call: TrackedCall) => void): TrackedCall {
    if (this.#all.length < MAX_CALLS) {
      const made = new TrackedCall()
      this.#all.push(made)
      return made
    }
    let oldest = this.#all[this.#hand] ?? new TrackedCall()
    for (let i = 1; i < LOOKED_AT; i += 1) {
      const other = this.#all[(this.#hand + i) % MAX_CALLS]
      if (other !== undefined && other.beganMs < oldest.beganMs) oldest = other
    }
    this.#hand = (this.#hand + LOOKED_AT) % MAX_CALLS
    onForgotten(oldest)
    oldest.isTracked = false
    this.#byId.delete(oldest.callId)
    return oldest
  }
}

const LOOKED_AT = 8

/** Makes a text of parts a new one, even where all others are empty. */
const END = '\n'

/** A text of its own: what is cut out of a message keeps the message, what is cut out of a sum keeps the sum. */
function kept(text: string): string {
  return (text + END).slice(0, -1)
}
