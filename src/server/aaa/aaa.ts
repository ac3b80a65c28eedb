import { randomUUID } from 'node:crypto'
import { BoundedMap } from '../../base/bounded-map.ts'
import type { Deadlines } from '../../base/deadlines.ts'
import { LIMITS } from '../../base/limits.ts'
import type { LocationAnswer } from '../../mechanisms/aaa/diameter/index.ts'
import type { AccountingFacts } from '../../mechanisms/aaa/radius/index.ts'
import type { OutsideAnswer, OutsideQuestion } from '../../mechanisms/digest/index.ts'
import type { DiameterTls } from '../../net/diameter-stream.ts'
import { ownAor } from '../../pipeline/own-aor.ts'
import type { RequestContext, Verdict } from '../../pipeline/stage.ts'
import type { CredentialStore } from '../../store/credentials.ts'
import type { LocationStore } from '../../store/location.ts'
import type { AaaConfig, RadiusConfig } from '../config/aaa.ts'
import { AccountingQueue } from './accounting-queue.ts'
import { CallAccounts } from './call-accounts.ts'
import { DiameterAaa } from './diameter.ts'
import type { DiameterEvents } from './diameter-events.ts'
import type { AaaEvents } from './events.ts'
import { type GrantGround, grantOf } from './grant.ts'
import { localSource } from './local-source.ts'
import { type ConnectedRadius, connectRadius, type RadiusCredentials } from './radius-links.ts'
import { radiusSource } from './radius-source.ts'
import type { CredentialSource } from './source.ts'
import { CredentialSources } from './sources.ts'

/** What the core asks of AAA. */
export interface AaaPort {
  /** Whether somebody beyond this process is asked: hidden user names (userhash) are then not offered. */
  readonly isRemote: boolean
  /** MD5 may be offered to users of AAA servers; `only`: their servers know nothing else. */
  readonly md5: 'no' | 'too' | 'only'
  ask(question: OutsideQuestion, context: RequestContext): OutsideAnswer | Promise<OutsideAnswer>
  /** Whether a server let somebody in as this address-of-record lately. */
  knows(aor: string): boolean
  /** Carries a REGISTER through whose user is proven; servers are asked before, where they want to be. */
  registering(
    context: RequestContext,
    register: (context: RequestContext) => Verdict | Promise<Verdict>,
  ): Verdict | Promise<Verdict>
  /** Whether servers know where users are who are not registered here. */
  readonly locates: boolean
  /** Where such a user is. */
  whereIs(aor: string): Promise<LocationAnswer>
  /** @param dialog names it among all; the same when it ends */
  callBegan(dialog: string, context: RequestContext): void
  callEnded(dialog: string): void
}

/** What AAA stands on. */
export interface AaaParts {
  readonly deadlines: Deadlines
  readonly nowMs: () => number
  readonly wallMs: () => number
  readonly environment: NodeJS.ProcessEnv
  readonly credentials: CredentialStore
  readonly location: LocationStore
  readonly events: AaaEvents
  readonly diameterEvents: DiameterEvents
  /** Number of this process among those that serve the same addresses. */
  readonly worker: number | undefined
  /** Takes a record that no server will get. */
  readonly lost: (facts: AccountingFacts) => void
}

/** What a configuration says beside `aaa` itself. */
export interface AaaSurroundings {
  readonly radiusCredentials: (config: RadiusConfig) => RadiusCredentials
  /** Undefined when no peer is reached by TLS. */
  readonly diameterTls: () => DiameterTls | undefined
  readonly servedDomain: GrantGround['servedDomain']
}

/** How long the last records are waited for when the server stops. */
const FLUSH_MS = 3000
const FLUSH_POLL_MS = 20

/** AAA of a running server. What is known of calls and users lives on over a reload; sources are made anew. */
export class Aaa implements AaaPort {
  readonly #parts: AaaParts
  readonly #accounts: CallAccounts
  readonly #known = new BoundedMap<string, true>(LIMITS.maxAaaHashes)
  readonly #diameter: DiameterAaa
  #surroundings: AaaSurroundings
  #queue: AccountingQueue | undefined
  #opened: Opened

  /** @throws AspisError when a secret or certificate cannot be read */
  constructor(config: AaaConfig, surroundings: AaaSurroundings, parts: AaaParts) {
    this.#parts = parts
    this.#surroundings = surroundings
    const { deadlines, nowMs, wallMs } = parts
    this.#diameter = new DiameterAaa({
      ...parts,
      events: parts.diameterEvents,
      ground: () => this.#ground(),
      forget: user => this.#opened.sources.forget(user),
    })
    this.#accounts = new CallAccounts({ deadlines, nowMs, wallMs, sessionId: randomUUID })
    this.#opened = this.#open(config, surroundings)
    this.#useAccounting()
    parts.events.read({
      serversUp: () => [
        ...(this.#opened.radius?.serversUp() ?? []),
        ...(this.#opened.accounting?.serversUp() ?? []).map(
          ([label, up]) => [`${label} accounting`, up] as const,
        ),
      ],
      questionsWaiting: () => this.#opened.radius?.client.waiting ?? 0,
      recordsWaiting: () => this.#queue?.size ?? 0,
    })
  }

  get isRemote(): boolean {
    return this.#opened.isRemote
  }

  get md5(): AaaPort['md5'] {
    return this.#opened.md5
  }

  /**
   * Takes over a configuration; questions under way end with the old one.
   * @throws AspisError when it cannot be taken over; the old one then stays
   */
  reload(config: AaaConfig, surroundings: AaaSurroundings): void {
    const before = this.#opened
    this.#opened = this.#open(config, surroundings)
    this.#surroundings = surroundings
    this.#useAccounting()
    const { deadlines, nowMs } = this.#parts
    deadlines.set(nowMs(), before.longestMs, () => before.close())
  }

  ask(
    question: OutsideQuestion,
    { request, flow, ports }: RequestContext,
  ): OutsideAnswer | Promise<OutsideAnswer> {
    const { query } = question
    const speaksFor = request.method === 'REGISTER' ? request.to : request.from
    return this.#opened.sources.ask({
      ...question,
      user: query !== undefined && 'username' in query ? query.username : '',
      aor: ownAor(speaksFor.uri, ports),
      requestUri: request.requestUri,
      source: { ip: flow.remote.ip, port: flow.remote.port, transport: flow.transport },
    })
  }

  knows(aor: string): boolean {
    return this.#known.get(aor) === true || this.#diameter.knows(aor)
  }

  get locates(): boolean {
    return this.#diameter.locates
  }

  registering(
    context: RequestContext,
    register: (context: RequestContext) => Verdict | Promise<Verdict>,
  ): Verdict | Promise<Verdict> {
    return this.#diameter.registering(context, register)
  }

  whereIs(aor: string): Promise<LocationAnswer> {
    return this.#diameter.whereIs(aor)
  }

  callBegan(token: string, context: RequestContext): void {
    this.#accounts.began(token, context)
  }

  callEnded(token: string): void {
    this.#accounts.ended(token)
  }

  /** Sends the last records, waits a little for their acknowledgement, and lets everything go. */
  async close(): Promise<void> {
    this.#accounts.close()
    const untilMs = this.#parts.nowMs() + FLUSH_MS
    while ((this.#queue?.size ?? 0) > 0 && this.#parts.nowMs() < untilMs)
      await new Promise(resolve => setTimeout(resolve, FLUSH_POLL_MS))
    this.#queue?.close()
    this.#opened.close()
    await this.#diameter.close()
  }

  #useAccounting(): void {
    const { accounting, interimMs } = this.#opened
    if (accounting === undefined) return this.#accounts.use(undefined, 0)
    const { deadlines, nowMs, wallMs, events } = this.#parts
    this.#queue ??= new AccountingQueue({
      client: {
        ask: (code, attributes, done) => {
          const client = this.#opened.accounting?.client
          if (client === undefined) done({ kind: 'unanswered', why: 'no-server' })
          else client.ask(code, attributes, done)
        },
      },
      deadlines,
      nowMs,
      wallMs,
      lost: this.#parts.lost,
      acknowledged: () => events.records.add('acknowledged'),
    })
    this.#accounts.use(this.#queue, interimMs)
  }

  #open(config: AaaConfig, surroundings: AaaSurroundings): Opened {
    const { events, nowMs, credentials } = this.#parts
    const { radius: settings, diameter } = config
    // Read before anything changes: it is what can fail.
    const diameterTls = diameter === undefined ? undefined : surroundings.diameterTls()
    const radius = settings === undefined ? undefined : this.#connect(settings, 'servers', surroundings)
    const accounting =
      settings === undefined || settings.accounting.length === 0
        ? undefined
        : this.#connect(settings, 'accounting', surroundings)
    this.#diameter.use(diameter, diameterTls)
    const made: Readonly<Record<string, CredentialSource | undefined>> = {
      diameter: this.#diameter.source(),
      local: localSource(credentials),
      radius:
        settings === undefined || radius === undefined
          ? undefined
          : this.#radiusSource(settings, radius, surroundings),
    }
    const sources = config.sources.flatMap(name => made[name] ?? [])
    return {
      sources: new CredentialSources({
        sources,
        cacheMs: config.cacheSeconds * 1000,
        md5: config.md5,
        nowMs,
        answered: (source, kind) => events.answers.add(`${source} ${kind}`),
      }),
      isRemote: sources.some(({ isRemote }) => isRemote),
      md5: !config.md5
        ? 'no'
        : config.sources.includes('radius') && settings?.form === 'sterman'
          ? 'only'
          : 'too',
      radius,
      accounting,
      interimMs: (settings?.interimSeconds ?? 0) * 1000,
      longestMs: (settings?.giveUpMs ?? 0) + 1000,
      close: () => {
        radius?.close()
        accounting?.close()
      },
    }
  }

  #ground(): GrantGround {
    const { credentials } = this.#parts
    const { servedDomain } = this.#surroundings
    return { servedDomain, isLocal: aor => credentials.aorExists(aor) }
  }

  #connect(
    settings: RadiusConfig,
    which: 'servers' | 'accounting',
    { radiusCredentials }: AaaSurroundings,
  ): ConnectedRadius {
    const { deadlines, nowMs, environment, events } = this.#parts
    const credentials = () => radiusCredentials(settings)
    return connectRadius(settings, settings[which], { deadlines, nowMs, environment, credentials, events })
  }

  #radiusSource(
    settings: RadiusConfig,
    { client }: ConnectedRadius,
    { servedDomain }: AaaSurroundings,
  ): CredentialSource {
    const { credentials, events } = this.#parts
    const ground: GrantGround = { servedDomain, isLocal: aor => credentials.aorExists(aor) }
    return radiusSource({
      client,
      form: settings.form,
      isProtected: server => settings.servers[server]?.transport === 'tls',
      retryAfterSeconds: Math.max(1, Math.ceil(settings.probeMs / 1000)),
      grant: (user, realm, named) => {
        const grant = grantOf(user, realm, named, ground)
        for (const aor of grant.aors) this.#known.set(aor, true)
        return grant
      },
      ended: result => events.questions.add(result),
    })
  }
}

interface Opened {
  readonly sources: CredentialSources
  readonly isRemote: boolean
  readonly md5: AaaPort['md5']
  readonly radius: ConnectedRadius | undefined
  readonly accounting: ConnectedRadius | undefined
  readonly interimMs: number
  /** Until then every question has ended. */
  readonly longestMs: number
  close(): void
}
