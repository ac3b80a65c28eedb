import { BoundedMap } from '../../../src/base/bounded-map.ts'
import { type Address, bracketed } from '../../../src/base/flow.ts'
import type { Agenda } from './agenda.ts'
import { faultOf } from './fault.ts'
import type { Random } from './random.ts'
import { type Dialect, type Request, viaOf, writeRequest, writeResponse } from './sip.ts'
import { type Campaign, type Fact, type Judged, type Passed, transactionKey, type Wired } from './wire.ts'

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

/** Where somebody can be reached, and until when; without a time for ever. */
export interface Binding extends Sender {
  readonly untilMs?: number
}

/** A user of ours. */
export interface Account {
  readonly user: string
  readonly password: string
  /** May call numbers abroad and premium ones. */
  readonly mayCallAbroad: boolean
  bindings: readonly Binding[]
}

/** What the edge said. */
export interface Answer {
  /** 0: forwarded; -1: no answer. */
  readonly status: number
  readonly nonce: string
  /** To tag that it gave. */
  readonly tag?: string
  /** The challenge says that the nonce was the fault, not the password. */
  readonly isStale?: boolean
}

interface Verdict extends Answer {
  readonly why: string
  readonly judged?: Judged
  readonly forwarded?: { readonly account: string; readonly toClass: string }
}

interface Dialog {
  readonly ips: readonly string[]
  readonly tags: readonly string[]
}

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
  readonly #merged = new BoundedMap<string, { readonly branch: string; readonly atMs: number }>(KEPT)

  constructor(agenda: Agenda, random: Random, tell: (wired: Wired) => void) {
    this.agenda = agenda
    this.random = random
    this.#tell = tell
  }

  /** Octets that are no request: a response, a keep-alive. */
  hear(sender: Sender, text: string, fact: Fact = {}): void {
    this.#emit(sender, text, true, fact)
  }

  /** What the edge sends by itself. @param passed when it is the final response of another one */
  say(to: Sender, text: string, passed?: Passed): void {
    this.#emit(to, text, false, {}, passed)
  }

  /** Octets that may be no message at all. @param request what they would be if they are one */
  fling(sender: Sender, request: Request, text: string): void {
    const fault = faultOf(text, sender.transport === 'udp')
    if (fault === undefined) return void this.ask(sender, request, text)
    this.#emit(sender, text, true, {})
    if (fault.isAnswered) this.#emit(sender, refusalOf(text, 400, this.random.hex(8)), false, {})
  }

  /** A request comes; what is said of it goes back at once. */
  ask(sender: Sender, request: Request, text = this.textOf(sender, request)): Answer {
    const key = `${transactionKey(request.branch, request.method)} ${sender.at.ip}`
    const before = this.#answers.get(key)
    if (before !== undefined) {
      this.#emit(sender, text, true, {})
      if (before.text !== '') this.#emit(sender, before.text, false, {})
      return before.answer
    }
    const verdict = this.#judge(sender, request)
    this.#emit(sender, text, true, factOf(verdict))
    const tag = this.random.hex(8)
    const reply = verdict.status > 0 ? this.#replyOf(sender, request, verdict, tag) : ''
    if (reply !== '') this.#emit(sender, reply, false, {})
    const isStale = verdict.why.startsWith('nonce-')
    const answer = { status: verdict.status, nonce: verdict.nonce, tag, isStale }
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

  #emit(
    { at, transport, campaign }: Sender,
    text: string,
    isInward: boolean,
    fact: Fact,
    passed?: Passed,
  ): void {
    const [from, to] = isInward ? [at, EDGE] : [EDGE, at]
    const { nowMs: atMs } = this.agenda
    this.#tell({ atMs, from, to, transport, text, campaign, isInward, fact, ...(passed && { passed }) })
  }

  #judge(sender: Sender, request: Request): Verdict {
    const { method, to, uri } = request
    const { ip } = sender.at
    const host = hostOf(uri)
    const isHere = host === DOMAIN || host === EDGE.ip
    const isOfDialog = this.#isOfDialog(request, ip)
    if (request.maxForwards === 0) return said(483, 'max-forwards-zero')
    if (!isHere && !isOfDialog && hostOf(request.from.uri) !== DOMAIN && !this.trunks.has(ip)) {
      return said(-1, 'unserved-domain')
    }
    if (method === 'ACK') return this.#acknowledged(request, ip, isOfDialog)
    if (method === 'CANCEL') {
      return this.#pending.get(request.branch) === ip ? said(200, '') : said(481, 'no-such-transaction')
    }
    if (to.tag !== undefined && method !== 'REGISTER') {
      if (isOfDialog) return passOn('', '')
      const proof = this.#proof(sender, request)
      return proof.status === 200 ? { ...proof, status: 481, why: 'dialog-not-proven' } : proof
    }
    if (this.#isMerged(request)) return said(482, 'merged-request')
    if (!uri.includes('@') && method !== 'REGISTER') {
      return method === 'OPTIONS' ? said(200, '') : said(405, 'not-for-the-server')
    }
    if (this.trunks.has(ip)) return this.#route(request, undefined)
    const proof = this.#proof(sender, request)
    if (proof.status !== 200) return proof
    return { ...this.#serve(sender, request), ...(proof.judged && { judged: proof.judged }) }
  }

  /** Who asks is known. */
  #serve(sender: Sender, request: Request): Verdict {
    const user = request.offered?.user ?? ''
    const isRegister = request.method === 'REGISTER'
    const speaksFor = isRegister ? request.to.uri : request.from.uri
    if (userOf(speaksFor) !== user) return said(403, isRegister ? 'not-your-aor' : 'from-not-yours')
    return isRegister ? this.#bind(sender, request, user) : this.#route(request, this.accounts.get(user))
  }

  /** The ACK of a final response that was no 2xx belongs to its INVITE, and goes no further. */
  #acknowledged({ branch }: Request, ip: string, isOfDialog: boolean): Verdict {
    const known = this.#answers.get(`${transactionKey(branch, 'INVITE')} ${ip}`)
    // Challenges are stateless: nobody waits for their ACK.
    if (known !== undefined && known.answer.status !== 407) return said(0, '')
    return isOfDialog ? passOn('', '') : said(-1, 'ack-without-proof')
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
    const { nowMs: atMs } = this.agenda
    // So long a transaction lives.
    if (before === undefined || atMs - before.atMs > 32_000) {
      this.#merged.set(key, { branch, atMs })
      return false
    }
    return before.branch !== branch
  }

  /** 200 with good credentials; otherwise what is said to those without. */
  #proof({ at }: Sender, { method, offered, uri }: Request): Verdict {
    if (offered === undefined) return this.#challenge(method, at.ip, 'no-credentials')
    const known = this.#nonces.get(offered.nonce)
    const account = this.accounts.get(offered.user)
    const isNonceOurs = known?.ip === at.ip
    const isGood =
      account?.password === offered.password && offered.response === undefined && offered.realm === DOMAIN
    const why =
      known === undefined
        ? 'nonce-altered'
        : !isNonceOurs
          ? 'nonce-of-other-source'
          : offered.hasNoQop === true
            ? 'qop-missing'
            : !isGood
              ? 'wrong-credentials'
              : offered.count <= known.count
                ? 'nonce-replayed'
                : offered.uri === uri
                  ? ''
                  : 'uri-mismatch'
    const { user, realm } = offered
    const judged = { isAccepted: why === '', why, user, realm, isNonceOurs }
    if (why === 'uri-mismatch') return { ...said(400, why), judged }
    if (why !== '' || known === undefined) return { ...this.#challenge(method, at.ip, why), judged }
    known.count = offered.count
    return { ...said(200, ''), judged }
  }

  #challenge(method: string, ip: string, why: string): Verdict {
    const nonce = this.random.hex(40)
    this.#nonces.set(nonce, { ip, count: 0 })
    return { status: method === 'REGISTER' ? 401 : 407, nonce, why }
  }

  #bind(sender: Sender, { contact, headers }: Request, user: string): Verdict {
    const account = this.accounts.get(user)
    if (account === undefined || contact === undefined) return said(200, '')
    if (contact.includes(`@${EDGE.ip}`)) return said(403, 'contact-points-to-us')
    if (contact.includes(`${user}@${DOMAIN}`)) return said(403, 'contact-is-aor')
    const isRemoval = contact === '*' || /expires=0/.test(contact) || headers?.some(isZeroExpires) === true
    const { nowMs } = this.agenda
    const others = account.bindings.filter(
      ({ at, untilMs = Number.POSITIVE_INFINITY }) =>
        untilMs > nowMs && (at.ip !== sender.at.ip || at.port !== sender.at.port),
    )
    if (others.length >= 10) return said(403, 'too-many-bindings')
    account.bindings = isRemoval
      ? contact === '*'
        ? []
        : others
      : [...others, { ...placeOf(sender), untilMs: nowMs + 1000 * secondsOf(headers) }]
    return said(200, '')
  }

  #route({ uri }: Request, caller: Account | undefined): Verdict {
    const user = userOf(uri)
    const isHere = hostOf(uri) === DOMAIN || hostOf(uri) === EDGE.ip
    if (!isHere) return said(403, 'no-rule-allows')
    const proven = caller === undefined ? '' : `${caller.user}@${DOMAIN}`
    const account = this.accounts.get(user)
    if (account === undefined && /^\+?\d{4,}$/.test(user)) {
      if (caller === undefined) return said(404, 'no-such-user')
      const toClass = classOf(user)
      const isDear = toClass !== 'national'
      return isDear && !caller.mayCallAbroad ? said(403, 'no-rule-allows') : passOn(proven, toClass)
    }
    if (account === undefined) return said(404, 'no-such-user')
    return account.bindings.length === 0 ? said(480, 'not-registered') : passOn(proven, '')
  }

  #replyOf(sender: Sender, request: Request, { status, nonce, why }: Verdict, toTag: string): string {
    const via = answeredVia(sender, request.branch)
    const headers: (readonly [string, string])[] = []
    const stale = why.startsWith('nonce-') ? ', stale=true' : ''
    const challenge = `Digest realm="${DOMAIN}", nonce="${nonce}", algorithm=MD5, qop="auth"${stale}`
    if (status === 401) headers.push(['WWW-Authenticate', challenge])
    if (status === 407) headers.push(['Proxy-Authenticate', challenge])
    if (status === 200 && request.method === 'REGISTER' && request.contact !== undefined) {
      const { bindings = [] } = this.accounts.get(request.offered?.user ?? '') ?? {}
      for (const { inner } of bindings)
        headers.push(['Contact', `<sip:${bracketed(inner.ip)}:${inner.port}>;expires=600`])
    }
    const parts = { vias: [via], toTag, headers }
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

function classOf(number: string): string {
  if (/^(?:\+1900|0900|00881|\+881)/.test(number)) return 'premium'
  return /^(?:\+|00|011|9011)/.test(number) ? 'international' : 'national'
}

/** Where somebody is now, though he may move later. */
export function placeOf({ at, inner, transport, dialect, campaign }: Sender): Sender {
  return { at, inner, transport, dialect, campaign }
}

function said(status: number, why: string): Verdict {
  return { status, nonce: '', why }
}

function passOn(account: string, toClass: string): Verdict {
  return { status: 0, nonce: '', why: '', forwarded: { account, toClass } }
}

function factOf({ status, why, judged, forwarded }: Verdict): Fact {
  return {
    ...(judged && { judged }),
    ...(forwarded && { forwarded }),
    ...(status > 0 && { status }),
    ...(status < 0 && { isDropped: true }),
    why,
  }
}

function secondsOf(headers: Request['headers'] = []): number {
  return Number(headers.find(([name]) => name === 'Expires')?.[1] ?? 600)
}

function isZeroExpires([name, value]: readonly [string, string]): boolean {
  return name === 'Expires' && value === '0'
}
