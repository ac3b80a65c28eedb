import { H } from '../../sip/message/header-id.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import { octetsOfMessage } from '../../sip/octets.ts'
import { detector, type Setup } from '../detector.ts'
import { hidesWords } from '../readable.ts'
import type { RequestSeen } from '../sighting.ts'
import { subjectOfSource } from '../source.ts'
import { DecayingCounts } from '../tables/decaying-counts.ts'
import { FewDistinct, mixed } from '../tables/few-distinct.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const ROWS = 2048
const WIDTH = 16

/** Longer than what telephones, proxies and test tools make of them: what goes beyond can carry something. */
const USUAL_CALL_ID = 72
const USUAL_TAG = 72
const USUAL_BRANCH = 88
const USUAL_SESSION_LINE = 80
/** Where words are looked for: in one request of so many. */
const LOOKED_AT = 8
const COOKIE = 'z9hG4bK'

/**
 * Fields that nobody reads as letters: branch, tag, Call-ID and the lines of a session description that telephones
 * ignore can carry a text past whoever watches the calls. Found are words behind an encoding, room beyond what any
 * telephone takes, and one call with ever new tags. What was encrypted to the usual length looks like chance, and is
 * left to the counts of calls that never come to anything.
 */
export const covertChannel = detector({
  id: 'covert-channel',
  title: 'Text hidden in identifiers',
  class: 'behaviour',
  threats: ['internal-attacker', 'message-tampering'],
  isSpoofable: true,
  score: 25,
  evasion:
    'Encrypt what is hidden and keep to the usual length, some twenty octets a request: nothing tells it from chance but the number of requests.',
  thresholds: {
    texts: {
      default: 3,
      min: 1,
      max: WIDTH,
      unit: 'texts',
      meaning: 'Different identifiers of one source within a day behind whose encoding words stand.',
    },
    chars: {
      default: 600,
      min: 50,
      max: 1_000_000,
      unit: 'characters',
      meaning:
        'Characters of identifiers beyond their usual length, of one source, fading by half in an hour.',
    },
    tags: {
      default: 8,
      min: 3,
      max: WIDTH,
      unit: 'tags',
      meaning: 'From tags that one Call-ID shows within an hour, registrations left out.',
    },
  },
  start: setup => {
    const { tables, limits, hash } = setup
    const salt = hash('covert-channel')
    const texts = new FewDistinct(ROWS, WIDTH, DAY_MS)
    const tags = new FewDistinct(ROWS, WIDTH, HOUR_MS)
    const beyond = new DecayingCounts(tables.sources.maxEntries, HOUR_MS)
    let turn = 0
    return {
      only: { request: { part: 'outside' } },
      request: seen => {
        const { request, source, atMs } = seen
        if (seen.isInDialog || request.method === 'ACK' || request.method === 'CANCEL') return
        if (source.trunk !== undefined || source.isAllowed) return
        turn = (turn + 1) % LOOKED_AT
        const isLookedAt = turn === 0
        const chars = charsBeyond(request) + (isLookedAt ? charsOfSession(request) : 0)
        if (chars > 0) {
          const sum = beyond.add(source, chars, atMs)
          if (sum >= limits.chars)
            tell(
              setup,
              seen,
              sum,
              limits.chars,
              `sent ${Math.round(sum)} characters in identifiers beyond any usual length`,
            )
        }
        if (!isLookedAt) return
        const key = mixed(salt, source.slot, source.generation)
        const hiding = hidingField(request)
        if (hiding !== '') {
          const count = texts.add(key, hash(hiding), atMs)
          if (count >= limits.texts)
            tell(setup, seen, count, limits.texts, `hid words behind the encoding of ${count} identifiers`)
        }
        if (request.method === 'REGISTER') return
        const count = tags.add(mixed(key, hash(request.callId)), hash(request.from.tag ?? ''), atMs)
        if (count >= limits.tags)
          tell(setup, seen, count, limits.tags, `sent one Call-ID with ${count} different tags`)
      },
    }
  },
})

/** How much longer the identifiers are than any that is usual. */
function charsBeyond(request: SipRequest): number {
  return (
    Math.max(0, request.callId.length - USUAL_CALL_ID) +
    Math.max(0, (request.from.tag?.length ?? 0) - USUAL_TAG) +
    Math.max(0, (request.topVia.branch?.length ?? 0) - USUAL_BRANCH)
  )
}

/** The same for the lines of a session description that no telephone acts on (RFC 4566 §5): o, s, i, u, e, p. */
function charsOfSession(request: SipRequest): number {
  if (request.bodyEnd === request.bodyStart || !request.has(H.contentType)) return 0
  const { bodyEnd } = request
  const octets = octetsOfMessage(request.text)
  let chars = 0
  for (let at = request.bodyStart; at < bodyEnd; ) {
    let end = at
    while (end < bodyEnd && octets[end] !== LF) end += 1
    if (end - at > USUAL_SESSION_LINE && octets[at + 1] === EQUALS && IDLE.has(octets[at] ?? 0))
      chars += Math.max(0, end - at - USUAL_SESSION_LINE)
    at = end + 1
  }
  return chars
}

const EQUALS = 61
const LF = 10
/** o, s, i, u, e, p. */
const IDLE: ReadonlySet<number> = new Set([...'osiuep'].map(letter => letter.charCodeAt(0)))

/** The first identifier behind whose encoding words stand; '' none. */
function hidingField(request: SipRequest): string {
  const { callId } = request
  const at = callId.indexOf('@')
  if (hidesWords(callId, 0, at < 0 ? callId.length : at)) return callId
  const tag = request.from.tag ?? ''
  if (hidesWords(tag)) return tag
  const branch = request.topVia.branch ?? ''
  return hidesWords(branch, branch.startsWith(COOKIE) ? COOKIE.length : 0) ? branch : ''
}

function tell(
  { report }: Setup<'texts' | 'chars' | 'tags'>,
  seen: RequestSeen,
  value: number,
  limit: number,
  what: string,
): void {
  const { source } = seen
  report({
    subject: subjectOfSource(source),
    seen,
    value,
    limit,
    why: `${source.ip} ${what}: they may carry more than they name.`,
    confidence: 'medium',
    isSpoofable: !source.isProved,
  })
}
