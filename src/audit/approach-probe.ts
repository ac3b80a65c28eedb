import { createSocket } from 'node:dgram'
import { connect, isIP } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { WebSocket } from 'ws'
import { hostPort } from './line/place.ts'
import type { Transport } from './target.ts'

/** Where a probe goes. */
export interface ProbePlace {
  readonly ip: string
  readonly port: number
  readonly transport: Transport
  readonly domain: string
  readonly webSocketPath: string
}

/** What is known of a place after it was asked; nothing of what came is kept but its beginning. */
export interface Sighting {
  /** Somebody listens: a connection was made, or something came. */
  isOpen: boolean
  /** A closed port said so. */
  isRefused: boolean
  octets: number
  /** Datagrams, WebSocket messages, or parts of a stream. */
  pieces: number
  /** The first octets, one character each. */
  beginning: string
  /** The connection ended. */
  isClosed: boolean
}

/** A socket that is being asked. */
export interface Probe {
  readonly seen: Sighting
  readonly sentBy: string
  send(text: string): void
  close(): void
}

/** Enough to find an answer between what else comes. */
const MAX_KEPT = 65_536

/** Opens a socket toward a place; what goes wrong shows in what is seen. @param ready called once it can send */
export function probe(place: ProbePlace, ready: (probe: Probe) => void): Probe {
  if (place.transport === 'UDP') return udpProbe(place, ready)
  return place.transport === 'WS' || place.transport === 'WSS'
    ? webSocketProbe(place, ready)
    : streamProbe(place, ready)
}

function nothing(): Sighting {
  return { isOpen: false, isRefused: false, octets: 0, pieces: 0, beginning: '', isClosed: false }
}

function take(seen: Sighting, text: string): void {
  seen.isOpen = true
  seen.octets += text.length
  seen.pieces++
  if (seen.beginning.length < MAX_KEPT) seen.beginning += text.slice(0, MAX_KEPT - seen.beginning.length)
}

function udpProbe({ ip, port }: ProbePlace, ready: (probe: Probe) => void): Probe {
  const seen = nothing()
  const socket = createSocket(isIP(ip) === 6 ? 'udp6' : 'udp4')
  let sentBy = ''
  let isOver = false
  const made: Probe = {
    seen,
    get sentBy() {
      return sentBy
    },
    send: text => {
      if (!isOver) socket.send(Buffer.from(text, 'latin1'), () => {})
    },
    close: () => {
      if (!isOver) socket.close()
      isOver = true
    },
  }
  socket.on('message', octets => take(seen, octets.toString('latin1')))
  // A connected socket hears that the port is closed.
  socket.on('error', error => {
    if ('code' in error && error.code === 'ECONNREFUSED') seen.isRefused = true
  })
  socket.connect(port, ip, () => {
    if (isOver) return
    const { address, port: own } = socket.address()
    sentBy = `UDP ${hostPort({ ip: address, port: own })}`
    ready(made)
  })
  return made
}

function streamProbe({ ip, port, transport, domain }: ProbePlace, ready: (probe: Probe) => void): Probe {
  const seen = nothing()
  const isTls = transport === 'TLS'
  const options = { host: ip, port }
  const name = isIP(domain) === 0 ? { servername: domain } : {}
  const socket = isTls ? connectTls({ ...options, ...name, rejectUnauthorized: false }) : connect(options)
  const made: Probe = {
    seen,
    get sentBy() {
      return `${transport} ${hostPort({ ip: socket.localAddress ?? '127.0.0.1', port: socket.localPort ?? 0 })}`
    },
    send: text => {
      socket.write(text, 'latin1')
    },
    close: () => socket.destroy(),
  }
  socket.setEncoding('latin1')
  socket.on('data', (text: string) => take(seen, text))
  socket.on('error', error => {
    if ('code' in error && error.code === 'ECONNREFUSED') seen.isRefused = true
  })
  socket.on('close', () => {
    seen.isClosed = true
  })
  socket.once(isTls ? 'secureConnect' : 'connect', () => {
    seen.isOpen = true
    ready(made)
  })
  return made
}

function webSocketProbe(place: ProbePlace, ready: (probe: Probe) => void): Probe {
  const seen = nothing()
  const scheme = place.transport === 'WSS' ? 'wss' : 'ws'
  const socket = new WebSocket(`${scheme}://${hostPort(place)}${place.webSocketPath}`, 'sip', {
    perMessageDeflate: false,
    rejectUnauthorized: false,
    maxPayload: MAX_KEPT,
  })
  const made: Probe = {
    seen,
    sentBy: `${place.transport} audit.invalid`,
    send: text => socket.send(Buffer.from(text, 'latin1')),
    close: () => socket.terminate(),
  }
  socket.on('message', octets => take(seen, String(octets)))
  socket.on('error', error => {
    if ('code' in error && error.code === 'ECONNREFUSED') seen.isRefused = true
  })
  socket.on('close', () => {
    seen.isClosed = true
  })
  socket.once('open', () => {
    seen.isOpen = true
    ready(made)
  })
  return made
}
