import { callerKey, isCallerSpoofable, subjectOfCaller } from '../caller.ts'
import { detector, type Setup } from '../detector.ts'
import { quoted } from '../quoted.ts'
import type { CallSeen } from '../sighting.ts'
import { FewDistinct } from '../tables/few-distinct.ts'

const HOUR_MS = 3_600_000
const ROWS = 4096
const WIDTH = 32
/** Of those called at least so many are left before they could answer, for one who is not. */
const SHARE = 3
const SHORT_TALK_MS = 3000
const CANCELLED = 487

/**
 * Calls that are not meant to be answered: the caller hangs up after one ring, or in the first moments, so that the
 * called ring back a dear number, or are counted as answered. Of one caller the callees of such calls are compared
 * with those who were given time.
 */
export const oneRingCalls = detector({
  id: 'one-ring-calls',
  title: 'Calls that end after one ring',
  class: 'behaviour',
  threats: ['spam-calls'],
  isSpoofable: false,
  score: 40,
  evasion:
    'Let it ring longer than the bound, which makes people answer, or call fewer than the limit an hour under one number.',
  thresholds: {
    callees: {
      default: 15,
      min: 4,
      max: WIDTH,
      unit: 'callees',
      meaning: 'Different callees of one caller within an hour that were left after one ring.',
    },
    ringMs: {
      default: 6000,
      min: 500,
      max: 30_000,
      unit: 'ms',
      meaning: 'A call that its caller gives up so soon was not meant to be answered.',
    },
  },
  start: setup => {
    const { tables, limits, hash } = setup
    const salt = hash('one-ring-calls')
    const left = new FewDistinct(ROWS, WIDTH, HOUR_MS)
    const given = new FewDistinct(ROWS, WIDTH, HOUR_MS)
    return {
      only: { call: ['failed', 'ended'] },
      call: seen => {
        const { phase, call, atMs } = seen
        if (phase !== 'failed' && phase !== 'ended') return
        const key = callerKey(seen, tables, salt, hash)
        const callee = hash(call.destination)
        if (!isLeft(seen, limits.ringMs)) {
          given.add(key, callee, atMs)
          return
        }
        const count = left.add(key, callee, atMs)
        if (count >= limits.callees && count >= SHARE * given.count(key, atMs)) tell(setup, seen, count)
      },
    }
  },
})

/** The caller went, before or as soon as anybody could say a word. */
function isLeft({ call, phase, atMs }: CallSeen, ringMs: number): boolean {
  if (phase === 'failed') return call.status === CANCELLED && atMs - call.beganMs <= ringMs
  return call.endedBy === 'caller' && atMs - call.answeredMs <= SHORT_TALK_MS
}

function tell({ report, limits, tables }: Setup<'callees' | 'ringMs'>, seen: CallSeen, value: number): void {
  const { call } = seen
  report({
    subject: subjectOfCaller(seen),
    seen,
    value,
    limit: limits.callees,
    why: `${quoted(call.from)} at ${call.callerIp} called ${value} different callees within an hour and hung up after a ring or at once.`,
    confidence: 'high',
    isSpoofable: isCallerSpoofable(seen, tables),
  })
}
