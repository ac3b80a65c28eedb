import { BoundedMap } from '../../../src/base/bounded-map.ts'
import type { Address } from '../../../src/base/flow.ts'
import type { Agenda } from './agenda.ts'
import type { Random } from './random.ts'
import { type Dialect, type Request, viaOf, writeRequest, writeResponse } from './sip.ts'
import type { Campaign, Wired } from './wire.ts'

export const EDGE: Address = { ip: '198.51.100.10', port: 5060 }
export const DOMAIN = 'example.test'
/** Where calls to numbers go. */
export const CARRIER: Address = { ip: '203.0.113.5', port: 5060 }

/** Who sends: address as the edge sees it, address as he knows it himself, and habits. */
export interface Sender {
  readonly at: Address
  readonly inner: Address
  readonly transport: 'udp' | 'tcp'
  readonly dialect: Dialect
  readonly campaign: Campaign | undefined
}

/** A user of ours. */
export interface Account {
  readonly user: string
  readonly password: string
  /** May call numbers abroad and premium ones. */
  readonly mayCallAbroad: boolean
  bindings: readonly Sender[]
}

/** What the edge said. */
export interface Answer {
  /** 0: forwarded; -1: no answer. */
  readonly status: number
  readonly nonce: string
}

interface Dialog {
  readonly ips: readonly string[]
  readonly tags: readonly string[]
}

const FORWARDED: Answer = { status: 0, nonce: '' }
const DROPPED: Answer = { status: -1, nonce: '' }
const KEPT = 200_000

/**
 * The truth that attacks and honest users meet: what a registrar and proxy that asks for digest answers, by the rules
 * of `src/pipeline/stages`, without its work. What it says and hears is the traffic.
 */
export class Edge {
  readonly agenda: Agenda
  readonly random: Random
  readonly accounts = new Map<string, Account>()
  /** Names of neighbours that need no password, by address. */
  readonly trunks = new Map<string, string>([[CARRIER.ip, 'carrier']])
  readonly #tell: (wired: Wired) => void
  readonly #nonces = new BoundedMap<string, { readonly ip: string; count: number }>(KEPT)
  readonly #answers = new BoundedMap<string, { readonly answer: Answer; readonly text: string }>(20_000)
  readonly #dialogs = new BoundedMap<string, Dialog>(KEPT)
  readonly #pending = new BoundedMap<string, string>(KEPT)
  readonly #merged = new BoundedMap<string, string>(KEPT)

  constructor(agenda: Agenda, random: Random, tell: (wired: Wired) => void) {
    this.agenda = agenda
    this.random = random
    this.#tell = tell
  }

  /** Octets from a sender that are no request of ours to judge. */
  hear(sender: Sender, text: string, status = -1): void {
    this.#emit(sender, text, true)
    if (status > 0) this.#emit(sender, refusalOf(text, status, this.random.hex(8)), false)
  }

  /** What the edge sends by itself. */
  say(to: Sender, text: string): void {
    this.#emit(to, text, false)
  }

  /** A request comes; what is said of it goes back at once. */
  ask(sender: Sender, request: Request, text = this.textOf(sender, request)): Answer {
    this.#emit(sender, text, true)
    const key = `${request.branch} ${request.method} ${sender.at.ip}`
    const before = this.#answers.get(key)
    if (before !== undefined) {
      if (before.text !== '') this.#emit(sender, before.text, false)
      return before.answer
    }
    const answer = this.#judge(sender, request)
    const reply = answer.status > 0 ? this.#replyOf(sender, request, answer) : ''
    if (reply !== '') this.#emit(sender, reply, false)
    this.#answers.set(key, { answer, text: reply })
    return answer
  }

  textOf(sender: Sender, request: Request): string {
    return writeRequest(request, sender.dialect, [viaOf(sender.transport, sender.inner, request.branch)])
  }

  /** From now on these parties may speak inside of the call. */
  openDialog(callId: string, ips: readonly string[], tags: readonly string[]): void {
    this.#dialogs.set(callId, { ips, tags })
  }

  closeDialog(callId: string): void {
    this.#dialogs.delete(callId)
  }

  notePending(branch: string, ip: string): void {
    this.#pending.set(branch, ip)
  }

  noteFinal(branch: string): void {
    this.#pending.delete(branch)
  }

  #emit({ at, transport, campaign }: Sender, text: string, isInward: boolean): void {
    const [from, to] = isInward ? [at, EDGE] : [EDGE, at]
    this.#tell({ atMs: this.agenda.nowMs, from, to, transport, text, campaign, isInward })
  }

  #judge(sender: Sender, request: Request): Answer {
    const { method, to, uri } = request
    const { ip } = sender.at
    const host = hostOf(uri)
    const isHere = host === DOMAIN || host === EDGE.ip
    if (request.maxForwards === 0) return said(483)
    if (!isHere && hostOf(request.from.uri) !== DOMAIN && !this.trunks.has(ip)) {
      if (!this.#isOfDialog(request, ip)) return DROPPED
    }
    if (method === 'ACK') return this.#isOfDialog(request, ip) ? FORWARDED : DROPPED
    if (method === 'CANCEL') return said(this.#pending.get(request.branch) === ip ? 200 : 481)
    if (to.tag !== undefined && method !== 'REGISTER') {
      if (this.#isOfDialog(request, ip)) return FORWARDED
      const answer = this.#proof(sender, request)
      return answer.status === 200 ? said(481) : answer
    }
    if (this.#isMerged(request)) return said(482)
    if (!uri.includes('@') && method !== 'REGISTER') return said(method === 'OPTIONS' ? 200 : 405)
    if (this.trunks.has(ip)) return this.#route(request, undefined)
    const answer = this.#proof(sender, request)
    if (answer.status !== 200) return answer
    const user = request.offered?.user ?? ''
    const speaksFor = method === 'REGISTER' ? to.uri : request.from.uri
    if (userOf(speaksFor) !== user) return said(403)
    if (method === 'REGISTER') return this.#bind(sender, request, user)
    return this.#route(request, this.accounts.get(user))
  }

  #isOfDialog({ callId, from, to }: Request, ip: string): boolean {
    const dialog = this.#dialogs.get(callId)
    if (dialog === undefined || !dialog.ips.includes(ip)) return false
    return dialog.tags.includes(from.tag ?? '') && dialog.tags.includes(to.tag ?? '')
  }

  #isMerged({ method, callId, cseq, branch, from }: Request): boolean {
    if (method !== 'INVITE') return false
    const key = `${callId} ${cseq} ${from.tag}`
    const before = this.#merged.get(key)
    if (before === undefined) this.#merged.set(key, branch)
    return before !== undefined && before !== branch
  }

  /** 200 with good credentials; otherwise what is said to those without. */
  #proof({ at }: Sender, { method, offered }: Request): Answer {
    if (offered === undefined) return this.#challenge(method, at.ip)
    const known = this.#nonces.get(offered.nonce)
    const account = this.accounts.get(offered.user)
    const isGood = account?.password === offered.password && offered.response === undefined
    if (known === undefined || known.ip !== at.ip || offered.count <= known.count) {
      return this.#challenge(method, at.ip)
    }
    if (!isGood || offered.hasNoQop === true) return this.#challenge(method, at.ip)
    known.count = offered.count
    return { status: 200, nonce: offered.nonce }
  }

  #challenge(method: string, ip: string): Answer {
    const nonce = this.random.hex(40)
    this.#nonces.set(nonce, { ip, count: 0 })
    return { status: method === 'REGISTER' ? 401 : 407, nonce }
  }

  #bind(sender: Sender, { contact, headers }: Request, user: string): Answer {
    const account = this.accounts.get(user)
    if (account === undefined || contact === undefined) return said(200)
    const isRemoval = contact === '*' || /expires=0/.test(contact) || headers?.some(isZeroExpires) === true
    const others = account.bindings.filter(
      each => each.at.ip !== sender.at.ip || each.at.port !== sender.at.port,
    )
    if (others.length >= 10) return said(403)
    account.bindings = isRemoval ? (contact === '*' ? [] : others) : [...others, sender]
    return said(200)
  }

  #route({ uri, method }: Request, caller: Account | undefined): Answer {
    const user = userOf(uri)
    if (hostOf(uri) !== DOMAIN && hostOf(uri) !== EDGE.ip) return said(403)
    if (!this.accounts.has(user) && /^\+?\d{4,}$/.test(user)) {
      if (caller === undefined) return said(404)
      const isDear = /^(\+|00|9011|011)/.test(user)
      return isDear && !caller.mayCallAbroad ? said(403) : FORWARDED
    }
    const account = this.accounts.get(user)
    if (account === undefined) return said(404)
    if (method === 'OPTIONS' && account.bindings.length === 0) return said(480)
    return account.bindings.length === 0 ? said(480) : FORWARDED
  }

  #replyOf(sender: Sender, request: Request, { status, nonce }: Answer): string {
    const via = answeredVia(sender, request.branch)
    const headers: (readonly [string, string])[] = []
    const challenge = `Digest realm="${DOMAIN}", nonce="${nonce}", algorithm=MD5, qop="auth"`
    if (status === 401) headers.push(['WWW-Authenticate', challenge])
    if (status === 407) headers.push(['Proxy-Authenticate', challenge])
    if (status === 200 && request.method === 'REGISTER' && request.contact !== undefined) {
      const { bindings = [] } = this.accounts.get(request.offered?.user ?? '') ?? {}
      for (const { inner } of bindings)
        headers.push(['Contact', `<sip:${inner.ip}:${inner.port}>;expires=600`])
    }
    const parts = { vias: [via], toTag: this.random.hex(8), headers }
    return writeResponse(request, status, parts)
  }
}

/** The Via of a sender as it comes back to him. */
export function answeredVia({ at, inner, transport }: Sender, branch: string): string {
  return `${viaOf(transport, inner, branch)}=${at.port};received=${at.ip}`
}

/** The answer to what is malformed: its lines that name the transaction, as they came. */
function refusalOf(text: string, status: number, tag: string): string {
  const lines = text.slice(0, 2000).split('\r\n')
  const copied = lines
    .filter(line => /^(?:Via|From|To|Call-ID|CSeq):/.test(line))
    .map(line => (line.startsWith('To:') && !line.includes('tag=') ? `${line};tag=${tag}` : line))
  return `SIP/2.0 ${status} Bad Request\r\n${copied.map(line => `${line}\r\n`).join('')}Content-Length: 0\r\n\r\n`
}

export function userOf(uri: string): string {
  const at = uri.indexOf('@')
  return at < 0 ? '' : uri.slice(uri.indexOf(':') + 1, at)
}

export function hostOf(uri: string): string {
  const host = uri.slice(Math.max(uri.indexOf('@'), uri.indexOf(':')) + 1)
  return /^[^:;>?]*/.exec(host)?.[0] ?? ''
}

function said(status: number): Answer {
  return { status, nonce: '' }
}

function isZeroExpires([name, value]: readonly [string, string]): boolean {
  return name === 'Expires' && value === '0'
}
