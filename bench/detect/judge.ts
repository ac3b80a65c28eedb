import { createHash } from 'node:crypto'
import { BoundedMap } from '../../src/base/bounded-map.ts'
import type { Detector } from '../../src/detect/detector.ts'
import { DETECTORS } from '../../src/detect/detectors.ts'
import { type DetectorSettings, Engine } from '../../src/detect/engine.ts'
import type { Finding } from '../../src/detect/finding.ts'
import { Observer, type Where } from '../../src/detect/observer.ts'
import { checkMessage } from '../../src/sip/message/check.ts'
import type { SipMessage, SipRequest, SipResponse } from '../../src/sip/message/message.ts'
import { parseMessage } from '../../src/sip/message/parse.ts'
import { CARRIER } from './traffic/edge.ts'
import { transactionKey, WALL_MS, type Wired } from './traffic/wire.ts'

/** What is set for detectors by id; undefined: the defaults. */
export type Settings = Readonly<Record<string, DetectorSettings | undefined>>

export interface JudgeOptions {
  readonly settings?: Settings
  readonly detectors?: readonly Detector[]
  readonly onFinding?: (finding: Finding) => void
  readonly onLogin?: (ip: string, account: string, nowMs: number) => void
}

/** A sighting that is ready to be told; parsing is not the detectors' work. */
export interface Heard {
  readonly wired: Wired
  readonly message: SipMessage | undefined
  readonly refusal: string
}

/** All detectors at the simulated edge: told what a sensor in the server would tell them. */
export class Judge {
  readonly findings: Finding[] = []
  readonly engine: Engine
  readonly observer: Observer
  readonly #waiting = new BoundedMap<string, { readonly request: SipRequest; readonly ip: string }>(50_000)
  readonly #where: Where
  readonly #options: JudgeOptions

  constructor(options: JudgeOptions = {}) {
    this.#options = options
    this.engine = new Engine({
      detectors: options.detectors ?? DETECTORS,
      settings: options.settings ?? {},
      known: { trunkOf: ip => (ip === CARRIER.ip ? 'carrier' : undefined), isAllowed: () => false },
      hashKey: new Uint8Array(16),
      wallMs: atMs => WALL_MS + atMs,
      onFinding: finding => {
        this.findings.push(finding)
        options.onFinding?.(finding)
      },
      onDisabled: (id, error) => {
        throw new Error(`the detector ${id} threw`, { cause: error })
      },
    })
    this.observer = new Observer(this.engine)
    this.#where = { atMs: 0, source: this.engine.sourceOf(CARRIER.ip), transport: 'udp' }
  }

  /** One message of the wire. */
  see(wired: Wired): void {
    this.tell(heard(wired))
  }

  /** The same, already read. */
  tell({ wired, message, refusal }: Heard): void {
    const { passed, isInward, text } = wired
    const where = this.#at(wired)
    if (!isInward) {
      if (passed !== undefined) this.#passed(where, passed.request, passed.status)
      return
    }
    if (text === '\r\n\r\n') return
    if (message === undefined) return this.observer.malformed(where, text, refusal)
    if (message.kind === 'response') return this.#response(where, message, wired)
    this.#request(where, message, wired)
  }

  /** The clock goes on, in steps of a quarter of a second as in a server. */
  rest(nowMs: number): void {
    this.observer.advance(nowMs)
  }

  #request(where: Where, request: SipRequest, { fact, from, transport }: Wired): void {
    this.observer.request(where, request)
    if (fact.judged !== undefined) {
      this.observer.credentials(where, request, fact.judged)
      if (fact.judged.isAccepted) {
        this.#options.onLogin?.(where.source.ip, `${fact.judged.user}@${fact.judged.realm}`, where.atMs)
      }
    }
    if (transport === 'tcp') this.engine.sourceOf(from.ip).isProved = true
    if (fact.isDropped === true) return this.observer.drop(where, request, fact.why ?? '')
    if (fact.status !== undefined) {
      return this.observer.answer(where, request, fact.status, fact.why ?? '', true)
    }
    if (fact.forwarded === undefined) return
    if (request.method === 'INVITE') {
      this.observer.forwarded(where, request, fact.forwarded.account, fact.forwarded.toClass)
    }
    const branch = branchOf(request.text)
    this.#waiting.set(transactionKey(branch, request.method), { request, ip: from.ip })
  }

  #response(where: Where, message: SipResponse, { fact }: Wired): void {
    if (fact.isFromAnother === true) {
      const doubt = 'response-from-another-source' as const
      this.observer.see({ kind: 'doubt', ...where, doubt, message, account: '' })
    }
    this.observer.response(where, message, fact.isStray === true)
  }

  #passed(where: Where, key: string, status: number): void {
    const waiting = this.#waiting.get(key)
    if (waiting === undefined) return
    this.#waiting.delete(key)
    where.source = this.engine.sourceOf(waiting.ip)
    this.observer.answer(where, waiting.request, status, '', false)
  }

  #at({ atMs, from, to, transport, isInward }: Wired): Where {
    const where = this.#where
    where.atMs = atMs
    where.source = this.engine.sourceOf(isInward ? from.ip : to.ip)
    where.transport = transport
    return where
  }
}

/** Reads a message as the server does. */
export function heard(wired: Wired): Heard {
  if (!wired.isInward || wired.text === '\r\n\r\n') return { wired, message: undefined, refusal: '' }
  const parsed = parseMessage(wired.text, wired.transport === 'udp')
  if (!parsed.ok) return { wired, message: undefined, refusal: parsed.error.refusal }
  const message: SipRequest | SipResponse = parsed.value
  const refusal = checkMessage(message)
  return refusal === undefined
    ? { wired, message, refusal: '' }
    : { wired, message: undefined, refusal: refusal.refusal }
}

/** A fingerprint of a list of findings. */
export function hashOfFindings(findings: readonly Finding[]): string {
  const hash = createHash('sha256')
  for (const finding of findings) hash.update(`${JSON.stringify(finding)}\n`)
  return hash.digest('hex').slice(0, 16)
}

function branchOf(text: string): string {
  const at = text.indexOf('branch=')
  return /^[^;\s,]*/.exec(text.slice(at + 7, at + 400))?.[0] ?? ''
}
