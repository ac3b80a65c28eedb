import { randomBytes, randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** A SIP speaker of a test: sends texts, keeps what comes, and waits for what it wants. It knows no rules. */
export interface SipPeer {
  /** `ip:port` as it stands in Via and Contact. */
  readonly host: string
  /** UDP, TCP or TLS, as in Via. */
  readonly transport: string
  readonly received: readonly string[]
  /** Whether the other side closed. */
  readonly isClosed: boolean
  send(text: string): void
  /** The first message, received already or later, that fits and was not taken before. */
  next(what: string, fits: (message: string) => boolean, withinMs?: number): Promise<string>
  close(): void
}

/** A peer on a UDP socket of its own. @param port where it sends to, on 127.0.0.1 @param ip where it is */
export async function udpPeer(port: number, ip = '127.0.0.1'): Promise<SipPeer> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 })
  socket.bind(0, ip)
  await once(socket, 'listening')
  const inbox = new Inbox()
  socket.on('message', datagram => inbox.put(datagram.toString('latin1')))
  return inbox.peer(`${ip}:${socket.address().port}`, 'UDP', {
    send: text => socket.send(Buffer.from(text, 'latin1'), port, '127.0.0.1'),
    close: () => socket.close(),
  })
}

/** A peer on a TCP connection, or on TLS when it is told the name of the domain. */
export async function streamPeer(port: number, tlsName?: string, ip = '127.0.0.1'): Promise<SipPeer> {
  const socket =
    tlsName === undefined
      ? connect({ port, host: '127.0.0.1', localAddress: ip })
      : // Which certificate is shown is what these tests look at themselves.
        connectTls({ port, host: '127.0.0.1', servername: tlsName, rejectUnauthorized: false })
  await once(socket, tlsName === undefined ? 'connect' : 'secureConnect')
  const inbox = new Inbox()
  socket.setEncoding('latin1')
  let buffered = ''
  socket.on('data', (text: string) => {
    buffered = takeMessages(buffered + text, message => inbox.put(message))
  })
  socket.on('error', () => {})
  socket.on('close', () => inbox.closed())
  return inbox.peer(`${ip}:${socket.localPort}`, tlsName === undefined ? 'TCP' : 'TLS', {
    send: text => void socket.write(text, 'latin1'),
    close: () => socket.destroy(),
  })
}

/** A peer on a WebSocket, as a browser's phone is. */
export async function webSocketPeer(port: number): Promise<SipPeer> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, 'sip')
  socket.binaryType = 'arraybuffer'
  await once(socket, 'open')
  const inbox = new Inbox()
  socket.addEventListener('message', ({ data }) => {
    inbox.put(typeof data === 'string' ? data : Buffer.from(data).toString('latin1'))
  })
  socket.addEventListener('close', () => inbox.closed())
  return inbox.peer(`${randomBytes(6).toString('hex')}.invalid`, 'WS', {
    send: text => socket.send(text),
    close: () => socket.close(),
  })
}

/** The certificate that a TLS listener shows now, as the hex of its SHA-256 fingerprint. */
export async function shownCertificate(port: number, name: string): Promise<string> {
  const socket = connectTls({ port, host: '127.0.0.1', servername: name, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { fingerprint256 } = socket.getPeerCertificate()
  socket.destroy()
  return fingerprint256
}

/**
 * Ports of 127.0.0.1 that nobody has now. They lie below the range that the system gives out by itself, so that none
 * becomes a peer's while a server is not up yet, or is UDP of a peer and TCP of the server.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) {
    const port = randomInt(12_000, 32_000)
    if (await isFree(port)) ports.add(port)
  }
  return [...ports]
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  const socket = createSocket('udp4').bind(port, '127.0.0.1')
  try {
    await once(socket, 'listening')
  } catch {
    return false
  }
  socket.close()
  await once(socket, 'close')
  return true
}

/** Whether a text is a final response to the request with that branch. */
export function isFinal(branch: string): (message: string) => boolean {
  return message => /^SIP\/2\.0 [2-6]/.test(message) && message.includes(`branch=${branch}`)
}

/** Sends a request and waits for its final response; over UDP it is sent again each 500 ms. */
export async function ask(peer: SipPeer, text: string, withinMs = 10_000): Promise<string> {
  const branch = /branch=([^;\r\n]+)/.exec(text)?.[1] ?? ''
  peer.send(text)
  const again = peer.transport === 'UDP' ? setInterval(() => peer.send(text), 500) : undefined
  try {
    return await peer.next(`an answer to ${text.split('\r\n')[0]}`, isFinal(branch), withinMs)
  } finally {
    clearInterval(again)
  }
}

/** The status of a response. */
export function statusOf(response: string): number {
  return Number(response.slice(8, 11))
}

/** The first value of a header field, written with its long name. */
export function headerOf(message: string, name: string): string | undefined {
  const prefix = `${name.toLowerCase()}:`
  const line = message.split('\r\n').find(each => each.toLowerCase().startsWith(prefix))
  return line?.slice(prefix.length).trim()
}

/** Every value of a header field that is written one value a row. */
export function headersOf(message: string, name: string): string[] {
  const prefix = `${name.toLowerCase()}:`
  return message
    .split('\r\n')
    .filter(each => each.toLowerCase().startsWith(prefix))
    .map(each => each.slice(prefix.length).trim())
}

class Inbox {
  readonly #messages: string[] = []
  readonly #taken = new Set<number>()
  readonly #waiting = new Set<() => void>()
  #isClosed = false

  put(message: string): void {
    this.#messages.push(message)
    for (const look of [...this.#waiting]) look()
  }

  closed(): void {
    this.#isClosed = true
    for (const look of [...this.#waiting]) look()
  }

  peer(host: string, transport: string, wire: Pick<SipPeer, 'send' | 'close'>): SipPeer {
    const inbox = this
    return {
      ...wire,
      host,
      transport,
      received: this.#messages,
      get isClosed() {
        return inbox.#isClosed
      },
      next: (what, fits, withinMs = 10_000) => this.#next(what, fits, withinMs),
    }
  }

  #take(fits: (message: string) => boolean): string | undefined {
    const at = this.#messages.findIndex((message, index) => !this.#taken.has(index) && fits(message))
    if (at < 0) return undefined
    this.#taken.add(at)
    return this.#messages[at]
  }

  #next(what: string, fits: (message: string) => boolean, withinMs: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer)
        this.#waiting.delete(look)
      }
      const look = (): void => {
        const found = this.#take(fits)
        if (found === undefined) return
        end()
        resolve(found)
      }
      const timer = setTimeout(() => {
        end()
        const firsts = this.#messages.slice(-8).map(message => message.split('\r\n')[0])
        reject(new Error(`${what}: not in ${withinMs} ms; last received: ${firsts.join(' | ')}`))
      }, withinMs)
      this.#waiting.add(look)
      look()
    })
  }
}

/** Calls back for each whole message; gives back what is left. */
function takeMessages(buffered: string, put: (message: string) => void): string {
  let rest = buffered
  for (;;) {
    rest = rest.replace(/^(?:\r\n)+/, '')
    const head = rest.indexOf('\r\n\r\n')
    if (head < 0) return rest
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(rest.slice(0, head))?.[1] ?? 0)
    const end = head + 4 + length
    if (rest.length < end) return rest
    put(rest.slice(0, end))
    rest = rest.slice(end)
  }
}
