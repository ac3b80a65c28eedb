import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/**
 * Phones that register and unregister contacts at a steady rate over UDP, as a process of its own, until SIGTERM.
 *
 * Arguments: port, registrations a second, first and last number of its users (`u17`). Prints one line for each
 * operation that was answered with 200, `u17 bind 4` or `u17 drop 3`; at the end, with a `?` before it, one for each
 * that was sent and not answered: it may hold or not.
 */
const [port = 0, perSecond = 0, first = 0, last = 0] = process.argv.slice(2).map(Number)

interface Phone {
  readonly name: string
  readonly callId: string
  step: number
  waiting: string | undefined
  text: Buffer
  sentAtMs: number
}

const RESEND_MS = 500
const TICK_MS = 4

const socket = createSocket({ type: 'udp4', recvBufferSize: 8 << 20 })
socket.bind(0, '127.0.0.1')
await once(socket, 'listening')
const host = `127.0.0.1:${socket.address().port}`
const phones: Phone[] = []
for (let n = first; n <= last; n++) {
  const callId = randomBytes(8).toString('hex')
  phones.push({
    name: `u${n}`,
    callId,
    step: 0,
    waiting: undefined,
    text: Buffer.alloc(0),
    sentAtMs: 0,
  })
}
const byCallId = new Map(phones.map(phone => [phone.callId, phone]))
let lines = ''
let at = 0
let started = 0
const beganMs = performance.now()

socket.on('message', datagram => {
  const text = datagram.toString('latin1')
  const phone = byCallId.get(/\r\nCall-ID: ([0-9a-f]+)/i.exec(text)?.[1] ?? '')
  if (phone?.waiting === undefined || !text.includes(`CSeq: ${phone.step} REGISTER`)) return
  if (!text.startsWith('SIP/2.0 200')) {
    if (!text.startsWith('SIP/2.0 1')) lines += `! ${phone.waiting} ${text.slice(8, 11)}\n`
    return
  }
  lines += `${phone.waiting}\n`
  phone.waiting = undefined
})

const ticking = setInterval(() => {
  const due = ((performance.now() - beganMs) / 1000) * perSecond
  for (let looked = 0; started < due && looked < phones.length; looked++) {
    const phone = phones[at]
    at = (at + 1) % phones.length
    if (phone === undefined || phone.waiting !== undefined) continue
    begin(phone)
    started += 1
  }
  const nowMs = performance.now()
  for (const phone of phones) {
    if (phone.waiting !== undefined && nowMs - phone.sentAtMs > RESEND_MS) send(phone)
  }
  if (lines !== '') process.stdout.write(lines)
  lines = ''
}, TICK_MS)

process.on('SIGTERM', () => {
  clearInterval(ticking)
  socket.close()
  for (const { waiting } of phones) if (waiting !== undefined) lines += `? ${waiting}\n`
  process.stdout.write(`${lines}# ${Math.round(started / ((performance.now() - beganMs) / 1000))}\n`)
})

/** Two contacts, then always the older one goes before a new one comes. */
function begin(phone: Phone): void {
  phone.step += 1
  const { name, callId, step } = phone
  const isDrop = step > 2 && step % 2 === 1
  const contact = step <= 2 ? step : isDrop ? (step - 1) / 2 : step / 2 + 1
  phone.waiting = `${name} ${isDrop ? 'drop' : 'bind'} ${contact}`
  phone.text = Buffer.from(
    `${[
      'REGISTER sip:load.test SIP/2.0',
      `Via: SIP/2.0/UDP ${host};branch=z9hG4bK${callId}${step};rport`,
      'Max-Forwards: 70',
      `From: <sip:${name}@load.test>;tag=${callId}`,
      `To: <sip:${name}@load.test>`,
      `Call-ID: ${callId}`,
      `CSeq: ${step} REGISTER`,
      `Contact: <sip:${name}-${contact}@${host}>;expires=${isDrop ? 0 : 3600}`,
      'User-Agent: a phone of the load test, whose name fills the request as those of real ones do',
      'Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, NOTIFY, REFER, MESSAGE, UPDATE, INFO, PRACK',
      'Supported: path, outbound, gruu, replaces, norefersub',
      'Content-Length: 0',
    ].join('\r\n')}\r\n\r\n`,
    'latin1',
  )
  send(phone)
}

function send(phone: Phone): void {
  phone.sentAtMs = performance.now()
  socket.send(phone.text, port, '127.0.0.1')
}
