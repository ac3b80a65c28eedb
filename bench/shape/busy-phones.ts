import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

/**
 * Phones that are registered and busy: they answer every INVITE with 486. So a call forks to as many places as are
 * wanted while one phone of the load generator answers it.
 * `node bench/shape/busy-phones.ts USERS PORT:PHONES ...`, where PORT is a server on this machine
 */
const [users = '1000', ...places] = process.argv.slice(2)
const FIRST_PORT = 22_000
const AT_ONCE = 32
const ATTEMPT_MS = 500

const servers = places.map(place => place.split(':').map(Number))
const most = Math.max(0, ...servers.map(([, phones = 0]) => phones))
const sockets: Socket[] = []
const waiting = new Map<string, () => void>()
for (let at = 0; at < most; at++) {
  const socket = createSocket('udp4')
  socket.on('message', (bytes, from) => {
    const answer = answerTo(bytes.toString('latin1'))
    if (answer !== undefined) socket.send(answer, from.port, from.address)
  })
  socket.bind(FIRST_PORT + at, '127.0.0.1')
  await once(socket, 'listening')
  sockets.push(socket)
}
for (const [port = 0, phones = 0] of servers) {
  for (const [at, socket] of sockets.slice(0, phones).entries())
    await registerAll(socket, port, FIRST_PORT + at)
}
console.log('ready')

async function registerAll(socket: Socket, port: number, own: number): Promise<void> {
  let next = 0
  const phone = async (): Promise<void> => {
    while (next < Number(users)) await register(socket, port, own, next++)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, phone))
}

/** Asks until the server answers. */
function register(socket: Socket, port: number, own: number, n: number): Promise<void> {
  const user = `u${String(n).padStart(5, '0')}`
  const callId = `${own}-${n}-${port}`
  const text = [
    'REGISTER sip:bench.test SIP/2.0',
    `Via: SIP/2.0/UDP 127.0.0.1:${own};rport;branch=z9hG4bK${callId}`,
    'Max-Forwards: 70',
    `From: <sip:${user}@bench.test>;tag=${n}`,
    `To: <sip:${user}@bench.test>`,
    `Call-ID: ${callId}`,
    'CSeq: 1 REGISTER',
    `Contact: <sip:${user}@127.0.0.1:${own}>;expires=3600`,
    'Content-Length: 0\r\n\r\n',
  ].join('\r\n')
  return new Promise(resolve => {
    const send = (): void => socket.send(text, port, '127.0.0.1')
    const timer = setInterval(send, ATTEMPT_MS)
    waiting.set(callId, () => {
      clearInterval(timer)
      resolve()
    })
    send()
  })
}

/** 486 to an INVITE, 200 to a CANCEL, nothing to the rest. */
function answerTo(message: string): string | undefined {
  if (message.startsWith('SIP/2.0 200 ')) {
    const callId = /^Call-ID: (.*?)\r$/m.exec(message)?.[1] ?? ''
    waiting.get(callId)?.()
    waiting.delete(callId)
    return undefined
  }
  const isInvite = message.startsWith('INVITE ')
  if (!isInvite && !message.startsWith('CANCEL ')) return undefined
  const copied = message
    .split('\r\n')
    .filter(line => /^(?:Via|From|To|Call-ID|CSeq):/.test(line))
    .map(line => (line.startsWith('To:') && !line.includes(';tag=') ? `${line};tag=busy` : line))
  return [`SIP/2.0 ${isInvite ? '486 Busy Here' : '200 OK'}`, ...copied, 'Content-Length: 0\r\n\r\n'].join(
    '\r\n',
  )
}
