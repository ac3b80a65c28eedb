import type { SipRequest } from '../../sip/message/message.ts'
import { detector, type Setup } from '../detector.ts'
import type { Confidence } from '../finding.ts'
import { MIN_NUMBER_DIGITS, shapeOf } from '../numbers/number-shape.ts'
import { quoted } from '../quoted.ts'
import type { AnswerGiven, RequestSeen } from '../sighting.ts'
import { subjectOfSource } from '../source.ts'
import { FewDistinct, mixed } from '../tables/few-distinct.ts'
import { partyOf } from '../tracker/party.ts'

const DAY_MS = 86_400_000
const ROWS = 4096
const WIDTH = 16

/** The server's words for who speaks in another's name. */
const NOT_HIS: ReadonlySet<string> = new Set([
  'from-is-ours',
  'from-not-the-trunks',
  'from-not-yours',
  'not-your-aor',
])
const SPEAKING: ReadonlySet<string> = new Set(['INVITE', 'MESSAGE', 'REFER', 'SUBSCRIBE'])

/**
 * Who comes in the name of others: credentials of one and From of another, users of ours named by a source where nobody
 * logged in, display names that are the address of somebody else, and one caller who shows another number each time.
 */
export const masquerade = detector({
  id: 'masquerade',
  title: 'In the name of others',
  class: 'behaviour',
  threats: ['spoofing', 'user-name-not-tied-to-uri', 'proxy-unsure-of-user'],
  isSpoofable: true,
  score: 35,
  evasion:
    'One name a day from each source, or a display name that resembles another without being its address: nobody can tell that from a namesake.',
  thresholds: {
    names: {
      default: 3,
      min: 2,
      max: WIDTH,
      unit: 'names',
      meaning: 'Names of others that one source used within a day, with credentials that are not theirs.',
    },
    users: {
      default: 5,
      min: 2,
      max: WIDTH,
      unit: 'users',
      meaning: 'Users of ours in whose name a source asked, where nobody ever logged in, within a day.',
    },
    numbers: {
      default: 6,
      min: 2,
      max: WIDTH,
      unit: 'numbers',
      meaning: 'Different numbers that one From shows as display name within a day.',
    },
  },
  start: setup => {
    const { tables, limits, hash } = setup
    const salt = hash('masquerade')
    const names = new FewDistinct(ROWS, WIDTH, DAY_MS)
    const users = new FewDistinct(ROWS, WIDTH, DAY_MS)
    const numbers = new FewDistinct(ROWS, WIDTH, DAY_MS)
    return {
      only: { request: { methods: ['INVITE', 'MESSAGE'], part: 'outside' }, answer: { part: 'failures' } },
      request: seen => {
        const { request, source, atMs } = seen
        if (seen.isInDialog || (request.method !== 'INVITE' && request.method !== 'MESSAGE')) return
        const shown = shownName(request)
        if (shown === '') return
        if (shown.includes('@')) {
          const from = request.from.uri
          const imitated = shown.toLowerCase()
          if (tables.accounts.peek(imitated) !== undefined && imitated !== partyOf(from))
            tell(
              setup,
              seen,
              1,
              1,
              'medium',
              `shows ${quoted(shown)} as name, a user of ours, and From is ${quoted(from.text)}`,
            )
          return
        }
        const { length, tail } = shapeOf(shown)
        if (length < MIN_NUMBER_DIGITS || source.trunk !== undefined) return
        const from = request.from.uri
        if (tail === shapeOf(from.user ?? '').tail) return
        const key = mixed(mixed(salt, source.slot, source.generation), hash(from.text))
        const count = numbers.add(key, tail, atMs)
        if (count >= limits.numbers)
          tell(
            setup,
            seen,
            count,
            limits.numbers,
            'low',
            `shows ${count} different numbers as name under one From, last ${quoted(shown, 40)}`,
          )
      },
      answer: given => {
        const { request, status, source, atMs, why } = given
        if (!given.isOwn || status < 400 || !SPEAKING.has(request.method) || request.to.tag !== undefined)
          return
        const key = mixed(salt, source.slot, source.generation)
        if (NOT_HIS.has(why) || (why === '' && status === 403 && isUser(request))) {
          const count = names.add(key, hash(request.from.uri.text), atMs)
          if (count >= limits.names)
            tell(
              setup,
              given,
              count,
              limits.names,
              'high',
              `asked in the name of ${count} others with credentials that are not theirs, last ${quoted(request.from.uri.text)}`,
            )
          else ofNetwork(given)
          return
        }
        const isChallenge = status === 401 || status === 407
        if (!isChallenge || source.trunk !== undefined || source.lastLoginMs !== Number.NEGATIVE_INFINITY)
          return
        if (!isUser(request)) return
        const count = users.add(key, hash(request.from.uri.text), atMs)
        if (count >= limits.users)
          tell(
            setup,
            given,
            count,
            limits.users,
            'medium',
            `asked in the name of ${count} users of ours and never logged in, last ${quoted(request.from.uri.text)}`,
          )
      },
    }

    /** Addresses of one network take turns: twice as many names as of one source are too many. */
    function ofNetwork(given: AnswerGiven): void {
      const { source, request, atMs } = given
      const { slot, generation, name } = source.prefix
      const from = request.from.uri.text
      const value = names.add(mixed(mixed(salt, slot, generation), 1), hash(from), atMs)
      const limit = limits.names * 2
      if (value < limit) return
      setup.report({
        subject: { kind: 'prefix', name },
        ...{ seen: given, value, limit, confidence: 'medium' },
        why: `Addresses of ${name} asked in the name of ${value} others with credentials that are not theirs, last ${quoted(from)}.`,
      })
    }

    /** Whether From names an account that somebody logged in to. */
    function isUser({ from }: SipRequest): boolean {
      return tables.accounts.peek(partyOf(from.uri)) !== undefined
    }
  },
})

/** The display name of From without its quotes. */
function shownName({ from }: SipRequest): string {
  const { displayName } = from
  return displayName.startsWith('"') ? displayName.slice(1, -1).trim() : displayName
}

function tell(
  { report }: Setup<'names' | 'users' | 'numbers'>,
  seen: AnswerGiven | RequestSeen,
  value: number,
  limit: number,
  confidence: Confidence,
  what: string,
): void {
  const { source } = seen
  report({
    subject: subjectOfSource(source),
    seen,
    value,
    limit,
    why: `${source.ip} ${what}.`,
    confidence,
    isSpoofable: !source.isProved,
    ...(confidence === 'low' ? { score: 15 } : {}),
  })
}
