import { H } from '../../sip/message/header-id.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import { hasCredentials } from '../asked-name.ts'
import { detector } from '../detector.ts'
import { quoted } from '../quoted.ts'
import type { AnswerGiven, BindingsChanged } from '../sighting.ts'
import { subjectOfSource } from '../source.ts'
import { PairCounts } from '../tables/pair-counts.ts'
import { PerSlot } from '../tables/per-slot.ts'
import { partyOf } from '../tracker/party.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const MAX_PAIRS = 4096
const MAX_PLACES = 4

/** Where an account registers from, and with what program. */
interface Place {
  readonly ip: string
  readonly agent: number
  lastMs: number
  /** It took away what another place had registered. */
  tookMs: number
}

interface Registered {
  readonly places: Place[]
  contests: number
  contestMs: number
}

/**
 * Registrations that are taken over: a place that the account was never at, with another program, takes away what its
 * owner registered; one place collects account after account; two places that undo each other's registrations again and again; REGISTER for an account that is
 * not the sender's. A phone that changes networks takes away its own old contact with the same program, and stays.
 */
export const registrationHijack = detector({
  id: 'registration-hijack',
  title: 'A registration is taken over',
  class: 'state',
  threats: ['registration-hijack', 'user-name-not-tied-to-uri'],
  isSpoofable: true,
  score: 45,
  evasion:
    "Use the owner's program and only add a contact: that is what a second phone does, and the owner sees it ring elsewhere. A contest with the owner's phone is seen all the same.",
  thresholds: {
    accounts: {
      ...{ default: 5, min: 2, max: 1000, unit: 'accounts in a day' },
      meaning:
        'Accounts that live elsewhere and that one source registered, each with a program that it never used.',
    },
    contests: {
      ...{ default: 2, min: 1, max: 100, unit: 'times' },
      meaning: "How often two places undo each other's registration of one account within an hour.",
    },
  },
  start({ limits, tables, hash, report }) {
    const collected = new PairCounts(tables.sources.maxEntries, MAX_PAIRS, DAY_MS)
    /** The program that each source collects with: where people live there are many. */
    const tools = new Int32Array(tables.sources.maxEntries)
    const { maxEntries } = tables.accounts
    const known = new PerSlot<Registered>(maxEntries, maxEntries, () => ({
      places: [],
      contests: 0,
      contestMs: 0,
    }))

    function tell(changed: BindingsChanged, value: number, limit: number, why: string): void {
      report({
        subject: { kind: 'account', name: changed.account },
        ...{ seen: changed, value, limit, why, confidence: value > limit ? 'high' : 'medium' },
      })
    }

    /** The owner's phone comes back after somebody took its registration away. */
    function contest(registered: Registered, changed: BindingsChanged): void {
      const { atMs, account } = changed
      if (atMs - registered.contestMs > HOUR_MS) registered.contests = 0
      registered.contestMs = atMs
      registered.contests += 1
      if (registered.contests < limits.contests) return
      const why = `Two places took away each other's registration of ${quoted(account)} ${registered.contests} times within an hour`
      tell(changed, registered.contests, limits.contests, why)
    }

    /** The account is where it never was. */
    function arrive(registered: Registered, changed: BindingsChanged, takesAway: boolean): void {
      const { atMs, account, source, request } = changed
      const { places } = registered
      const agent = hash(request.header(H.userAgent) ?? '')
      const owner = places.find(({ lastMs }) => atMs - lastMs < DAY_MS)
      const isOtherProgram = places.every(place => place.agent !== agent)
      if (places.length >= MAX_PLACES) places.shift()
      places.push({ ip: source.ip, agent, lastMs: atMs, tookMs: takesAway ? atMs : Number.NEGATIVE_INFINITY })
      if (owner === undefined || !isOtherProgram) return
      if (takesAway && atMs - owner.lastMs < HOUR_MS) {
        const why = `${source.ip}, where ${quoted(account)} never was, took away what ${owner.ip} had registered with another program`
        return tell(changed, 1, 1, why)
      }
      if (collected.distinctOf(source) === 0) tools[source.slot] = agent
      if (tools[source.slot] !== agent) return
      const { distinct } = collected.add(source, hash(account), atMs)
      if (distinct < limits.accounts) return
      report({
        subject: subjectOfSource(source),
        ...{ seen: changed, value: distinct, limit: limits.accounts, confidence: 'medium' },
        why: `${source.ip} registered ${distinct} accounts within a day that live elsewhere, with one program that none of them used before, the last one ${quoted(account)}`,
      })
    }

    return {
      only: { answer: { methods: ['REGISTER'], part: 'failures' } },
      registration(changed) {
        const { source, account, atMs, request } = changed
        const entry = tables.accounts.peek(account)
        if (entry === undefined || source.trunk !== undefined) return
        const registered = known.of(entry)
        const { places } = registered
        const place = placeOf(places, source.ip)
        const takesAway = changed.isRemoval || removes(request)
        if (place === undefined) return arrive(registered, changed, takesAway)
        if (takesAway) place.tookMs = atMs
        else if (places.length > 1) {
          const rival = places.find(
            other => other !== place && other.tookMs > place.lastMs && atMs - other.tookMs < HOUR_MS,
          )
          if (rival !== undefined) contest(registered, changed)
        }
        place.lastMs = atMs
      },
      tick: nowMs => collected.sweep(nowMs),
      answer(given) {
        const { request, source, status, atMs } = given
        if (request.method !== 'REGISTER' || status !== 403 || !given.isOwn || source.trunk !== undefined)
          return
        if (!hasCredentials(request) || isOwn(given)) return
        const victim = partyOf(request.to.uri)
        const entry = tables.accounts.peek(victim)
        if (entry === undefined || atMs - entry.lastLoginMs > DAY_MS) return
        report({
          subject: subjectOfSource(source),
          ...{ seen: given, value: 1, limit: 1, confidence: 'medium' },
          why: `${source.ip} tried to ${removes(request) ? 'remove the registration of' : 'register for'} ${quoted(victim)} with the credentials of another account`,
        })
      },
    }
  },
})

function placeOf(places: readonly Place[], ip: string): Place | undefined {
  for (const place of places) if (place.ip === ip) return place
  return undefined
}

/** Whether the account is the sender's own, and something else was refused. */
function isOwn({ request, why }: AnswerGiven): boolean {
  if (why !== '') return why !== 'not-your-aor'
  const { user } = request.to.uri
  return user !== undefined && request.header(H.authorization)?.includes(`username="${user}"`) === true
}

/** Whether it takes bindings away: all, or one with a life of zero. */
function removes(request: SipRequest): boolean {
  if (request.header(H.expires) === '0') return true
  const row = request.rowOf(H.contact)
  if (row < 0) return false
  for (const contact of request.contacts) if (contact?.params.get('expires') === '0') return true
  return false
}
