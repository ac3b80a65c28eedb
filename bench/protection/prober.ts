/**
 * One stranger with an address of his own, who sees what comes back. `node prober.ts PLAN`, the plan as JSON; prints one
 * JSON line at its end.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { challengeOf, credentials, rowsOf, token } from './sip-text.ts'

/** What he does. */
export interface ProberPlan {
  readonly target: { readonly ip: string; readonly port: number }
  readonly realm: string
  readonly from: { readonly ip: string; readonly port: number }
  /**
   * `fresh`: an INVITE of another call each time. `same`: the INVITE of one call again and again, by new transactions.
   * `guess`: passwords, answering the server's own nonce, so that his address is proven.
   */
  readonly kind: 'fresh' | 'same' | 'guess'
  readonly perSecond: number
  readonly seconds: number
}

/** What came of it. */
export interface ProberResult {
  readonly sent: number
  readonly sentBytes: number
  readonly answers: number
  readonly answeredBytes: number
  readonly challenges: number
  /** Most answers within one second. */
  readonly mostPerSecond: number
  /** Of the first datagram, of the first guess, and of the last answer; ms since 1970, 0 never. */
  readonly beganMs: number
  readonly guessedMs: number
  readonly lastAnswerMs: number
}

const TICK_MS = 5
const LINGER_MS = 1000

const plan: ProberPlan = JSON.parse(process.argv[2] ?? '{}')
const socket = createSocket('udp4')
socket.bind(plan.from.port, plan.from.ip)
await once(socket, 'listening')
const seconds = new Map<number, number>()
const count = {
  sent: 0,
  sentBytes: 0,
  answers: 0,
  answeredBytes: 0,
  challenges: 0,
  guessedMs: 0,
  lastAnswerMs: 0,
}
const oneCall = token()
let waiting: (() => void) | undefined

socket.on('message', bytes => {
  const text = bytes.toString('latin1')
  count.answers += 1
  count.answeredBytes += bytes.length
  count.lastAnswerMs = Date.now()
  const second = Math.floor(count.lastAnswerMs / 1000)
  seconds.set(second, (seconds.get(second) ?? 0) + 1)
  if (!/^SIP\/2\.0 40[17]/.test(text)) return
  count.challenges += 1
  if (plan.kind === 'guess' && rowsOf(text, 'CSeq')[0] === '1 REGISTER') guess(text)
})

const beganMs = Date.now()
const clock = performance.now()
let due = 0
const timer = setInterval(() => {
  const passedMs = performance.now() - clock
  if (passedMs > plan.seconds * 1000) return waiting?.()
  for (const wanted = (passedMs * plan.perSecond) / 1000; due < wanted; due += 1) begin()
}, TICK_MS)
await new Promise<void>(resolve => {
  waiting = resolve
})
clearInterval(timer)
await new Promise(resolve => setTimeout(resolve, LINGER_MS))
const mostPerSecond = Math.max(0, ...seconds.values())
const result: ProberResult = { ...count, mostPerSecond, beganMs }
console.log(JSON.stringify(result))
process.exit(0)

function begin(): void {
  if (plan.kind === 'guess') return send('REGISTER', `sip:${plan.realm}`, 1, token(), [])
  send('INVITE', `sip:u00001@${plan.realm}`, 1, plan.kind === 'same' ? oneCall : token(), [])
}

/** The server knows now that he receives what it sends. */
function guess(challenged: string): void {
  const challenge = challengeOf(challenged)
  if (challenge === undefined) return
  if (count.guessedMs === 0) count.guessedMs = Date.now()
  const uri = `sip:${plan.realm}`
  const proof = credentials(challenge, 'u00001', `wrong-${token()}`, 'REGISTER', uri)
  send('REGISTER', uri, 2, rowsOf(challenged, 'Call-ID')[0] ?? token(), [proof])
}

function send(method: string, uri: string, number: number, callId: string, lines: readonly string[]): void {
  const { ip, port } = plan.from
  const aor = `sip:u00001@${plan.realm}`
  const text = `${[
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/UDP ${ip}:${port};branch=z9hG4bK${token()};rport`,
    'Max-Forwards: 70',
    `From: <${method === 'REGISTER' ? aor : `sip:stranger@${plan.realm}`}>;tag=${callId}`,
    `To: <${aor}>`,
    `Call-ID: ${callId}`,
    `CSeq: ${number} ${method}`,
    `Contact: <sip:u00001@${ip}:${port}>`,
    ...lines,
    'Content-Length: 0',
  ].join('\r\n')}\r\n\r\n`
  count.sent += 1
  count.sentBytes += text.length
  socket.send(Buffer.from(text, 'latin1'), plan.target.port, plan.target.ip, () => {})
}
