/**
 * Honest phones: they register, call one another and hang up, and repeat over UDP what is not answered, as RFC 3261 says.
 * A program of its own, in the network namespace of the phones: `node phones.ts PLAN`, the plan as JSON. Prints one JSON
 * line an event, and ends its calls when standard input ends.
 */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { type Challenge, challengeOf, credentials, responseTo, rowsOf, token, uriOf } from './sip-text.ts'

/** What the phones do. */
export interface PhonesPlan {
  readonly target: { readonly ip: string; readonly port: number }
  readonly realm: string
  /** Number of the first user: `u00000`. */
  readonly first: number
  /** Phones with an address each, from `base` on, port 5060. */
  readonly apart: number
  /** Phones behind one address, after those. */
  readonly together: number
  /** First three numbers of the addresses: `10.20` stands for 10.20.0.1 and on; together they are at `10.20.255.1`. */
  readonly base: string
  /** First registrations a second. */
  readonly startPerSecond: number
  readonly callsPerSecond: number
  readonly registersPerSecond: number
  readonly holdMs: number
  /** One phone takes part in every call, by turns as caller and as called. */
  readonly isStar: boolean
}

/** One line that is printed. */
export type PhoneEvent =
  | { readonly event: 'ready'; readonly atMs: number; readonly registered: number; readonly failed: number }
  | {
      readonly event: 'call' | 'register'
      /** When it began, ms since 1970. */
      readonly atMs: number
      /** Until it was answered 200; -1: never. */
      readonly tookMs: number
      /** '' when all of it went well. */
      readonly why: string
    }

interface Phone {
  readonly user: string
  readonly ip: string
  readonly port: number
  readonly socket: Socket
  challenge: Challenge | undefined
}

interface Pending {
  readonly phone: Phone
  readonly text: string
  readonly isInvite: boolean
  readonly ended: (answer: string | undefined) => void
  timer: NodeJS.Timeout | undefined
  limit: NodeJS.Timeout
}

const T1_MS = 500
const T2_MS = 4000
const LIMIT_MS = 32_000
const TICK_MS = 20

const plan: PhonesPlan = JSON.parse(process.argv[2] ?? '{}')
const pending = new Map<string, Pending>()
/** ACKs of our callers, by Call-ID, for a 200 that comes again. */
const acks = new Map<string, string>()
/** Answers of those who were called, by Call-ID: the last one, and how it is repeated. */
const answered = new Map<string, { text: string; timer: NodeJS.Timeout | undefined }>()
let running = 0
let isOver = false

const phones = await Promise.all(Array.from({ length: plan.apart + plan.together }, (_, n) => makePhone(n)))
const told = await registerAll()
say({ event: 'ready', atMs: Date.now(), ...told })
const stopCalls = steadily(plan.callsPerSecond, n => void call(n))
const stopRegisters = steadily(plan.registersPerSecond, n => {
  const phone = phones[n % phones.length]
  if (phone !== undefined) void registration(phone)
})
process.stdin.resume()
await once(process.stdin, 'end')
isOver = true
stopCalls()
stopRegisters()
while (running > 0) await new Promise(resolve => setTimeout(resolve, 50))
process.exit(0)

async function makePhone(n: number): Promise<Phone> {
  const isApart = n < plan.apart
  const ip = isApart ? `${plan.base}.${Math.floor(n / 250)}.${1 + (n % 250)}` : `${plan.base}.255.1`
  const port = isApart ? 5060 : 10_000 + n
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 })
  socket.bind(port, ip)
  await once(socket, 'listening')
  const phone: Phone = {
    user: `u${String(plan.first + n).padStart(5, '0')}`,
    ...{ ip, port, socket, challenge: undefined },
  }
  socket.on('message', bytes => heard(phone, bytes.toString('latin1')))
  socket.on('error', () => {})
  return phone
}

async function registerAll(): Promise<{ registered: number; failed: number }> {
  let registered = 0
  const all: Promise<void>[] = []
  const stop = steadily(plan.startPerSecond, n => {
    const phone = phones[n]
    if (phone === undefined) return
    all.push(
      registration(phone).then(isDone => {
        if (isDone) registered += 1
      }),
    )
  })
  while (all.length < phones.length) await new Promise(resolve => setTimeout(resolve, TICK_MS))
  stop()
  await Promise.all(all)
  return { registered, failed: phones.length - registered }
}

/** Does something so many times a second, evenly. */
function steadily(perSecond: number, act: (n: number) => void): () => void {
  const beganMs = performance.now()
  let done = 0
  const timer = setInterval(() => {
    const due = ((performance.now() - beganMs) * perSecond) / 1000
    while (done < due) {
      act(done)
      done += 1
    }
  }, TICK_MS)
  return () => clearInterval(timer)
}

async function registration(phone: Phone): Promise<boolean> {
  const atMs = Date.now()
  running += 1
  const uri = `sip:${plan.realm}`
  const aor = `sip:${phone.user}@${plan.realm}`
  const answer = await authenticated(phone, 'REGISTER', uri, [
    `From: <${aor}>;tag=${token()}`,
    `To: <${aor}>`,
    `Call-ID: ${token()}`,
    `Contact: <sip:${phone.user}@${phone.ip}:${phone.port}>`,
    'Expires: 3600',
  ])
  running -= 1
  const isDone = statusOf(answer) === 200
  const tookMs = isDone ? Date.now() - atMs : -1
  say({ event: 'register', atMs, tookMs, why: isDone ? '' : whyOf('REGISTER', answer) })
  return isDone
}

async function call(n: number): Promise<void> {
  const other = phones[1 + (n % (phones.length - 1))]
  const one = phones[plan.isStar ? 0 : (1 + n + Math.floor(phones.length / 2)) % phones.length]
  const [caller, called] = plan.isStar && n % 2 === 1 ? [other, one] : [one, other]
  if (caller === undefined || called === undefined || caller === called || isOver) return
  const atMs = Date.now()
  running += 1
  let tookMs = -1
  const why = await talk(caller, called, () => {
    tookMs = Date.now() - atMs
  })
  running -= 1
  say({ event: 'call', atMs, tookMs, why })
}

/** A whole call. @returns '' or why it failed */
async function talk(caller: Phone, called: Phone, isUp: () => void): Promise<string> {
  const callId = token()
  const from = `From: <sip:${caller.user}@${plan.realm}>;tag=${token()}`
  const aor = `sip:${called.user}@${plan.realm}`
  const contact = `Contact: <sip:${caller.user}@${caller.ip}:${caller.port}>`
  const lines = [from, `To: <${aor}>`, `Call-ID: ${callId}`, contact]
  const answer = await authenticated(caller, 'INVITE', aor, lines)
  if (answer === undefined || statusOf(answer) !== 200) return whyOf('INVITE', answer)
  isUp()
  const [to = '', [remote = '']] = [rowsOf(answer, 'To')[0], rowsOf(answer, 'Contact')]
  const routes = rowsOf(answer, 'Record-Route').flatMap(row => row.split(/,(?=\s*<)/))
  const route = routes.toReversed().map(each => `Route: ${each.trim()}`)
  const inside = [...route, from, `To: ${to}`, `Call-ID: ${callId}`]
  const number = Number(/^\d+/.exec(rowsOf(answer, 'CSeq')[0] ?? '')?.[0] ?? 1)
  const ack = request(caller, 'ACK', uriOf(remote), number, inside).text
  acks.set(callId, ack)
  transmit(caller, ack)
  await new Promise(resolve => setTimeout(resolve, isOver ? 0 : plan.holdMs))
  const { text, branch } = request(caller, 'BYE', uriOf(remote), number + 1, inside)
  const bye = await transaction(caller, text, branch, false)
  acks.delete(callId)
  return statusOf(bye) === 200 ? '' : whyOf('BYE', bye)
}

/** A request outside of a dialog that proves who asks, when that is asked for. */
async function authenticated(
  phone: Phone,
  method: string,
  uri: string,
  lines: readonly string[],
): Promise<string | undefined> {
  let answer: string | undefined
  for (let number = 1; number <= 3; number += 1) {
    const { challenge } = phone
    const proof = challenge === undefined ? [] : [proofOf(phone, challenge, method, uri)]
    const { text, branch } = request(phone, method, uri, number, [...lines, ...proof])
    answer = await transaction(phone, text, branch, method === 'INVITE')
    const status = statusOf(answer)
    if (answer === undefined || (status !== 401 && status !== 407)) return answer
    phone.challenge = challengeOf(answer)
    if (phone.challenge === undefined) return answer
  }
  return answer
}

function proofOf(phone: Phone, challenge: Challenge, method: string, uri: string): string {
  // One nonce serves REGISTER and INVITE, which are asked for it by other fields.
  challenge.uses = Math.max(challenge.uses, 0)
  const asked: Challenge = { ...challenge, isProxy: method !== 'REGISTER' }
  const field = credentials(asked, phone.user, `pw-${phone.user}-bench`, method, uri)
  challenge.uses = asked.uses
  return field
}

function request(
  phone: Phone,
  method: string,
  uri: string,
  number: number,
  lines: readonly string[],
): { readonly text: string; readonly branch: string } {
  const branch = `z9hG4bK${token()}`
  const head = [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/UDP ${phone.ip}:${phone.port};branch=${branch};rport`,
    'Max-Forwards: 70',
  ]
  const text = `${[...head, ...lines, `CSeq: ${number} ${method}`, 'Content-Length: 0'].join('\r\n')}\r\n\r\n`
  return { text, branch }
}

/** RFC 3261 §17.1: sent again until it is answered, for 32 s. @returns the final answer */
function transaction(
  phone: Phone,
  text: string,
  branch: string,
  isInvite: boolean,
): Promise<string | undefined> {
  return new Promise(resolve => {
    const ended = (answer: string | undefined): void => {
      clearTimeout(one.timer)
      clearTimeout(one.limit)
      pending.delete(branch)
      resolve(answer)
    }
    const one: Pending = {
      ...{ phone, text, isInvite, ended, timer: undefined },
      limit: setTimeout(() => ended(undefined), LIMIT_MS),
    }
    pending.set(branch, one)
    transmit(phone, text)
    repeat(one, T1_MS)
  })
}

function repeat(one: Pending, afterMs: number): void {
  one.timer = setTimeout(() => {
    transmit(one.phone, one.text)
    repeat(one, one.isInvite ? afterMs * 2 : Math.min(T2_MS, afterMs * 2))
  }, afterMs)
}

function heard(phone: Phone, text: string): void {
  if (text.startsWith('SIP/2.0 ')) responseCame(phone, text)
  else requestCame(phone, text)
}

function responseCame(phone: Phone, text: string): void {
  const [via = ''] = rowsOf(text, 'Via')
  const branch = /;branch=([^;, ]+)/.exec(via)?.[1] ?? ''
  const one = pending.get(branch)
  const status = statusOf(text)
  const [callId = ''] = rowsOf(text, 'Call-ID')
  if (one === undefined) {
    const ack = acks.get(callId)
    if (status === 200 && ack !== undefined && /INVITE/.test(rowsOf(text, 'CSeq')[0] ?? ''))
      transmit(phone, ack)
    return
  }
  if (status < 200) {
    if (one.isInvite) clearTimeout(one.timer)
    return
  }
  if (one.isInvite && status >= 300) transmit(phone, ackOf(one.text, text))
  one.ended(text)
}

/** RFC 3261 §17.1.1.3. */
function ackOf(invite: string, answer: string): string {
  const row = (name: string): string => `${name}: ${rowsOf(invite, name)[0] ?? ''}`
  const uri = invite.slice(7, invite.indexOf(' SIP/2.0'))
  const number = rowsOf(invite, 'CSeq')[0]?.split(' ')[0] ?? '1'
  const lines = [
    `ACK ${uri} SIP/2.0`,
    row('Via'),
    'Max-Forwards: 70',
    row('From'),
    `To: ${rowsOf(answer, 'To')[0]}`,
  ]
  return `${[...lines, row('Call-ID'), `CSeq: ${number} ACK`, 'Content-Length: 0'].join('\r\n')}\r\n\r\n`
}

function requestCame(phone: Phone, text: string): void {
  const method = text.slice(0, text.indexOf(' '))
  const [callId = ''] = rowsOf(text, 'Call-ID')
  const known = answered.get(callId)
  if (method === 'ACK') {
    clearTimeout(known?.timer)
    return
  }
  if (method !== 'INVITE') {
    transmit(phone, responseTo(text, '200 OK', token(), []))
    if (method !== 'BYE' || known === undefined) return
    clearTimeout(known.timer)
    // Kept for what is repeated.
    setTimeout(() => answered.delete(callId), LIMIT_MS).unref()
    return
  }
  if (known !== undefined) return transmit(phone, known.text)
  const tag = token()
  const contact = `Contact: <sip:${phone.user}@${phone.ip}:${phone.port}>`
  transmit(phone, responseTo(text, '180 Ringing', tag, [contact]))
  const answer = { text: responseTo(text, '200 OK', tag, [contact]), timer: undefined }
  answered.set(callId, answer)
  transmit(phone, answer.text)
  answerAgain(phone, answer, T1_MS, performance.now())
}

/** RFC 3261 §13.3.1.4. */
function answerAgain(
  phone: Phone,
  answer: { readonly text: string; timer: NodeJS.Timeout | undefined },
  afterMs: number,
  beganMs: number,
): void {
  answer.timer = setTimeout(() => {
    if (performance.now() - beganMs > LIMIT_MS) return
    transmit(phone, answer.text)
    answerAgain(phone, answer, Math.min(T2_MS, afterMs * 2), beganMs)
  }, afterMs)
  answer.timer.unref()
}

function transmit(phone: Phone, text: string): void {
  phone.socket.send(Buffer.from(text, 'latin1'), plan.target.port, plan.target.ip, () => {})
}

function statusOf(answer: string | undefined): number {
  return answer === undefined ? 0 : Number(answer.slice(8, 11))
}

function whyOf(method: string, answer: string | undefined): string {
  return answer === undefined
    ? `${method}: no answer`
    : `${method}: ${answer.slice(8, answer.indexOf('\r\n'))}`
}

function say(event: PhoneEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`)
}
