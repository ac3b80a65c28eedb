import { X509Certificate } from 'node:crypto'
import { connect as connectTcp, isIP } from 'node:net'
import { connect as connectTls } from 'node:tls'
import {
  carriesName,
  codeOf,
  DiameterStream,
  type DiameterStreamCallbacks,
  type DiameterStreamOptions,
  type DiameterTls,
  diameterContext,
} from './diameter-stream.ts'

/** A peer to connect to. */
export interface DiameterTarget {
  /** Address, or a name that the system resolves. */
  readonly address: string
  readonly port: number
  /** Its Diameter identity: the name that its certificate must carry. */
  readonly host: string
  /** Undefined: TCP in the clear. */
  readonly tls: DiameterTls | undefined
}

const NAME_MISMATCH = 'certificate-name'

/**
 * Opens a connection; exactly one of `onOpen` and `onFailed` is called, later.
 * @returns gives it up: nothing is called any more
 * @see RFC 6733 §2.1, §13.1; RFC 3539 §3.2 (Nagle stays on)
 */
export function dialDiameter(
  target: DiameterTarget,
  options: DiameterStreamOptions,
  callbacks: DiameterStreamCallbacks & {
    onOpen(stream: DiameterStream): void
    onFailed(why: string): void
  },
): () => void {
  const { address, port, tls } = target
  const where = { host: address, port, keepAlive: true, timeout: options.openMs }
  const socket =
    tls === undefined ? connectTcp(where) : connectTls({ ...where, ...clientOptions(target, tls) })
  let isDone = false
  const fail = (why: string): void => {
    socket.destroy()
    if (isDone) return
    isDone = true
    callbacks.onFailed(why)
  }
  const timer = setTimeout(() => fail('timeout'), options.openMs)
  socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
    clearTimeout(timer)
    socket.setTimeout(0)
    if (isDone) return
    isDone = true
    callbacks.onOpen(new DiameterStream(socket, options, callbacks))
  })
  // Stays after success too: an error without a listener would end the process.
  socket.on('error', error => {
    clearTimeout(timer)
    fail(codeOf(error))
  })
  socket.once('close', () => {
    clearTimeout(timer)
    fail('closed')
  })
  return () => {
    clearTimeout(timer)
    isDone = true
    socket.destroy()
  }
}

function clientOptions({ host, address }: DiameterTarget, tls: DiameterTls) {
  return {
    ...diameterContext(tls),
    ...(isIP(host) === 0 ? { servername: host } : {}),
    rejectUnauthorized: true,
    checkServerIdentity: (_name: string, certificate: { readonly raw: Buffer }): Error | undefined => {
      const read = new X509Certificate(certificate.raw)
      return carriesName(read, host)
        ? undefined
        : Object.assign(new Error(`${address} is not ${host}`), { code: NAME_MISMATCH })
    },
  }
}
