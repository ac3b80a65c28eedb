import { BoundedMap } from '../../base/bounded-map.ts'
import type { TransportName } from '../../base/flow.ts'
import { LIMITS } from '../../base/limits.ts'
import type { Call, CallSeen, MediaSeen } from '../sighting.ts'
import type { Source } from '../source.ts'
import { placesOf } from './sdp-places.ts'
import type { Ends } from './tcp-streams.ts'

/** Media of a call, as far as the capture holds it. */
interface CallMedia {
  readonly places: Set<string>
  /** A copy: the tracker uses its own again. */
  call: Call | undefined
  source: Source | undefined
  transport: TransportName
  endedMs: number
  packets: number
  late: number
  /** Packets to a place that no body named, and that place; '' none. */
  astray: number
  strayPlace: string
  isTold: boolean
}

/** Media begins within so long after the answer, or does not come. */
const MISSING_AFTER_MS = 8000
/** What was under way at the BYE has come by then. */
const GRACE_MS = 3000
/** Packets that cannot be an accident: a second of speech, and five. */
const LATE_PACKETS = 50
const STRAY_PACKETS = 250
/** Places of one call, forks and changes too. */
const MAX_PLACES = 32
const RTP_HEADER = 12

/**
 * Compares calls with the media that a capture holds (RFC 3550). Nothing is said of calls whose media would pass
 * elsewhere: only where an address of the call was seen with media before.
 */
export class MediaWatch {
  readonly #tell: (what: MediaSeen['what'], call: Call, source: Source, transport: TransportName) => void
  readonly #calls = new BoundedMap<string, CallMedia>(LIMITS.maxCaptureExchanges)
  readonly #byPlace = new BoundedMap<string, CallMedia>(LIMITS.maxCaptureExchanges)
  /** Addresses that were seen with media. */
  readonly #heard = new BoundedMap<string, true>(LIMITS.maxCaptureAddresses)
  /** Answered calls without media, oldest first. */
  readonly #silent = new Map<CallMedia, number>()

  constructor(tell: (what: MediaSeen['what'], call: Call, source: Source, transport: TransportName) => void) {
    this.#tell = tell
  }

  /** A message of a call brought a body. */
  offered(callId: string, body: string): void {
    const places = placesOf(body)
    if (places.length === 0) return
    const media = this.#calls.get(callId) ?? this.#begin(callId)
    for (const place of places) {
      if (media.places.size >= MAX_PLACES) return
      media.places.add(place)
      this.#byPlace.set(place, media)
    }
  }

  /** A call went on. */
  call({ phase, call, source, transport, atMs }: CallSeen): void {
    const media = this.#calls.get(call.callId)
    if (media === undefined) return
    if (phase === 'answered') {
      media.call = { ...call }
      media.source = source
      media.transport = transport
      if (media.packets === 0 && this.#silent.size < LIMITS.maxCaptureExchanges) this.#silent.set(media, atMs)
    } else if (phase === 'ended') {
      media.endedMs = atMs
      this.#silent.delete(media)
    } else if (phase === 'failed' || phase === 'forgotten') {
      this.#calls.delete(call.callId)
      this.#silent.delete(media)
    }
  }

  /** A datagram that is no SIP. */
  packet(
    octets: Buffer,
    { sourceIp, sourcePort, destinationIp, destinationPort }: Ends,
    nowMs: number,
  ): void {
    if (octets.length < RTP_HEADER || (octets[0] ?? 0) >> 6 !== 2) return
    const from = `${sourceIp} ${sourcePort}`
    const to = `${destinationIp} ${destinationPort}`
    const sender = this.#byPlace.get(from)
    const media = sender ?? this.#byPlace.get(to)
    if (media === undefined) return
    media.packets += 1
    this.#silent.delete(media)
    this.#heard.set(sourceIp, true)
    this.#heard.set(destinationIp, true)
    if (media.strayPlace === from) media.astray = Number.NEGATIVE_INFINITY
    if (media.endedMs > 0) this.#late(media, nowMs)
    else if (sender !== undefined && media.call !== undefined && !media.places.has(to)) this.#stray(media, to)
  }

  /** Time went on. */
  tick(nowMs: number): void {
    for (const [media, answeredMs] of this.#silent) {
      if (nowMs - answeredMs < MISSING_AFTER_MS) return
      this.#silent.delete(media)
      const isHeld = [...media.places].some(place => this.#heard.has(place.slice(0, place.indexOf(' '))))
      if (isHeld) this.#say('missing', media)
    }
  }

  #late(media: CallMedia, nowMs: number): void {
    if (nowMs - media.endedMs < GRACE_MS) return
    media.late += 1
    if (media.late === LATE_PACKETS) this.#say('after-end', media)
  }

  /** Who is behind a NAT is reached at a place that no body names; but from there media comes, too. */
  #stray(media: CallMedia, to: string): void {
    if (media.strayPlace === '') media.strayPlace = to
    if (media.strayPlace !== to) return
    media.astray += 1
    if (media.astray === STRAY_PACKETS) this.#say('elsewhere', media)
  }

  #say(what: MediaSeen['what'], media: CallMedia): void {
    const { call, source, transport, isTold } = media
    if (isTold || call === undefined || source === undefined) return
    media.isTold = true
    this.#tell(what, call, source, transport)
  }

  #begin(callId: string): CallMedia {
    const media: CallMedia = {
      places: new Set(),
      call: undefined,
      source: undefined,
      transport: 'udp',
      endedMs: 0,
      packets: 0,
      late: 0,
      astray: 0,
      strayPlace: '',
      isTold: false,
    }
    this.#calls.set(callId, media)
    return media
  }
}
