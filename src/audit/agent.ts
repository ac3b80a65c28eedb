import { type Challenge, challengesOf, credentials, type Proving } from './digest.ts'
import type { Heard } from './heard.ts'
import type { Line } from './line/line.ts'
import { hostPort } from './line/place.ts'
import { type Saying, type Speaker, say, token } from './saying.ts'
import type { Account } from './target.ts'

/** RFC 3261 §17.1.1.1: what is lost on UDP is said again after that time, doubled each time. */
const T1_MS = 500

/** What came back for a request. */
export interface Answer {
  /** The text that was sent last. */
  readonly sent: string
  /** Nothing when no final response came in time. */
  readonly final: Heard | undefined
  /** Of the final response; 0 when none came. */
  readonly status: number
  /** The challenge that was answered before, if there was one. */
  readonly challenged?: Heard
}

/** How long an agent waits, and how it holds to the manners of the audit. */
export interface AgentPace {
  readonly answerMs: number
  /** Waits until the next message may go. */
  turn(): Promise<void>
}

/** Somebody on a line: a user with an account, or a stranger without one. It says whatever it is told to say. */
export class Agent implements Speaker {
  readonly name: string
  readonly line: Line
  readonly account: Account | undefined
  readonly domain: string
  readonly aor: string
  readonly contact: string
  readonly #pace: AgentPace

  constructor(name: string, line: Line, domain: string, account: Account | undefined, pace: AgentPace) {
    this.name = name
    this.line = line
    this.account = account
    this.domain = domain
    this.aor = `sip:${account?.user ?? name}@${domain}`
    const isWebSocket = line.transport === 'WS' || line.transport === 'WSS'
    const transport = line.transport === 'UDP' ? '' : `;transport=${line.transport.toLowerCase()}`
    const host = isWebSocket ? (line.sentBy.split(' ')[1] ?? '') : hostPort(line.local)
    this.contact = `sip:${account?.user ?? name}@${host}${isWebSocket ? ';transport=ws' : transport}`
    this.#pace = pace
  }

  get sentBy(): string {
    return this.line.sentBy
  }

  /** The text that `ask` would send. */
  text(saying: Saying): string {
    return say(this, saying)
  }

  /** Sends a request, again while nothing comes over UDP, and waits for its final response; acknowledges a refused INVITE. */
  async ask(asked: Saying | string, withinMs = this.#pace.answerMs): Promise<Answer> {
    const sent = typeof asked === 'string' ? asked : say(this, asked)
    await this.#pace.turn()
    this.line.send(sent)
    const [branch, method] = [branchOf(sent), sequenced(sent)]
    // An INVITE and its CANCEL share the branch; the method tells their responses apart (RFC 3261 §17.1.3).
    const isAnswer = (heard: Heard): boolean => {
      if (heard.status === 0 || branchOf(heard.text) !== branch) return false
      const answered = sequenced(heard.text)
      return method === '' || answered === '' || answered === method
    }
    const until = performance.now() + withinMs
    let interval = T1_MS
    let isHeard = this.line.transport !== 'UDP'
    for (;;) {
      const left = until - performance.now()
      if (left <= 0) return { sent, final: undefined, status: 0 }
      const isLast = isHeard || left <= interval
      const heard = await this.line.next(isAnswer, isLast ? left : interval)
      if (heard === undefined) {
        if (isLast || this.line.isClosed) return { sent, final: undefined, status: 0 }
        this.line.send(sent)
        interval *= 2
      } else if (heard.status >= 200) {
        if (sent.startsWith('INVITE ') && heard.status >= 300) this.line.send(ackOfRefusal(sent, heard))
        return { sent, final: heard, status: heard.status }
      } else isHeard = true
    }
  }

  /** The same, and answers a challenge with the account's password. */
  async askProved(saying: Saying, withinMs?: number): Promise<Answer> {
    const whole = { callId: token(), fromTag: token(), cseq: 1, ...saying }
    const first = await this.ask(whole, withinMs)
    if (first.final === undefined || (first.status !== 401 && first.status !== 407)) return first
    const proof = this.proof(first.final, whole)
    if (proof === undefined) return first
    const again = { ...whole, cseq: whole.cseq + 1, lines: [...(whole.lines ?? []), proof] }
    return { ...(await this.ask(again, withinMs)), challenged: first.final }
  }

  /** The line that answers the challenge of a response; nothing without a challenge or an account. */
  proof(challenged: Heard, saying: Saying, lies: Partial<Proving> = {}): string | undefined {
    const challenge = this.challenge(challenged)
    if (challenge === undefined || this.account === undefined) return undefined
    const { user, authUser = user, password } = this.account
    const { method, uri, body } = saying
    return credentials(challenge, {
      user: authUser,
      password,
      method,
      uri,
      ...(body ? { body } : {}),
      ...lies,
    })
  }

  /** The first challenge that this agent understands. */
  challenge(challenged: Heard): Challenge | undefined {
    return challengesOf(challenged).find(each =>
      /^(?:md5|sha-256|sha-512-256)(?:-sess)?$/i.test(each.algorithm),
    )
  }

  /** REGISTER of its contact. @param expires in seconds; 0 removes it */
  register(expires = 300, contact = this.contact): Promise<Answer> {
    const uri = `sip:${this.domain}`
    return this.askProved({ method: 'REGISTER', uri, to: this.aor, contact, lines: [`Expires: ${expires}`] })
  }

  /** Contacts of its address-of-record as the registrar says; nothing when it says none. */
  async bindings(): Promise<readonly string[] | undefined> {
    const asked = { method: 'REGISTER', uri: `sip:${this.domain}`, to: this.aor, contact: false } as const
    const { final, status } = await this.askProved(asked)
    if (final === undefined || status !== 200) return undefined
    return final.all('Contact').flatMap(row => [...row.matchAll(/<([^>]*)>/g)].map(([, uri = '']) => uri))
  }

  /** The next request of that method that comes here. */
  request(method: string, withinMs: number = this.#pace.answerMs): Promise<Heard | undefined> {
    return this.line.next(heard => heard.method === method, withinMs)
  }

  /** Answers a request. @param lines further ones @param body a session description */
  respond(request: Heard, status: number, more: Responding = {}): void {
    this.line.send(responseTo(request, status, { contact: this.contact, ...more }))
  }
}

/** What a response says beyond what the request gave. */
export interface Responding {
  readonly toTag?: string
  /** URI, or none. */
  readonly contact?: string | false
  readonly lines?: readonly string[]
  readonly body?: string
}

/** The text of a response (RFC 3261 §8.2.6). */
export function responseTo(
  request: Heard,
  status: number,
  { toTag, contact, lines = [], body = '' }: Responding,
): string {
  const to = request.header('To')
  const tag = toTag === undefined || request.parameter('To', 'tag') !== '' ? '' : `;tag=${toTag}`
  return [
    `SIP/2.0 ${status} ${REASONS.get(status) ?? 'Response'}`,
    ...request.all('Via').map(via => `Via: ${via}`),
    ...request.all('Record-Route').map(route => `Record-Route: ${route}`),
    `From: ${request.header('From')}`,
    `To: ${to}${tag}`,
    `Call-ID: ${request.callId}`,
    `CSeq: ${request.header('CSeq')}`,
    ...(typeof contact === 'string' ? [`Contact: <${contact}>`] : []),
    ...lines,
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n')
}

const REASONS: ReadonlyMap<number, string> = new Map([
  [180, 'Ringing'],
  [200, 'OK'],
  [301, 'Moved Permanently'],
  [302, 'Moved Temporarily'],
  [401, 'Unauthorized'],
  [407, 'Proxy Authentication Required'],
  [481, 'Call/Transaction Does Not Exist'],
  [486, 'Busy Here'],
  [487, 'Request Terminated'],
  [603, 'Decline'],
])

/** Of the topmost Via. */
export function branchOf(text: string): string {
  return /^(?:via|v)[ \t]*:[^\r\n]*?;[ \t]*branch=([^;,\s]*)/im.exec(text)?.[1] ?? ''
}

/** The method in CSeq; empty where none can be read. */
function sequenced(text: string): string {
  return /^cseq[ \t]*:[ \t]*[0-9]+[ \t]+([^\s]+)/im.exec(text)?.[1] ?? ''
}

/** The ACK of a refused INVITE: its transaction's own (RFC 3261 §17.1.1.3). */
export function ackOfRefusal(invite: string, refused: Heard): string {
  const lines = invite.split('\r\n')
  const row = (name: string): string[] => lines.filter(line => line.toLowerCase().startsWith(`${name}:`))
  return [
    (lines[0] ?? '').replace('INVITE', 'ACK'),
    ...row('via').slice(0, 1),
    'Max-Forwards: 70',
    ...row('route'),
    ...row('from'),
    `To: ${refused.header('To')}`,
    ...row('call-id'),
    `CSeq: ${Number.parseInt(row('cseq')[0]?.slice(5) ?? '1', 10)} ACK`,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n')
}
