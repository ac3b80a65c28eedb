import { createHash, createHmac } from 'node:crypto'
import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import { RADIUS_SECRET } from './freeradius.ts'

/** What a RADIUS server does instead of what it should. */
export type Lie =
  | 'another-code'
  | 'another-identifier'
  | 'another-request'
  | 'another-secret'
  | 'garbage'
  | 'message-authenticator-missing'
  | 'message-authenticator-wrong'
  | 'none'
  | 'proxy-state'
  | 'silence'
  | 'slow'

/** A RADIUS server that says yes to everybody, in the way that the test wants. It is written apart from what it tests. */
export interface RadiusLiar {
  readonly port: number
  lie: Lie
  /** Requests that came. */
  readonly asked: number
  close(): void
}

const LATE_MS = 1500

/** Starts it on a port of 127.0.0.1. */
export async function startRadiusLiar(): Promise<RadiusLiar> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  let isClosed = false
  let previous = Buffer.alloc(20, 1)
  const liar = {
    port: socket.address().port,
    lie: 'none' as Lie,
    asked: 0,
    close: () => {
      isClosed = true
      socket.close()
    },
  }
  const send = (answer: Buffer, to: RemoteInfo): void => {
    if (!isClosed) socket.send(answer, to.port, to.address)
  }
  socket.on('message', (request, from) => {
    liar.asked += 1
    const answers = answersOf(liar.lie, request, previous)
    previous = Buffer.from(request)
    for (const answer of answers) {
      if (liar.lie === 'slow') setTimeout(() => send(answer, from), LATE_MS)
      else send(answer, from)
    }
  })
  return liar
}

function answersOf(lie: Lie, request: Buffer, previous: Buffer): Buffer[] {
  const identifier = request[1] ?? 0
  switch (lie) {
    case 'silence':
      return []
    case 'garbage':
      return [Buffer.alloc(0), Buffer.from('SIP/2.0 200 OK'), Buffer.alloc(5000, 255)]
    case 'another-identifier':
      return Array.from({ length: 255 }, (_, n) =>
        accept(request, { identifier: (identifier + 1 + n) % 256 }),
      )
    case 'another-request':
      return [accept(request, { authenticator: previous.subarray(4, 20) })]
    case 'another-secret':
      return [accept(request, { secret: 'the secret of somebody else' })]
    case 'another-code':
      return [accept(request, { code: 5 })]
    case 'message-authenticator-missing':
      return [accept(request, { signature: 'missing' })]
    case 'message-authenticator-wrong':
      return [accept(request, { signature: 'wrong' })]
    case 'proxy-state':
      return [accept(request, { proxyState: true })]
    case 'none':
    case 'slow':
      return [accept(request, {})]
  }
}

interface Accepting {
  readonly code?: number
  readonly identifier?: number
  readonly authenticator?: Buffer
  readonly secret?: string
  readonly signature?: 'missing' | 'wrong'
  readonly proxyState?: boolean
}

/** RFC 2865 §3, RFC 3579 §3.2. */
function accept(request: Buffer, how: Accepting): Buffer {
  const secret = how.secret ?? RADIUS_SECRET
  const signature = how.signature === 'missing' ? [] : [80, 18, ...new Array(16).fill(0)]
  const more = how.proxyState === true ? [33, 6, 1, 2, 3, 4] : []
  const attributes = Buffer.from([...signature, ...more])
  const length = 20 + attributes.length
  const head = Buffer.from([how.code ?? 2, how.identifier ?? request[1] ?? 0, length >> 8, length & 255])
  const packet = Buffer.concat([head, how.authenticator ?? request.subarray(4, 20), attributes])
  if (how.signature !== 'missing') {
    const key = how.signature === 'wrong' ? `${secret}!` : secret
    createHmac('md5', key).update(packet).digest().copy(packet, 22)
  }
  createHash('md5').update(packet).update(secret).digest().copy(packet, 4)
  return packet
}
