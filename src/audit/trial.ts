import { setTimeout as pause } from 'node:timers/promises'
import type { ConnectionOptions } from 'node:tls'
import type { Addresses } from './addresses.ts'
import { Agent, type AgentPace } from './agent.ts'
import type { Budget } from './budget.ts'
import { honestUse } from './honest.ts'
import { LadderRecorder, type Rung } from './ladder.ts'
import type { Line, LineWatch } from './line/line.ts'
import { streamLine } from './line/stream-line.ts'
import { openTrap, type Trap, type TrapTell } from './line/trap.ts'
import { ownIp, udpLine } from './line/udp-line.ts'
import { webSocketLine } from './line/web-socket-line.ts'
import type { Outcome, Verdict } from './outcome.ts'
import type { Account, Target, Transport } from './target.ts'

/** Something that an attack stands on could not be had: its outcome is inconclusive, for that reason. */
export class Unable extends Error {}

/** The target has not what an attack needs: it is skipped, for that reason. */
export class Missing extends Unable {}

/** Who opens a line, and where from. */
export interface LineOptions {
  readonly who: string
  /** The first that the target has of UDP, TCP, TLS, WS when left out. */
  readonly transport?: Transport
  /** Another source address than the next one. */
  readonly ip?: string
  /** For TLS; certificates are not looked at, unless this says so. */
  readonly tls?: ConnectionOptions
  /** Octets as they are, on a connection to a WebSocket's port: its handshake is left to who asked for it. */
  readonly isRaw?: boolean
}

/** Times of a run, from what an answer of the target took. */
export interface Pace {
  /** How long an answer is waited for. */
  readonly answerMs: number
  /** How long something is waited for that should not come. */
  readonly silenceMs: number
}

/** What an attack works with: lines and people on them, its target, the clock, and words for its outcome. */
export class Trial {
  readonly target: Target
  readonly answerMs: number
  readonly silenceMs: number
  readonly ladder = new LadderRecorder()
  readonly #addresses: Addresses
  readonly #budget: Budget
  readonly #startMs = performance.now()
  readonly #lines: Line[] = []
  #isOver = false
  readonly #ends: (() => Promise<unknown>)[] = []
  readonly #names = new Map<Line, string>()
  readonly #pace: AgentPace

  constructor(target: Target, pace: Pace, addresses: Addresses, budget: Budget) {
    this.target = target
    this.answerMs = pace.answerMs
    this.silenceMs = pace.silenceMs
    this.#addresses = addresses
    this.#budget = budget
    this.#pace = { answerMs: pace.answerMs, turn: () => this.turn() }
  }

  /** Milliseconds since the attack began, with fractions. */
  nowMs(): number {
    return performance.now() - this.#startMs
  }

  pause(ms: number): Promise<void> {
    return pause(ms)
  }

  /** Waits until the manners of the run let the next message go. */
  async turn(): Promise<void> {
    const waitMs = this.#budget.waitMs(performance.now())
    if (waitMs > 0) await pause(waitMs)
  }

  /** Counts messages that go out by other ways than a line. @throws OverBudget when so many are not left */
  spend(count: number): void {
    this.#budget.spend(performance.now(), count)
  }

  /** Whether everybody has a source address of his own: a block of one is none of the others. */
  get hasManyAddresses(): boolean {
    return this.#addresses.isMany
  }

  /** A source address that nobody had yet; nothing where the system must choose. */
  freshIp(): string | undefined {
    return this.#addresses.next()
  }

  /** A socket toward the target. @throws Unable when the target takes no connection */
  async line(options: LineOptions): Promise<Line> {
    const line = await this.tryLine(options)
    if (line === undefined) throw new Unable(`no ${options.transport ?? 'such'} connection could be made`)
    return line
  }

  /** The same; nothing when the target takes no connection. */
  async tryLine(options: LineOptions): Promise<Line | undefined> {
    const { ports, ip } = this.target
    const transport = options.transport ?? TRANSPORTS.find(each => ports[each] !== undefined) ?? 'UDP'
    const port = ports[transport]
    if (port === undefined) throw new Missing(`the target has no ${transport}`)
    this.#mustBeOpen()
    const line = await this.#open(transport, { ip, port }, options).catch(ofOurMachine)
    if (line === undefined) return undefined
    if (this.#isOver) {
      line.close()
      throw new Unable(OVER)
    }
    this.#lines.push(line)
    this.#names.set(line, options.who)
    return line
  }

  /** An attack that was cut off does nothing any more. @throws Unable */
  #mustBeOpen(): void {
    if (this.#isOver) throw new Unable(OVER)
  }

  #open(
    transport: Transport,
    at: { ip: string; port: number },
    options: LineOptions,
  ): Promise<Line | undefined> {
    const ip = options.ip ?? this.#addresses.next()
    const from = ip === undefined ? {} : { ip }
    const watch = this.#watch()
    const withinMs = this.answerMs
    // Which certificate the target shows is what attacks on TLS look at themselves.
    const tls = { servername: this.target.domain, rejectUnauthorized: false, ...options.tls }
    if (transport === 'UDP') return udpLine(at, watch, ip)
    if (transport === 'TCP' || (transport === 'WS' && options.isRaw))
      return streamLine(at, watch, { ...from, withinMs })
    if (transport === 'TLS' || options.isRaw) return streamLine(at, watch, { ...from, tls, withinMs })
    const isSecure = transport === 'WSS'
    const path = this.target.webSocketPath ?? '/'
    return webSocketLine(at, watch, {
      ...from,
      isSecure,
      path,
      withinMs,
      ...(isSecure ? { options: { rejectUnauthorized: false } } : {}),
    })
  }

  #watch(): LineWatch {
    const rung = (line: Line, isSent: boolean) => ({
      atMs: this.nowMs(),
      who: this.#names.get(line) ?? '',
      isSent,
      transport: line.transport,
      local: line.local,
    })
    return {
      spend: () => this.#budget.spend(performance.now()),
      nowMs: () => this.nowMs(),
      sent: (line, text) => {
        const port = this.target.ports[line.transport] ?? 0
        this.ladder.add({ ...rung(line, true), remote: { ip: this.target.ip, port } }, text)
      },
      heard: (line, heard) => this.ladder.add({ ...rung(line, false), remote: heard.from }, heard.text),
    }
  }

  /** Writes down what went over such a socket. @param text one character an octet, or what the octets say */
  note(rung: Omit<Rung, 'atMs' | 'text' | 'octets'>, text: string): void {
    this.ladder.add({ ...rung, atMs: this.nowMs() }, text)
  }

  /** Somebody without an account, from an address of its own where there are many. */
  async stranger(options: Partial<LineOptions> = {}): Promise<Agent> {
    const who = options.who ?? 'attacker'
    return new Agent(who, await this.line({ ...options, who }), this.target.domain, undefined, this.#pace)
  }

  /** A place that only the target can be made to reach. @param ip of ours; the next address when left out */
  async trap(who: string, ip = this.#addresses.next()): Promise<Trap> {
    this.#mustBeOpen()
    const told: TrapTell = (text, transport, local, remote) => {
      const atMs = this.nowMs()
      this.ladder.add({ atMs, who, isSent: false, transport, local, remote }, text)
      return atMs
    }
    const trap = await openTrap(ip ?? (await ownIp(this.target)), told).catch(ofOurMachine)
    this.atEnd(async () => trap.close())
    return trap
  }

  /** A user of ours on a socket of its own, not registered. @param which index of the account, from 0, or one by itself */
  async user(which: number | Account, options: Partial<LineOptions> = {}): Promise<Agent> {
    const account = typeof which === 'number' ? this.target.accounts[which] : which
    if (account === undefined) throw new Unable(`there is no account ${Number(which) + 1}`)
    const who = options.who ?? account.user
    return new Agent(who, await this.line({ ...options, who }), this.target.domain, account, this.#pace)
  }

  /** The same, registered; its binding is removed at the end. @throws Unable when the target refuses */
  async registered(which: number | Account, options: Partial<LineOptions> = {}): Promise<Agent> {
    const agent = await this.user(which, options)
    const { final, status } = await agent.register()
    if (status !== 200)
      throw new Unable(`${agent.name} could not register: ${final?.startLine ?? 'no answer'}`)
    this.atEnd(() => agent.register(0))
    return agent
  }

  /** Whether an honest user, from an address that nothing was done from, is served now. */
  isServing(): Promise<boolean> {
    return honestUse(this).then(problem => problem === undefined)
  }

  /** Done after the attack, last one first, while its lines still stand. */
  atEnd(end: () => Promise<unknown>): void {
    this.#ends.push(end)
  }

  /** Leaves nothing behind: bindings removed, lines closed. */
  async clean(): Promise<void> {
    for (const end of this.#ends.reverse()) await end().catch(() => undefined)
    this.#isOver = true
    for (const line of this.#lines) line.close()
  }

  resisted(why: string, counts?: Outcome['counts']): Outcome {
    return outcome('resisted', why, counts)
  }

  succeeded(why: string, counts?: Outcome['counts']): Outcome {
    return outcome('succeeded', why, counts)
  }

  inconclusive(why: string, counts?: Outcome['counts']): Outcome {
    return outcome('inconclusive', why, counts)
  }

  skipped(why: string): Outcome {
    return outcome('skipped', why)
  }
}

const OVER = 'the attack was cut off'

/** Descriptors, ports and routes of our own machine may be missing: that says nothing about the target. */
function ofOurMachine(error: unknown): never {
  if (error instanceof Error && 'code' in error) throw new Unable(`this machine could not: ${error.message}`)
  throw error
}

const TRANSPORTS: readonly Transport[] = ['UDP', 'TCP', 'TLS', 'WS', 'WSS']

function outcome(verdict: Verdict, why: string, counts?: Outcome['counts']): Outcome {
  return { verdict, why, ...(counts === undefined ? {} : { counts }) }
}
