import { H } from '../../sip/message/header-id.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import { detector, type Setup } from '../detector.ts'
import type { Confidence } from '../finding.ts'
import { quoted } from '../quoted.ts'
import type { AnswerGiven, RequestSeen } from '../sighting.ts'
import { subjectOfSource } from '../source.ts'
import { FewDistinct, mixed } from '../tables/few-distinct.ts'

const DAY_MS = 86_400_000
const ROWS = 4096
const WIDTH = 16

/**
 * Strangers who want the server to carry requests elsewhere: to many hosts that are not its own, by a Route that names
 * others, by `maddr`. One who never logged in has one host to ask: ours. Users and neighbours are judged by the rules.
 */
export const relayAttempts = detector({
  id: 'relay-attempts',
  title: 'Strangers who want to be relayed',
  class: 'behaviour',
  threats: ['open-relay', 'infrastructure-behind-the-edge'],
  isSpoofable: true,
  score: 30,
  evasion: 'Ask for two or three hosts a day from each source: nothing is relayed all the same.',
  thresholds: {
    hosts: {
      default: 4,
      min: 2,
      max: WIDTH,
      unit: 'hosts',
      meaning:
        'Different hosts within a day that one source asks for, by Request-URI or Route, where nobody ever logged in.',
    },
    refusedHosts: {
      default: 12,
      min: 3,
      max: WIDTH,
      unit: 'hosts',
      meaning: 'Different hosts within a day that one source asks for and is refused.',
    },
    routes: {
      default: 10,
      min: 3,
      max: 1000,
      unit: 'routes',
      meaning: 'Route values in one request from who is no neighbour.',
    },
  },
  start: setup => {
    const { limits, hash } = setup
    const salt = hash('relay-attempts')
    const hosts = new FewDistinct(ROWS, WIDTH, DAY_MS)
    const refused = new FewDistinct(ROWS, WIDTH, DAY_MS)
    return {
      only: { request: { part: 'outside' }, answer: { part: 'refusals' } },
      request: seen => {
        const { request, source, atMs } = seen
        if (seen.isInDialog || source.trunk !== undefined || source.isAllowed) return
        if (request.has(H.route)) {
          const routes = request.countOf(H.route)
          if (routes >= limits.routes)
            tell(
              setup,
              seen,
              routes,
              limits.routes,
              'high',
              `sent a request through ${routes} hops of its own choice`,
            )
        }
        if (source.lastLoginMs !== Number.NEGATIVE_INFINITY || !request.uriResult.ok) return
        const key = mixed(salt, source.slot, source.generation)
        const { host } = request.uriResult.value
        let count = host === '' ? 0 : hosts.add(key, hash(host), atMs)
        if (request.has(H.route)) count = Math.max(count, hosts.add(key, hash(lastRoute(request)), atMs))
        if (count >= limits.hosts)
          return tell(
            setup,
            seen,
            count,
            limits.hosts,
            'medium',
            `asked for ${count} different hosts within a day and never logged in, last ${quoted(host)}`,
          )
        if (request.requestUri.includes(';maddr='))
          tell(setup, seen, 1, 1, 'low', `wants to be sent on by maddr in ${quoted(request.requestUri)}`)
      },
      answer: given => {
        const { request, why, status, source, atMs } = given
        if (status === 403 && given.isOwn && source.trunk === undefined && isElsewhere(given)) {
          const host = request.uri.host
          const count = refused.add(mixed(salt, source.slot, source.generation), hash(host), atMs)
          if (count >= limits.refusedHosts)
            tell(
              setup,
              given,
              count,
              limits.refusedHosts,
              'medium',
              `asked for ${count} different hosts within a day and may reach none, last ${quoted(host)}`,
            )
        }
        if (why === 'route-not-allowed' && given.source.trunk === undefined)
          tell(
            setup,
            given,
            1,
            1,
            'medium',
            `wanted to be sent on by Route to ${quoted(lastRoute(request))}, and may not`,
          )
      },
    }
  },
})

/** Whether the request is for another domain than its sender's. */
function isElsewhere({ request }: AnswerGiven): boolean {
  return request.method !== 'REGISTER' && request.uriResult.ok && request.uri.host !== request.from.uri.host
}

/** Where the route set leads in the end. */
function lastRoute(request: SipRequest): string {
  const last = request.list(H.route).at(-1) ?? ''
  const at = last.indexOf('@') + 1
  const start = at > 0 ? at : last.indexOf(':') + 1
  const end = last.indexOf(';', start)
  return last.slice(start, end < 0 ? undefined : end)
}

function tell(
  { report }: Setup<'hosts' | 'refusedHosts' | 'routes'>,
  seen: AnswerGiven | RequestSeen,
  value: number,
  limit: number,
  confidence: Confidence,
  what: string,
): void {
  const { source } = seen
  const score = confidence === 'low' ? { score: 15 } : {}
  report({
    subject: subjectOfSource(source),
    seen,
    value,
    limit,
    why: `${source.ip} ${what}.`,
    confidence,
    isSpoofable: !source.isProved,
    ...score,
  })
}
