import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import { attack } from '../attack.ts'
import { greetHonestly } from '../tls/greeting.ts'
import type { Trial } from '../trial.ts'

/** A handshake within a connection: the dearest thing that a client can ask for again and again. */
export const tlsRenegotiation = attack({
  id: 'tls-renegotiation',
  entry: 'H05',
  title: 'renegotiates a TLS connection, which costs the server and can splice in text of others',
  threats: ['message-tampering', 'flooding'],
  clause: '§3.2, TLS; Table 1, rows 5 and 6',
  references: ['RFC 5746 §3.6', 'RFC 9325 §3.5'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 8,
  needs: ['tls'],
  expected: 'A second handshake that the client asks for is refused, and the server knows RFC 5746.',
  mending: {
    aspis: 'On by default: renegotiation is switched off in both directions.',
    kamailio:
      '`modparam("tls", "renegotiation", 0)` is the default; or TLS 1.3 only: `method = TLSv1.3` in tls.cfg.',
    opensips: 'Let OpenSSL refuse it: `Options = NoRenegotiation` in openssl.cnf, or TLS 1.3 only.',
    asterisk: 'Let OpenSSL refuse it: `Options = NoRenegotiation` in openssl.cnf, or `method=tlsv1_3`.',
  },
  async run(trial) {
    const honest = await greetHonestly(trial)
    if (honest.kind !== 'hello') return trial.resisted('only TLS 1.3 is spoken, which has no renegotiation')
    if (!honest.hasRenegotiationInfo)
      return trial.succeeded('its ServerHello has no renegotiation_info: it does not know RFC 5746')
    const came = await renegotiate(trial)
    if (came === 'no-connection') return trial.inconclusive('no connection of TLS 1.2 could be made')
    if (came === 'again') return trial.succeeded('a second handshake within one connection was gone through')
    return trial.resisted(`the client's second handshake was refused (${came})`)
  },
})

/** @returns what became of the second handshake */
async function renegotiate(trial: Trial): Promise<string> {
  const { ip, ports, domain } = trial.target
  const local = trial.freshIp()
  trial.spend(1)
  const socket: TLSSocket = connect({
    host: ip,
    port: ports.TLS ?? 5061,
    ...(local === undefined ? {} : { localAddress: local }),
    servername: domain,
    rejectUnauthorized: false,
    maxVersion: 'TLSv1.2',
  })
  trial.atEnd(async () => socket.destroy())
  socket.on('error', () => {})
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(trial.answerMs) })
  } catch {
    return 'no-connection'
  }
  trial.spend(1)
  return new Promise(resolve => {
    const timer = setTimeout(() => resolve('silence'), trial.answerMs)
    const end = (what: string): void => {
      clearTimeout(timer)
      resolve(what)
    }
    socket.on('error', error => end(codeOf(error)))
    socket.on('close', () => end('the connection was closed'))
    socket.renegotiate({ rejectUnauthorized: false }, error => end(error ? codeOf(error) : 'again'))
  })
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}
