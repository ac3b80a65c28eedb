import type { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:tls'
import { type Trial, Unable } from '../trial.ts'

/** What the target shows of itself in a handshake. */
export interface Shown {
  readonly certificate: X509Certificate
  /** Certificates between it and its root, as far as they came. */
  readonly between: readonly X509Certificate[]
  /** Why OpenSSL does not trust it: `CERT_HAS_EXPIRED`; nothing when it does. */
  readonly problem: string | undefined
}

/**
 * Makes one connection, trusts whatever comes, and says what it was.
 * @throws Unable when there is no handshake
 */
export async function shownCertificate(trial: Trial): Promise<Shown> {
  const { ip, ports, domain, ca } = trial.target
  const port = ports.TLS ?? 5061
  const local = trial.freshIp()
  trial.spend(1)
  const socket = connect({
    host: ip,
    port,
    ...(local === undefined ? {} : { localAddress: local }),
    ...(ca === undefined ? {} : { ca }),
    servername: domain,
    rejectUnauthorized: false,
    // Names are looked at by the rules of SIP, and by another attack.
    checkServerIdentity: () => undefined,
  })
  trial.atEnd(async () => socket.destroy())
  socket.on('error', () => {})
  const signal = AbortSignal.timeout(trial.answerMs)
  const certificate = await once(socket, 'secureConnect', { signal }).then(
    () => socket.getPeerX509Certificate(),
    () => undefined,
  )
  if (certificate === undefined) throw new Unable('no handshake of TLS came to its end')
  const rung = { who: 'somebody', transport: 'TLS', remote: { ip, port } }
  const here = { ip: socket.localAddress ?? '', port: socket.localPort ?? 0 }
  trial.note({ ...rung, isSent: false, local: here }, certificate.toString())
  const error: unknown = socket.authorizationError
  const problem = socket.authorized ? undefined : error instanceof Error ? codeOf(error) : String(error)
  return { certificate, between: issuersOf(certificate), problem }
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}

function issuersOf(certificate: X509Certificate): X509Certificate[] {
  const found: X509Certificate[] = []
  let next = certificate.issuerCertificate
  while (next !== undefined && found.length < 8 && next.subject !== next.issuer) {
    found.push(next)
    next = next.issuerCertificate
  }
  return found
}
