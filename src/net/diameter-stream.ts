import type { X509Certificate } from 'node:crypto'
import { constants } from 'node:crypto'
import type { Socket } from 'node:net'
import { rootCertificates, type SecureContextOptions, TLSSocket } from 'node:tls'
import type { Secret } from '../base/secret.ts'
import { TLS_CIPHERS } from './tls-options.ts'

/** Cuts a stream into messages; each connection has its own. */
export interface MessageCutter {
  /** @param chunk the caller's again as soon as this returns */
  feed(chunk: Buffer): { readonly messages: readonly Buffer[]; readonly broken: string | undefined }
}

/** What both ends show and believe: a certificate each, none of them optional (DIA-01). */
export interface DiameterTls {
  /** Certificate and chain. */
  readonly certificatePem: string
  readonly keyPem: Secret
  /** Who vouches for peers; nobody else does. */
  readonly authoritiesPem: readonly string[]
}

export interface DiameterStreamOptions {
  readonly makeCutter: () => MessageCutter
  /** Octets that may wait to be sent, above it `send` refuses. */
  readonly maxSendBytes: number
  /** How long a connection may take until it is open, TLS included, in ms. */
  readonly openMs: number
}

/** What becomes of a connection. */
export interface DiameterStreamCallbacks {
  onMessage(stream: DiameterStream, message: Buffer): void
  /** It is gone without us; said once. @param why a stable name, or a code of the system */
  onClosed(stream: DiameterStream, why: string): void
}

/** One open connection: whole messages in, whole messages out. */
export class DiameterStream {
  readonly localIp: string
  readonly remoteIp: string
  readonly #socket: Socket
  readonly #options: DiameterStreamOptions
  readonly #callbacks: DiameterStreamCallbacks
  readonly #cutter: MessageCutter
  #why = 'closed'
  #isOver = false

  /** @param socket connected; with TLS the handshake is done */
  constructor(socket: Socket, options: DiameterStreamOptions, callbacks: DiameterStreamCallbacks) {
    this.#socket = socket
    this.#options = options
    this.#callbacks = callbacks
    this.#cutter = options.makeCutter()
    this.localIp = plainIp(socket.localAddress)
    this.remoteIp = plainIp(socket.remoteAddress)
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.on('error', error => {
      this.#why = codeOf(error)
    })
    socket.on('end', () => socket.destroy())
    socket.on('close', () => this.#over())
  }

  /** @returns false when too much waits already, or it is closed */
  send(bytes: Buffer): boolean {
    if (this.#isOver || this.#socket.writableLength + bytes.length > this.#options.maxSendBytes) return false
    this.#socket.write(bytes)
    return true
  }

  /** Closes after what was sent, in a second at most; `onClosed` is not called. */
  close(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#socket.end()
    // A peer that does not close its side must not keep ours.
    this.#socket.setTimeout(1000, () => this.#socket.destroy())
  }

  /** Whether the certificate of the peer carries a name; without TLS every name is as good (the operator said so). */
  speaksFor(host: string): boolean {
    const peer = certificateOf(this.#socket)
    return peer === 'no-tls' || (peer !== undefined && carriesName(peer, host))
  }

  #read(chunk: Buffer): void {
    const { messages, broken } = this.#cutter.feed(chunk)
    for (const message of messages) {
      if (this.#isOver) return
      this.#callbacks.onMessage(this, message)
    }
    if (broken === undefined || this.#isOver) return
    this.#why = broken
    this.#socket.destroy()
  }

  #over(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#callbacks.onClosed(this, this.#why)
  }
}

/** Options of either end. TLS 1.2 with forward secrecy and AEAD, or 1.3. */
export function diameterContext({
  certificatePem,
  keyPem,
  authoritiesPem,
}: DiameterTls): SecureContextOptions {
  return {
    cert: certificatePem,
    key: keyPem.reveal(),
    ca: authoritiesPem.length === 0 ? [...rootCertificates] : [...authoritiesPem],
    ciphers: TLS_CIPHERS,
    honorCipherOrder: true,
    minVersion: 'TLSv1.2',
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION,
  }
}

/** A name in the certificate, or in its subject where it has no names; no wildcard stands for a host. */
export function carriesName(certificate: X509Certificate, host: string): boolean {
  return certificate.checkHost(host, { subject: 'default', wildcards: false }) !== undefined
}

/** What the system or OpenSSL calls an error. */
export function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}

function certificateOf(socket: Socket): X509Certificate | 'no-tls' | undefined {
  if (!(socket instanceof TLSSocket)) return 'no-tls'
  return socket.authorized ? socket.getPeerX509Certificate() : undefined
}

/** IPv4 addresses of a socket for both families are IPv4 addresses. */
function plainIp(address: string | undefined): string {
  const ip = address?.split('%')[0] ?? '0.0.0.0'
  return ip.startsWith('::ffff:') ? ip.slice(7) : ip
}
