import type { Socket } from 'node:net'
import { attack } from '../attack.ts'
import { clientHello, HONEST_BESIDE, judgeBeside, openMany, unservedBeside } from '../connections.ts'
import type { Target } from '../target.ts'
import type { Trial } from '../trial.ts'

type Slowed = 'TCP' | 'TLS' | 'WS'
const TRANSPORTS: readonly Slowed[] = ['TCP', 'TLS', 'WS']
/** Of each transport. */
const EACH = 70
const OCTET_MS = 500
/** Servers with a bound have one of 20 seconds at most. */
const MAX_MS = 22_000

/** Many connections whose messages grow by an octet twice a second. */
export const slowMessages = attack({
  id: 'slow-messages',
  entry: 'F16',
  title: 'sends messages octet by octet over TCP, TLS and WebSocket',
  threats: ['syn-flood', 'many-connections'],
  clause: '§3.1, TCP; §3.2, connections',
  references: ['RFC 3261 §26.3.2.4', 'RFC 3261 §18.3'],
  severity: 'medium',
  isIntrusive: true,
  maxMessages: 3 * EACH + 6 * HONEST_BESIDE,
  needs: ['tcp'],
  expected: 'A message that does not end is closed within a bound, and honest users are served meanwhile.',
  mending: {
    aspis: 'On by default: a message must be whole ten seconds after its first octet.',
    kamailio:
      'Set `tcp_msg_read_timeout` (5.8 and later) to a few seconds, raise `tcp_max_connections`, and bound connections of each source in the packet filter (`connlimit`).',
    opensips: 'Set `tcp_max_msg_time` to a few seconds and raise `tcp_max_connections`.',
    asterisk:
      'Bound connections of each source in the packet filter (`connlimit`), and raise the descriptors of the process.',
  },
  async run(trial) {
    const { ports } = trial.target
    const transports = TRANSPORTS.filter(each => ports[each] !== undefined)
    const before = await unservedBeside(trial, transports)
    if (before !== undefined) return trial.inconclusive(`honest users were not served before ${before}`)
    const crowds = await Promise.all(transports.map(transport => openMany(trial, { transport, count: EACH })))
    const standing = (): number => crowds.reduce((sum, crowd) => sum + crowd.standing(), 0)
    const opened = EACH * crowds.length
    const texts = await slowTexts(trial.target)
    const slow = crowds.flatMap(({ sockets }, at) => {
      const text = texts[transports[at] ?? 'TCP']
      return sockets.map(socket => ({ socket, text }))
    })
    const dripping = drip(trial, slow, () => standing() === 0)
    const problem = await unservedBeside(trial, transports)
    const beside = `beside ${opened} slow connections`
    if (problem !== undefined) return judgeBeside(trial, beside, problem, { opened, standing: standing() })
    const tookMs = await dripping
    const left = standing()
    const counts = { opened, standing: left, tookMs: Math.round(tookMs) }
    if (left > 0)
      return trial.succeeded(
        `${left} of ${opened} messages went on for ${seconds(tookMs)} s, an octet at a time, and were not cut off`,
        counts,
      )
    return trial.resisted(
      `${opened} slow messages were all cut off within ${seconds(tookMs)} s; honest users were served beside them`,
      counts,
    )
  },
})

/** A connection, and what it sends one octet of at a time. */
interface Slow {
  readonly socket: Socket
  readonly text: string
}

/** What each transport begins with; one character an octet. */
async function slowTexts({ domain, webSocketPath = '/' }: Target): Promise<Record<Slowed, string>> {
  return {
    TCP: `OPTIONS sip:${domain} SIP/2.0\r\n`,
    TLS: (await clientHello(domain)).toString('latin1'),
    WS: `GET ${webSocketPath} HTTP/1.1\r\nHost: ${domain}\r\nUpgrade: websocket\r\n`,
  }
}

/** An octet for every connection, again and again, until all are closed or the time is over. @returns how long */
async function drip(trial: Trial, slow: readonly Slow[], isOver: () => boolean): Promise<number> {
  const beganMs = trial.nowMs()
  for (let at = 0; !isOver() && trial.nowMs() - beganMs < MAX_MS; at++) {
    for (const { socket, text } of slow) {
      if (socket.readyState === 'open') socket.write(text[at] ?? 'x', 'latin1')
    }
    await trial.pause(OCTET_MS)
  }
  return trial.nowMs() - beganMs
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1)
}
