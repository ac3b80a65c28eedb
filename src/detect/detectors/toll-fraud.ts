import type { SipRequest } from '../../sip/message/message.ts'
import { accountOf } from '../account-of.ts'
import { detector, type Setup } from '../detector.ts'
import { type Cost, shapeOf } from '../numbers/number-shape.ts'
import { offeredAccount } from '../offered-account.ts'
import { quoted } from '../quoted.ts'
import type { AnswerGiven, Call, CallSeen, RequestSeen } from '../sighting.ts'
import { CallHabits, WANTED_MS } from '../tables/call-habits.ts'
import { DecayingCounts } from '../tables/decaying-counts.ts'
import { FewDistinct, mixed } from '../tables/few-distinct.ts'
import { PerSlot } from '../tables/per-slot.ts'
import type { Account } from '../tables.ts'
import { partyOf } from '../tracker/party.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const HALF_LIFE_MS = HOUR_MS / 2
const ROWS = 4096
const WIDTH = 16
const MAX_PROFILES = 20_000

/** Points of the first call to a number, by what it costs. */
const POINTS = [0, 1, 2, 2.5] as const
/** Of one call more to the same number, and to where the account calls since days. */
const AGAIN = 0.1
/** When the account never calls, and while other dear calls are up. */
const AT_ODD_HOUR = 1.5

/**
 * Calls that cost money, from an account that does not make such calls: what each destination costs by class or
 * shape, whether the account has called there on other days, whether it calls at this hour at all, and how many dear
 * calls run at once. Three calls to three dear numbers are enough. Calls that a rule
 * refuses count as well: who tries them is not the owner. Of a source where nobody logged in the dear numbers that it
 * dials count instead.
 */
export const tollFraud = detector({
  id: 'toll-fraud',
  title: 'Calls at the cost of an account',
  class: 'fraud',
  threats: ['no-authorisation-model', 'open-relay'],
  isSpoofable: false,
  score: 70,
  evasion:
    'Stay with destinations and hours that the account uses anyway, or with one or two calls an hour: what is lost is then what the bounds of the policy let through.',
  thresholds: {
    points: {
      default: 5,
      min: 2,
      max: 100,
      unit: 'points',
      meaning:
        'Dear calls of an account, fading by half in 30 minutes: premium 2.5, often abused 2, foreign 1; a tenth where it has called for days.',
    },
    minutes: {
      default: 600,
      min: 10,
      max: 100_000,
      unit: 'minutes',
      meaning:
        'Minutes of calls abroad to three numbers or more, of an account that does not call there usually, fading by half in an hour.',
    },
    concurrent: {
      default: 4,
      min: 2,
      max: 1000,
      unit: 'calls',
      meaning: 'Dear calls of an account at the same time, where it does not call usually.',
    },
  },
  start: setup => {
    const { tables, limits, hash } = setup
    const salt = hash('toll-fraud')
    const { maxEntries } = tables.accounts
    const points = new DecayingCounts(maxEntries, HALF_LIFE_MS)
    const minutes = new DecayingCounts(maxEntries, HOUR_MS)
    const numbers = new FewDistinct(ROWS, WIDTH, DAY_MS)
    const dialled = new FewDistinct(ROWS, WIDTH, DAY_MS)
    const habits = new PerSlot(maxEntries, MAX_PROFILES, () => new CallHabits())
    const keyOf = ({ slot, generation }: Account): number => mixed(salt, slot, generation)
    const running = new PerSlot(maxEntries, MAX_PROFILES, () => ({ calls: 0 }))

    // Credentials are judged just before their request is answered.
    let proved: SipRequest | undefined
    let prover: Account | undefined

    /** Points for a call that was made, or would have been, had a rule not refused it. */
    const count = (seen: AnswerGiven | CallSeen, account: Account, destination: string, cost: Cost): void => {
      const { atMs } = seen
      if (cost === 0) return
      const habit = habits.peek(account)
      const isOdd = habit?.isOddHour(atMs) === true
      const { tail, group } = shapeOf(destination)
      const key = keyOf(account)
      const before = numbers.count(key, atMs)
      const thing = tail === 0 ? hash(destination) : tail
      const isAgain = numbers.add(key, thing, atMs) === before && before < WIDTH
      const isUsual = habit?.knows(group, atMs) === true
      if (!isUsual && seen.kind === 'call') {
        const now = running.of(account)
        now.calls += 1
        if (now.calls >= limits.concurrent)
          report(setup, seen, account, destination, now.calls, limits.concurrent, CONCURRENT)
      }
      const each = POINTS[cost] * (isAgain || isUsual ? AGAIN : 1) * (isOdd ? AT_ODD_HOUR : 1)
      const sum = points.add(account, each, atMs)
      if (sum >= limits.points) report(setup, seen, account, destination, sum, limits.points, POINTS_REACHED)
    }

    /** A call that nobody answered costs nothing: who redials a busy number is in want of it, not of money. */
    const takeBack = ({ call, atMs }: CallSeen, account: Account): void => {
      const cost = costOf(call)
      if (cost === 0) return
      const factor = habits.peek(account)?.isOddHour(atMs) === true ? AT_ODD_HOUR : 1
      points.add(account, -Math.min(points.at(account, atMs), POINTS[cost] * AGAIN * factor), atMs)
    }

    const ended = (seen: CallSeen, account: Account): void => {
      const { call, atMs } = seen
      const talkedMs = call.answeredMs > 0 ? Math.max(0, call.endedMs - call.answeredMs) : 0
      const isCheap = costOf(call) === 0
      // Most calls teach nothing and cost nothing.
      if (isCheap && talkedMs < WANTED_MS) return
      const habit = talkedMs < WANTED_MS ? habits.peek(account) : habits.of(account)
      if (isCheap) {
        habit?.called(0, talkedMs, atMs)
        return
      }
      const { group } = shapeOf(call.destination)
      const isUsual = habit?.knows(group, atMs) === true
      habit?.called(group, talkedMs, atMs)
      const now = running.peek(account)
      if (now !== undefined && now.calls > 0) now.calls -= 1
      if (isUsual) return
      const sum = minutes.add(account, talkedMs / 60_000, atMs)
      // One who talks for hours has a friend there.
      if (sum < limits.minutes || numbers.count(keyOf(account), atMs) < DEAR_NUMBERS) return
      report(setup, seen, account, call.destination, sum, limits.minutes, MINUTES)
    }

    return {
      only: {
        request: { methods: ['INVITE'], part: 'outside', strangers: true },
        answer: { part: 'refusals' },
        call: ['began', 'failed', 'ended', 'forgotten'],
        credentials: 'accepted',
      },
      call: seen => {
        const account = accountOf(seen.call, tables.accounts)
        if (account === undefined) return
        switch (seen.phase) {
          case 'began':
            return count(seen, account, seen.call.destination, costOf(seen.call))
          case 'failed':
            takeBack(seen, account)
            return ended(seen, account)
          case 'ended':
          case 'forgotten':
            return ended(seen, account)
          default:
            return
        }
      },
      credentials: judged => {
        if (!judged.isAccepted || judged.request.method !== 'INVITE') return
        proved = judged.request
        prover = tables.accounts.peek(offeredAccount(judged))
      },
      answer: given => {
        const { request, status } = given
        if (request !== proved) return
        proved = undefined
        const account = prover
        if (status !== 403 || !given.isOwn || request.to.tag !== undefined) return
        // Nobody is blamed for calls that another one tries in his name.
        if (account?.key !== partyOf(request.from.uri)) return
        const user = request.uriResult.ok ? request.uriResult.value.user : undefined
        if (user !== undefined) count(given, account, user, shapeOf(user).cost)
      },
      request: seen => {
        const { request, source, atMs } = seen
        if (request.method !== 'INVITE' || seen.isInDialog || source.trunk !== undefined) return
        if (source.lastLoginMs !== Number.NEGATIVE_INFINITY) return
        const user = request.uriResult.ok ? request.uriResult.value.user : undefined
        if (user === undefined) return
        const { cost, tail } = shapeOf(user)
        if (cost < 2) return
        const numbersOf = dialled.add(mixed(salt, source.slot, source.generation), tail, atMs)
        if (numbersOf >= DEAR_NUMBERS) reportSource(setup, seen, user, numbersOf)
      },
    }
  },
})

/** Dear numbers that a source dials where nobody logged in. */
const DEAR_NUMBERS = 3

/** The operator's class goes before what the digits look like. */
function costOf(call: Call): Cost {
  const { cost } = shapeOf(call.destination)
  if (cost === 0 && call.toClass === '') return 0
  const toClass = call.toClass.toLowerCase()
  if (CHEAP.has(toClass)) return 0
  if (toClass.includes('premium') || toClass.includes('satellite')) return 3
  // A number of another domain is called by SIP, and costs nothing that we know of.
  if (isOfAnotherDomain(call)) return 0
  return toClass.includes('international') && cost === 0 ? 1 : cost
}

function isOfAnotherDomain({ account, destinationHost }: Call): boolean {
  const domain = account.slice(account.lastIndexOf('@') + 1)
  return account !== '' && destinationHost !== '' && domain !== destinationHost && NAME.test(destinationHost)
}

/** A name, no address: that one is often the server's own. */
const NAME = /[a-z]$/

const CHEAP: ReadonlySet<string> = new Set([
  'emergency',
  'free',
  'home',
  'internal',
  'local',
  'mobile',
  'national',
  'toll-free',
])

type Names = 'points' | 'minutes' | 'concurrent'

const POINTS_REACHED = 'called dear numbers that it does not usually call'
const CONCURRENT = 'has dear calls at the same time to where it does not usually call'
const MINUTES = 'spent minutes on calls abroad that it does not usually make'

function report(
  setup: Setup<Names>,
  seen: AnswerGiven | CallSeen,
  account: Account,
  destination: string,
  value: number,
  limit: number,
  what: string,
): void {
  setup.report({
    subject: { kind: 'account', name: account.key },
    seen,
    value,
    limit,
    why: `${quoted(account.key)} ${what}, last ${quoted(destination, 40)} (${Math.round(value * 10) / 10}, bound ${limit}).`,
    confidence: 'high',
    isSpoofable: false,
  })
}

function reportSource({ report: tell }: Setup<Names>, seen: RequestSeen, user: string, value: number): void {
  const { source } = seen
  tell({
    subject: { kind: 'source', name: source.ip },
    seen,
    value,
    limit: DEAR_NUMBERS,
    why: `${source.ip}, where nobody logged in, dialled ${value} different premium or often abused numbers within a day, last ${quoted(user, 40)}.`,
    confidence: 'medium',
    score: 40,
    isSpoofable: !source.isProved,
  })
}
