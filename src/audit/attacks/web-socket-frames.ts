import { attack } from '../attack.ts'
import { frame, upgrade } from '../frames.ts'
import { say, token } from '../saying.ts'
import type { Trial } from '../trial.ts'

/** What no client may send (RFC 6455 §5), given a whole request as text; after it the connection must close. */
const BROKEN: Readonly<Record<string, (request: string) => string>> = {
  'a frame without a mask': request => frame(request, { isMasked: false }),
  'a reserved bit': request => frame(request, { reserved: 4 }),
  'an unknown kind of frame': () => frame('x', { opcode: 3 }),
  'an unknown kind of control frame': () => frame('x', { opcode: 11 }),
  'a ping in fragments': () => frame('x', { opcode: 9, isLast: false }),
  'a ping of 200 octets': () => frame('x'.repeat(200), { opcode: 9 }),
  'a continuation of nothing': () => frame('x', { opcode: 0 }),
  'a frame of a tebibyte': () => frame('x', { length: 1n << 40n }),
  'a length below nothing': () => frame('x', { length: 1n << 63n }),
}

/** Frames that break the rules, by which servers confuse one message with another, or keep memory for what never comes. */
export const webSocketFrames = attack({
  id: 'web-socket-frames',
  entry: 'P15',
  title: 'sends WebSocket frames without a mask, of a tebibyte, of no kind',
  threats: ['malformed-messages', 'many-connections'],
  clause: '§3.1, malformed messages; §3.1, TCP',
  references: ['RFC 6455 §5.1', 'RFC 6455 §5.5', 'RFC 7118 §4.1'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 60,
  needs: ['websocket'],
  expected: 'The connection closes with 1002 or 1009, and nothing behind the broken frame is served.',
  mending: {
    aspis: 'On by default: such frames close the connection with 1002 or 1009; nothing turns it off.',
    kamailio:
      'Keep to a version that still gets fixes, or put a WebSocket proxy that checks frames in front.',
    opensips:
      'Keep to a version that still gets fixes, or put a WebSocket proxy that checks frames in front.',
    asterisk:
      'Keep to a version that still gets fixes, or put a WebSocket proxy that checks frames in front.',
  },
  async run(trial) {
    const control = await probe(trial, 'sip', () => '')
    if (control !== 'served') return trial.inconclusive(`an honest WebSocket was ${control}`)
    const tries = Object.entries(BROKEN)
    const fates = await Promise.all(
      tries.map(async ([what, broken]) => ({ what, fate: await probe(trial, 'sip', broken) })),
    )
    const other = await probe(trial, 'chat', () => '')
    const all = [...fates, { what: 'a WebSocket for another protocol than SIP', fate: other }]
    const passed = all.filter(({ fate }) => fate === 'served' || fate === 'left open')
    const counts = { tried: all.length, passed: passed.length }
    if (passed.length > 0)
      return trial.succeeded(
        `${passed.length} of ${all.length} were let pass: ${passed
          .map(({ what, fate }) => `${what} (${fate})`)
          .slice(0, 4)
          .join(', ')}`,
        counts,
      )
    return trial.resisted(
      `all ${all.length} ended the connection, and nothing behind them was served`,
      counts,
    )
  },
})

type Fate = 'served' | 'closed' | 'left open' | 'refused'

/** What becomes of a connection that sends something broken, then an honest request. */
async function probe(trial: Trial, protocol: string, broken: (request: string) => string): Promise<Fate> {
  const { ports, domain, ip, webSocketPath: path = '/' } = trial.target
  const transport = ports.WS === undefined ? 'WSS' : 'WS'
  const line = await trial.line({ who: 'attacker', transport, isRaw: true })
  const host = `${ip.includes(':') ? `[${ip}]` : ip}:${ports[transport]}`
  if (!(await upgrade(line, { host, path, protocol }, trial.answerMs))) return 'refused'
  const sentBy = `${transport} ${token()}.invalid`
  const speaker = {
    aor: `sip:somebody@${domain}`,
    contact: `sip:somebody@${token()}.invalid;transport=ws`,
    sentBy,
  }
  const [callId, hidden] = [token(), token()]
  const saying = { method: 'OPTIONS', uri: `sip:${domain}`, contact: false } as const
  const first = broken(say(speaker, { ...saying, callId: hidden }))
  await trial.turn()
  line.send(first + frame(say(speaker, { ...saying, callId })))
  const withinMs = first === '' ? trial.answerMs : 4 * trial.silenceMs
  const answer = await line.next(({ text }) => text.includes(callId) || text.includes(hidden), withinMs)
  if (answer !== undefined) return 'served'
  return line.isClosed ? 'closed' : 'left open'
}
