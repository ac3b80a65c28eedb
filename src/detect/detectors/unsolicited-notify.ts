import { H } from '../../sip/message/header-id.ts'
import { detector } from '../detector.ts'
import { isHome } from '../offered-account.ts'
import { quoted } from '../quoted.ts'
import { subjectOfSource } from '../source.ts'
import { PairCounts } from '../tables/pair-counts.ts'

const DAY_MS = 24 * 3_600_000
const MAX_PAIRS = 4096

/** Events that make a phone restart, fetch its configuration, or obey: nobody sends them from outside. */
const COMMANDS: ReadonlySet<string> = new Set([
  ...['action-uri', 'aastra-xml', 'check-sync', 'push-xml', 'reboot', 'report', 'reset', 'restart', 'resync'],
  ...['service-control', 'ua-profile', 'xml'],
])
/** Events by which phones keep a way through NAT open. */
const HARMLESS: ReadonlySet<string> = new Set(['keep-alive', 'keepalive', 'ka'])

/**
 * NOTIFY and INFO that nobody subscribed to: orders for phones to restart or to fetch a configuration, forged lamps for
 * waiting messages, digits outside any call.
 */
export const unsolicitedNotify = detector({
  id: 'unsolicited-notify',
  title: 'Orders to phones that nobody asked for',
  class: 'state',
  threats: ['phone-vulnerabilities', 'spoofed-in-dialog-request'],
  isSpoofable: true,
  score: 35,
  evasion:
    'Go to the phone past the server: it then has to refuse by itself. Through the server it is refused.',
  thresholds: {
    targets: {
      ...{ default: 3, min: 1, max: 1000, unit: 'users in a day' },
      meaning: 'Users to whom one source sent NOTIFY or INFO outside of any dialog, other than orders.',
    },
  },
  start({ limits, tables, hash, report }) {
    const sent = new PairCounts(tables.sources.maxEntries, MAX_PAIRS, DAY_MS)
    return {
      only: { request: { methods: ['NOTIFY', 'INFO'], part: 'outside' } },
      request(seen) {
        const { request, source, atMs } = seen
        if (request.method !== 'NOTIFY' && request.method !== 'INFO') return
        if (seen.isInDialog || source.trunk !== undefined || source.isAllowed) return
        const event = eventOf(request.header(H.event))
        if (HARMLESS.has(event)) return
        const isOrder = COMMANDS.has(event)
        const { distinct } = sent.add(source, hash(request.uri.user ?? ''), atMs)
        if (!isOrder && (distinct < limits.targets || isHome(source, atMs))) return
        report({
          subject: subjectOfSource(source),
          ...{
            seen,
            value: distinct,
            limit: isOrder ? 1 : limits.targets,
            confidence: isOrder ? 'high' : 'low',
          },
          why: isOrder
            ? `${source.ip} sent a phone the order ${quoted(event, 24)} that nobody subscribed to`
            : `${source.ip} sent ${request.method} outside of any dialog to ${distinct} users`,
        })
      },
      tick: nowMs => sent.sweep(nowMs),
    }
  },
})

/** The package, without parameters. */
function eventOf(value: string | undefined): string {
  if (value === undefined) return ''
  const end = value.indexOf(';')
  return value
    .slice(0, end < 0 ? 64 : end)
    .trim()
    .toLowerCase()
}
