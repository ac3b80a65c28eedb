import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { Address } from '../base/flow.ts'
import {
  DiameterStream,
  type DiameterStreamCallbacks,
  type DiameterStreamOptions,
  type DiameterTls,
  diameterContext,
} from './diameter-stream.ts'

/** Where peers may connect to us, by RFC 6733 §2.1. */
export interface DiameterListener {
  /** Where it listens. */
  readonly address: Address
  /** Takes no more connections, and closes those that nobody kept. */
  close(): void
}

/** Connections that said nothing yet: peers are few, and each has one. */
const MAX_CONNECTIONS = 64

/**
 * Listens for peers. With TLS a certificate is demanded before anything is read (DIA-01).
 * @param tls undefined: TCP in the clear
 * @throws the system's error when it cannot listen
 */
export async function listenDiameter(
  address: Address,
  tls: DiameterTls | undefined,
  options: DiameterStreamOptions,
  callbacks: DiameterStreamCallbacks & { onOpen(stream: DiameterStream): void },
): Promise<DiameterListener> {
  const sockets = new Set<Socket>()
  const take = (socket: Socket): void => {
    socket.on('error', () => socket.destroy())
    sockets.add(socket)
    // Places are few: who is silent gives his back.
    const silent = setTimeout(() => socket.destroy(), options.openMs)
    silent.unref()
    socket.once('close', () => {
      clearTimeout(silent)
      sockets.delete(socket)
    })
    const onMessage = (stream: DiameterStream, message: Buffer): void => {
      clearTimeout(silent)
      callbacks.onMessage(stream, message)
    }
    callbacks.onOpen(new DiameterStream(socket, options, { ...callbacks, onMessage }))
  }
  const server: Server =
    tls === undefined
      ? createTcpServer(take)
      : createTlsServer(
          {
            ...diameterContext(tls),
            requestCert: true,
            rejectUnauthorized: true,
            handshakeTimeout: options.openMs,
          },
          take,
        )
  server.maxConnections = MAX_CONNECTIONS
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: address.ip, port: address.port }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const bound = server.address()
  return {
    address: {
      ip: address.ip,
      port: typeof bound === 'object' && bound !== null ? bound.port : address.port,
    },
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
