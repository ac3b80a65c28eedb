import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** Where a stream leads. */
export interface StreamPlace {
  readonly host: string
  readonly port: number
  readonly isTls: boolean
}

const CONNECT_MS = 5000
const WRITE_MS = 5000

/** A connection that only writes, opened when needed and again when it was lost. */
export class OctetStream {
  readonly #place: StreamPlace
  #socket: Socket | undefined

  constructor(place: StreamPlace) {
    this.#place = place
  }

  /** Rejects when the peer's host did not take it over in time; text is latin-1. */
  async send(text: string): Promise<void> {
    const socket = await this.#opened()
    await inTime(WRITE_MS, 'the collector does not read', (done, failed) => {
      socket.once('error', failed)
      socket.write(text, 'latin1', error => {
        socket.off('error', failed)
        if (error === undefined || error === null) done()
        else failed(error)
      })
    }).catch(error => {
      this.close()
      throw error
    })
  }

  close(): void {
    this.#socket?.destroy()
    this.#socket = undefined
  }

  async #opened(): Promise<Socket> {
    const { host, port, isTls } = this.#place
    if (this.#socket?.writable === true) return this.#socket
    this.close()
    const socket = isTls ? connectTls({ host, port, servername: host }) : connectTcp({ host, port })
    await inTime(CONNECT_MS, 'the collector does not answer', (done, failed) => {
      socket.once(isTls ? 'secureConnect' : 'connect', done)
      socket.once('error', failed)
    }).catch(error => {
      socket.destroy()
      throw error
    })
    socket.on('error', () => this.close())
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined
    })
    // A collector says nothing; what it says is not kept.
    socket.resume()
    socket.unref()
    this.#socket = socket
    return socket
  }
}

function inTime(
  ms: number,
  why: string,
  start: (done: () => void, failed: (error: Error) => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${why} within ${ms} ms`)), ms)
    const settle = (act: () => void): void => {
      clearTimeout(timer)
      act()
    }
    start(
      () => settle(resolve),
      error => settle(() => reject(error)),
    )
  })
}
