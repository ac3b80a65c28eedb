import { callerKey, isCallerSpoofable, subjectOfCaller } from '../caller.ts'
import { detector } from '../detector.ts'
import { quoted } from '../quoted.ts'
import type { CallSeen } from '../sighting.ts'
import { FewDistinct, mixed } from '../tables/few-distinct.ts'

const HOUR_MS = 3_600_000
const ROWS = 2048
const WIDTH = 64
const TRUNK_SHARE = 2
/** A talk of this length was wanted. */
const WANTED_MS = 20_000
/** Who hangs up so soon on a caller did not want the call. */
const UNWANTED_MS = 10_000

/**
 * Spam calls show in what the called do: most do not answer, decline, or hang up within seconds. Of one caller the
 * callees who did so within an hour are compared with those who talked. Of a trunk, behind which stand campaigns that
 * somebody ordered, only those count who hung up at once, under whatever number they were called; the trunk is told of.
 */
export const spamCalls = detector({
  id: 'spam-calls',
  title: 'Calls that nobody wants',
  class: 'behaviour',
  threats: ['spam-calls'],
  isSpoofable: false,
  score: 30,
  evasion:
    'Call slower than the limit an hour, under many accounts, or so that the called talk for a while: what is left is the number of accounts that it takes.',
  thresholds: {
    callees: {
      default: 30,
      min: 8,
      max: WIDTH,
      unit: 'callees',
      meaning: 'Different callees of one caller within an hour who did not want the call.',
    },
    calleesOfTrunk: {
      default: 20,
      min: 8,
      max: WIDTH,
      unit: 'callees',
      meaning:
        'Different callees within an hour who hung up at once on calls of one trunk, twice as many as talked.',
    },
    share: {
      default: 5,
      min: 1,
      max: 50,
      unit: 'times',
      meaning: 'How many times more they are than those who talked.',
    },
  },
  start: ({ tables, limits, hash, report }) => {
    const salt = hash('spam-calls')
    const unwanted = new FewDistinct(ROWS, WIDTH, HOUR_MS)
    const wanted = new FewDistinct(ROWS, WIDTH, HOUR_MS)
    return {
      only: { call: ['failed', 'ended'] },
      call: seen => {
        const { phase, call, atMs } = seen
        if (phase !== 'failed' && phase !== 'ended') return
        const isOfTrunk = call.callerTrunk !== ''
        const verdict = verdictOf(seen)
        if (verdict === 'neither' || (isOfTrunk && phase === 'failed')) return
        const key = isOfTrunk ? mixed(salt, hash(call.callerTrunk), 2) : callerKey(seen, tables, salt, hash)
        const callee = hash(call.destination)
        if (verdict === 'wanted') {
          wanted.add(key, callee, atMs)
          return
        }
        const count = unwanted.add(key, callee, atMs)
        const talked = wanted.count(key, atMs)
        const limit = isOfTrunk ? limits.calleesOfTrunk : limits.callees
        if (count < limit || count < (isOfTrunk ? TRUNK_SHARE : limits.share) * talked) return
        report({
          subject: subjectOfCaller(seen),
          seen,
          value: count,
          limit,
          why: `${quoted(isOfTrunk ? call.callerTrunk : call.from)} at ${call.callerIp} called ${count} different callees within an hour who did not answer, declined or hung up within seconds; ${talked} talked.`,
          confidence: 'medium',
          isSpoofable: isCallerSpoofable(seen, tables),
        })
      },
    }
  },
})

/** 486 and 600 say nothing of the caller, nor do faults of the network. */
function verdictOf({ phase, call, atMs }: CallSeen): 'wanted' | 'unwanted' | 'neither' {
  if (phase === 'ended' && call.answeredMs > 0) {
    const talkedMs = atMs - call.answeredMs
    if (talkedMs >= WANTED_MS) return 'wanted'
    return talkedMs <= UNWANTED_MS && call.endedBy === 'callee' ? 'unwanted' : 'neither'
  }
  const { status } = call
  const isUnwanted =
    status === 404 || status === 408 || status === 480 || status === 487 || status === 603 || status === 607
  return isUnwanted ? 'unwanted' : 'neither'
}
