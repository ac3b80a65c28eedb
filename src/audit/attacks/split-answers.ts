import { attack } from '../attack.ts'
import { field, startLine } from '../malformed/edit.ts'
import { token } from '../saying.ts'
import type { Trial } from '../trial.ts'

/** A field of ours that comes out as a line of its own where a line end of ours came out raw. */
const FIELD = 'X-Split'

/** Line ends in disguise, each with the mark behind it. */
const LINE_ENDS: Readonly<Record<string, string>> = {
  'CR LF, escaped': '%0d%0a',
  'LF, escaped': '%0a',
  'CR LF, escaped twice': '%250d%250a',
  'letters whose lower octets are CR LF': '\xc4\x8d\xc4\x8a',
  'CR LF in overlong codes': '\xc0\x8d\xc0\x8a',
}

const PLACES: Readonly<Record<string, (text: string, put: string) => string>> = {
  'the Request-URI': (text, put) => startLine(text, line => line.replace('sip:', `sip:nobody${put}'@`)),
  To: (text, put) =>
    field(text, 'To', value => value.replace('sip:', `sip:nobody${put}'@`).replace(/@[^@>]*@/, '@')),
  'the display name of From': (text, put) => field(text, 'From', value => `"${put}" ${value}`),
  'the display name of To': (text, put) => field(text, 'To', value => `"${put}" ${value}`),
}

/** Line ends in disguise: where they come out raw, whoever reads answers, logs or pages reads lines that we wrote. */
export const splitAnswers = attack({
  id: 'split-answers',
  entry: 'P10',
  title: 'writes lines of its own into answers and logs by line ends in disguise',
  threats: ['malformed-messages', 'message-tampering'],
  clause: '§3.1, malformed messages; Table 1, row 5',
  references: ['RFC 3261 §25.1', 'RFC 3261 §19.1.2', 'RFC 3629 §3'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 100,
  needs: [],
  expected: 'No answer has a line that the request wrote into a name.',
  mending: {
    aspis: 'On by default: names are never unescaped into a message, and the writer refuses CR, LF and NUL.',
    kamailio:
      'Do not put `$(rU{s.unescape.user})` or `$(fn{s.unescape.param})` into `append_to_reply()`, reasons or `xlog()`.',
    opensips:
      'Do not put `$(rU{s.unescape.user})` or the like into `append_to_reply()`, reasons or `xlog()`.',
    asterisk: 'Pass what comes from outside through `FILTER()` before it goes into headers or logs.',
  },
  async run(trial) {
    const tries = Object.entries(LINE_ENDS).flatMap(([end, octets]) =>
      Object.entries(PLACES).flatMap(([place, put]) =>
        (['OPTIONS', 'REGISTER'] as const).map(method => ({
          what: `${end}, in ${place}`,
          octets,
          put,
          method,
        })),
      ),
    )
    const fates = await Promise.all(tries.map(each => tryOne(trial, each)))
    const split = fates.filter(({ isSplit }) => isSplit)
    const answered = fates.filter(({ isAnswered }) => isAnswered).length
    const counts = { tried: fates.length, answered, split: split.length }
    if (split.length > 0)
      return trial.succeeded(
        `${split.length} of ${answered} answers held a line that the request wrote: ${split[0]?.what}`,
        counts,
      )
    if (answered === 0) return trial.inconclusive(`none of ${fates.length} requests was answered`, counts)
    return trial.resisted(
      `none of ${answered} answers to ${fates.length} requests held a line that the request wrote`,
      counts,
    )
  },
})

interface Try {
  readonly what: string
  readonly octets: string
  readonly put: (text: string, put: string) => string
  readonly method: 'OPTIONS' | 'REGISTER'
}

async function tryOne(
  trial: Trial,
  { what, octets, put, method }: Try,
): Promise<{ readonly what: string; readonly isAnswered: boolean; readonly isSplit: boolean }> {
  const asker = await trial.stranger()
  const mark = token()
  const uri = `sip:${trial.target.domain}`
  const text = asker.text({ method, uri, contact: false })
  await trial.turn()
  asker.line.send(put(text, `${octets}${FIELD}:${mark}`))
  const answer = await asker.line.next(heard => heard.status >= 200, 2 * trial.silenceMs)
  const isSplit = answer?.text.split(/[\r\n]/).some(line => line.startsWith(`${FIELD}:${mark}`)) === true
  return { what, isAnswered: answer !== undefined, isSplit }
}
