import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { Hop } from '../base/flow.ts'
import { failed, ok, type Result } from '../base/result.ts'
import type { SendFailure, SendFailureName } from './callbacks.ts'
import { familyOf } from './local-address.ts'
import { TCP_KEEP_ALIVE_MS } from './stream-listener.ts'
import { contextOptions, SIP_PROTOCOL, type TlsOptions } from './tls-options.ts'

/** A connection that we opened and whose peer is who it should be. */
export interface Dialled {
  readonly socket: Socket
  readonly peerIdentities: readonly string[]
}

/** A connection being opened. */
export interface Dialling {
  /** Gives up; `done` is not called any more. */
  abort(): void
}

type Done = (result: Result<Dialled, SendFailure>) => void

const NAME_MISMATCH = 'ERR_ASPIS_CERTIFICATE_NAME'

/**
 * Opens a TCP or TLS connection; `done` is called once, later.
 * @param localIp address to leave from, when the listeners are bound to one
 */
export function dial(
  hop: Hop,
  localIp: string | undefined,
  tls: TlsOptions | undefined,
  done: Done,
): Dialling {
  const where = {
    host: hop.ip,
    port: hop.port,
    family: familyOf(hop.ip) === 'ipv4' ? 4 : 6,
    autoSelectFamily: false,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: TCP_KEEP_ALIVE_MS,
    ...(localIp === undefined ? {} : { localAddress: localIp }),
  }
  const isTls = hop.transport === 'tls' && tls !== undefined
  const socket = isTls ? connectTls({ ...where, ...clientOptions(hop, tls) }) : connectTcp(where)
  let isDone = false
  const finish = (result: Result<Dialled, SendFailure>): void => {
    if (isDone) return
    isDone = true
    done(result)
  }
  socket.once(isTls ? 'secureConnect' : 'connect', () => {
    finish(ok({ socket, peerIdentities: isTls ? identitiesOf(socket, tls) : [] }))
  })
  // Stays after success too: the flow adds its own listener, and an error without any would end the process.
  socket.on('error', error => {
    socket.destroy()
    finish(failed(failureOf(error)))
  })
  socket.once('close', () => finish(failed({ failure: 'connection-failed', detail: 'closed' })))
  return {
    abort: () => {
      isDone = true
      socket.destroy()
    },
  }
}

function clientOptions(hop: Hop, tls: TlsOptions) {
  return {
    ...contextOptions(tls, tls.certificates[0]),
    // SNI names hosts only (RFC 6066 §3).
    ...(isIP(hop.host) === 0 ? { servername: hop.host } : {}),
    ALPNProtocols: [SIP_PROTOCOL],
    rejectUnauthorized: true,
    // The rules of HTTP (wildcards, CN) are not those of SIP (RFC 5922 §7.2).
    checkServerIdentity: (_host: string, certificate: { readonly raw: Buffer }): Error | undefined => {
      const why = tls.verifyServer(certificate.raw, hop.host)
      return why === undefined ? undefined : Object.assign(new Error(why), { code: NAME_MISMATCH })
    },
  }
}

function identitiesOf(socket: Socket | TLSSocket, tls: TlsOptions): readonly string[] {
  if (!('getPeerX509Certificate' in socket) || !socket.authorized) return []
  const der = socket.getPeerX509Certificate()?.raw
  return der === undefined ? [] : tls.identitiesOf(der)
}

const FAILURES: Readonly<Record<string, SendFailureName>> = {
  [NAME_MISMATCH]: 'certificate-name',
  ECONNREFUSED: 'connection-refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ETIMEDOUT: 'connection-timeout',
}

/** Codes of OpenSSL's path validation that do not begin with one of the usual prefixes. */
const PATH_CODES = ['CERT', 'SIGNATURE', 'ISSUER', 'VERIFY', 'PURPOSE', 'CRL', 'PATH_LENGTH']

function failureOf(error: Error): SendFailure {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (code === NAME_MISMATCH) return { failure: 'certificate-name', detail: error.message }
  const known = FAILURES[code]
  const detail = code === '' ? error.message : code
  if (known !== undefined) return { failure: known, detail }
  const isTls = code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS')
  const isPath = PATH_CODES.some(part => code.includes(part))
  return { failure: isTls || isPath ? 'tls-failed' : 'connection-failed', detail }
}
