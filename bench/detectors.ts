import type { Detector } from '../src/detect/detector.ts'
import { DETECTORS } from '../src/detect/detectors.ts'
import { Engine } from '../src/detect/engine.ts'
import type {
  AnswerGiven,
  CredentialsJudged,
  RequestSeen,
  ResponseSeen,
  Sighting,
} from '../src/detect/sighting.ts'
import type { Source } from '../src/detect/source.ts'
import type { SipResponse } from '../src/sip/message/message.ts'
import { writeResponse } from '../src/sip/message/write.ts'
import { measure, patience } from './measure.ts'
import { invite, read, stamped } from './message.ts'

/**
 * Nanoseconds that telling one sighting to the detectors takes, of users who logged in and of strangers: to all of
 * them, and to each alone. Messages are read just before, as in a server, and the reading is taken off.
 * `node bench/detectors.ts [--quick]`
 */
const time = patience(process.argv.includes('--quick'))
const SOURCES = 4096
const MESSAGES = 512
/** Between two sightings: two thousand a second. */
const GAP_MS = 0.5

const texts = Array.from({ length: MESSAGES }, (_, i) => invite(700, i).toString('latin1'))
const requests = texts.map(stamped)
const responseTexts = requests.map(request => writeResponse(request, 200, { toTag: 'a6c85cf' }))

function readResponse(text: string): SipResponse {
  const response = read(text)
  if (response.kind !== 'response') throw new Error('not a response')
  return response
}

type Kind = 'request' | 'answer' | 'response' | 'credentials'
const KINDS: readonly Kind[] = ['request', 'answer', 'response', 'credentials']
type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** Best ns of one sighting of a kind. */
function nsOf(detectors: readonly Detector[], kind: Kind, isKnown: boolean): number {
  const engine = new Engine({
    detectors,
    settings: {},
    known: { trunkOf: () => undefined, isAllowed: () => false },
    hashKey: new Uint8Array(16),
    wallMs: atMs => atMs,
    onFinding: () => {},
    onDisabled: (id, error) => {
      throw new Error(id, { cause: error })
    },
  })
  const sources = Array.from({ length: SOURCES }, (_, i) => {
    const source = engine.sourceOf(`10.${i >> 8}.${i & 255}.1`)
    if (isKnown) source.lastLoginMs = 0
    return source
  })
  const [source] = sources
  const [request] = requests
  const response = readResponse(responseTexts[0] ?? '')
  if (source === undefined || request === undefined) throw new Error('nothing to see')
  const sighting = sightingOf(kind, source, request, response)
  let nowMs = 0
  return (
    measure(time, i => {
      nowMs += GAP_MS
      sighting.atMs = nowMs
      sighting.source = sources[i % SOURCES] ?? source
      if (sighting.kind === 'response') sighting.response = readResponse(responseTexts[i % MESSAGES] ?? '')
      else if (sighting.kind === 'request') sighting.request = stamped(texts[i % MESSAGES] ?? '')
      else sighting.request = requests[i % MESSAGES] ?? request
      engine.see(sighting)
      return nowMs
    }) * 1000
  )
}

function sightingOf(
  kind: Kind,
  source: Source,
  request: RequestSeen['request'],
  response: SipResponse,
): Writable<AnswerGiven> | Writable<CredentialsJudged> | Writable<RequestSeen> | Writable<ResponseSeen> {
  const seen = { atMs: 0, source, transport: 'udp' } as const
  switch (kind) {
    case 'request':
      return { kind, ...seen, request, isInDialog: false }
    case 'answer':
      return { kind, ...seen, request, status: 200, why: '', isOwn: false }
    case 'response':
      return { kind, ...seen, response, isStray: false }
    case 'credentials': {
      const judged = { isAccepted: true, why: '', user: 'alice', realm: 'example.com', isNonceOurs: true }
      return { kind, ...seen, request, ...judged }
    }
  }
}

/** Which kinds a detector watches, asked of the detector itself. */
function watches(each: Detector, kind: Sighting['kind']): boolean {
  const engine = new Engine({
    detectors: [each],
    settings: {},
    known: { trunkOf: () => undefined, isAllowed: () => false },
    hashKey: new Uint8Array(16),
    wallMs: atMs => atMs,
    onFinding: () => {},
    onDisabled: () => {},
  })
  return engine.watches(kind)
}

const cell = (ns: number): string => ns.toFixed(0).padStart(11)
console.log(`${'ns of one sighting'.padEnd(26)} ${KINDS.map(kind => kind.padStart(11)).join(' ')}`)
for (const isKnown of [true, false]) {
  const none = KINDS.map(kind => nsOf([], kind, isKnown))
  const all = KINDS.map((kind, at) => nsOf(DETECTORS, kind, isKnown) - (none[at] ?? 0))
  console.log(`${(isKnown ? 'all, own users' : 'all, strangers').padEnd(26)} ${all.map(cell).join(' ')}`)
}
const none = KINDS.map(kind => nsOf([], kind, true))
for (const each of DETECTORS) {
  const watched = KINDS.map(kind => watches(each, kind))
  if (!watched.includes(true)) continue
  const cells = KINDS.map((kind, at) =>
    watched[at] === true
      ? cell(Math.max(0, nsOf([each], kind, true) - (none[at] ?? 0)))
      : cell(0).replace('0', ' '),
  )
  console.log(`${each.id.padEnd(26)} ${cells.join(' ')}`)
}
