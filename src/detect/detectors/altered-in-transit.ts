import { detector } from '../detector.ts'
import { subjectOfSource } from '../source.ts'
import { FewDistinct, mixed } from '../tables/few-distinct.ts'

const HOUR_MS = 3_600_000
const ROWS = 1024
const WIDTH = 16

/** The signature may be good: what it covers is not what came. */
const ALTERED: ReadonlyMap<string, string> = new Map([
  ['chain-orig-differs', 'From'],
  ['chain-target-differs', 'To'],
  ['content-changed', 'a signed part of the body'],
  ['dest-differs', 'To'],
  ['mky-differs', 'the media keys in the body'],
  ['orig-differs', 'From'],
])

/**
 * Calls whose signed caller, callee or media key is another than the message says: somebody on the way changed them, or
 * pasted the signature of another call. The neighbour that brought them is told of, since what lies behind it is not
 * seen from here.
 */
export const alteredInTransit = detector({
  id: 'altered-in-transit',
  title: 'What was signed is not what came',
  class: 'spec',
  threats: ['message-tampering', 'header-modification'],
  isSpoofable: true,
  score: 40,
  evasion: 'Change what nobody signed, or calls of callers who do not sign: nothing shows it then.',
  thresholds: {
    calls: {
      default: 2,
      min: 1,
      max: WIDTH,
      unit: 'calls',
      meaning: 'Calls of one source within an hour in which what was signed differs from the message.',
    },
  },
  start: ({ limits, hash, report }) => {
    const salt = hash('altered-in-transit')
    const calls = new FewDistinct(ROWS, WIDTH, HOUR_MS)
    return {
      identity: judged => {
        const what = judged.isValid ? undefined : ALTERED.get(judged.why)
        if (what === undefined) return
        const { source, request, atMs } = judged
        const count = calls.add(mixed(salt, source.slot, source.generation), hash(request.callId), atMs)
        if (count < limits.calls) return
        report({
          subject: subjectOfSource(source),
          seen: judged,
          value: count,
          limit: limits.calls,
          why: `${source.ip} brought ${count} calls within an hour in which what was signed is not what the message says; last it was ${what}.`,
          confidence: 'medium',
          isSpoofable: !source.isProved,
        })
      },
    }
  },
})
