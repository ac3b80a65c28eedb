import { attack } from '../attack.ts'
import { plusLast, without } from '../malformed/edit.ts'
import { token } from '../saying.ts'
import type { Trial } from '../trial.ts'

/** Ways to say how long a body is, so that two readers disagree. `n` is the true length of what follows. */
const LIES: Readonly<Record<string, (n: number) => readonly string[]>> = {
  'the true length, then 0': n => [`Content-Length: ${n}`, 'Content-Length: 0'],
  '0, then the true length': n => ['Content-Length: 0', `Content-Length: ${n}`],
  '0, then the true length by its short name': n => ['Content-Length: 0', `l: ${n}`],
  'the true length by its short name, then 0': n => [`l: ${n}`, 'Content-Length: 0'],
  'two lengths in one field': n => [`Content-Length: ${n}, 0`],
  'a length in hexadecimal digits': n => [`Content-Length: 0x${n.toString(16)}`],
  'a length with a sign': n => [`Content-Length: +${n}`],
  'a length below nothing': () => ['Content-Length: -1'],
  'a length in words': () => ['Content-Length: none'],
  'no length': () => [],
}

/** What is no lie, and must be read as it stands: the second request is a body. */
const HONEST = 'a length by its short name alone'

/** A request in the body of another, for a reader who takes the other length to be true. */
export const contentLengthLies = attack({
  id: 'content-length-lies',
  entry: 'P06',
  title: 'hides a second request behind a Content-Length that lies',
  threats: ['message-tampering', 'malformed-messages'],
  clause: 'Table 1, row 5: message tampering',
  references: ['RFC 3261 §18.3', 'RFC 3261 §20.14', 'RFC 4475 §3.3.9'],
  severity: 'high',
  isIntrusive: false,
  maxMessages: 60,
  needs: ['account', 'tcp'],
  expected:
    'Two lengths, or none that is a number, are answered 400 and the connection closes; nothing hidden is read.',
  mending: {
    aspis: 'On by default: streams are framed by one decimal Content-Length or closed; nothing turns it off.',
    kamailio:
      'Leave `tcp_accept_no_cl=no`, and call `tcp_close_connection()` of tcpops where `$hdrc(Content-Length) > 1` or `sanity_check()` of the sanity module finds a lie.',
    opensips:
      'Call `sipmsg_validate()` of the sipmsgops module at the head of the route, and end where it returns false.',
    asterisk:
      'PJSIP takes the first length: keep TCP to known peers, or put a proxy in front that refuses two.',
  },
  async run(trial) {
    const tricks = [...Object.entries(LIES), [HONEST, (n: number) => [`l: ${n}`]] as const]
    const fates = await Promise.all(tricks.map(([what, lie]) => hide(trial, what, lie)))
    const control = await hide(trial, 'nothing wrong', () => ['Content-Length: 0'])
    // Two requests one behind the other are two requests: the hidden one could have been answered.
    if (!control.isHiddenRead)
      return trial.inconclusive('two honest requests one behind the other were not both answered')
    const read = fates.filter(({ isHiddenRead }) => isHiddenRead)
    const taken = fates.filter(({ isTaken, what }) => isTaken && what !== HONEST)
    const counts = { tried: fates.length, hiddenRead: read.length, taken: taken.length }
    if (read.length + taken.length > 0)
      return trial.succeeded(
        `of ${fates.length} requests with lying lengths ${read.length} had the request hidden behind them answered too, ${taken.length} were taken as they were: ${[...read, ...taken][0]?.what}`,
        counts,
      )
    return trial.resisted(
      `none of ${fates.length} requests with lying lengths was taken, and no request hidden behind them answered`,
      counts,
    )
  },
})

async function hide(
  trial: Trial,
  what: string,
  lie: (n: number) => readonly string[],
): Promise<{ readonly what: string; readonly isTaken: boolean; readonly isHiddenRead: boolean }> {
  const alice = await trial.user(0, { transport: 'TCP' })
  const uri = `sip:${trial.target.domain}`
  const asked = {
    method: 'REGISTER',
    uri,
    to: alice.aor,
    contact: false,
    callId: token(),
    fromTag: token(),
  } as const
  const first = await alice.ask({ ...asked, cseq: 1 })
  const proof = first.final === undefined ? undefined : alice.proof(first.final, asked)
  const hidden = token()
  const inner = alice.text({ method: 'OPTIONS', uri, callId: hidden, contact: false })
  const honest = alice.text({ ...asked, cseq: 2, ...(proof === undefined ? {} : { lines: [proof] }) })
  const typed = plusLast(without(honest, 'Content-Length'), 'Content-Type: text/plain')
  const outer = lie(inner.length).reduce(plusLast, typed)
  await trial.turn()
  alice.line.send(outer + inner)
  const isOf = (callId: string) =>
    alice.line.next(heard => heard.status >= 200 && heard.callId === callId, 2 * trial.silenceMs)
  const [taken, read] = await Promise.all([isOf(asked.callId), isOf(hidden)])
  return { what, isTaken: taken !== undefined && taken.status < 300, isHiddenRead: read !== undefined }
}
