import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'

/** Datagrams to one place that answers nothing: a collector of logs. Names are looked up each time they are used. */
export class DatagramSender {
  readonly #host: string
  readonly #port: number
  #socket: Socket | undefined

  constructor(host: string, port: number) {
    this.#host = host
    this.#port = port
  }

  /** Rejects when it could not be sent, as far as the system tells. */
  send(octets: Uint8Array): Promise<void> {
    const socket = this.#opened()
    return new Promise((resolve, reject) => {
      socket.send(octets, this.#port, this.#host, error => (error === null ? resolve() : reject(error)))
    })
  }

  close(): void {
    this.#socket?.close()
    this.#socket = undefined
  }

  #opened(): Socket {
    if (this.#socket !== undefined) return this.#socket
    const socket = createSocket(isIPv6(this.#host) ? 'udp6' : 'udp4')
    // Told by the callback of `send` already.
    socket.on('error', () => {})
    socket.unref()
    this.#socket = socket
    return socket
  }
}
