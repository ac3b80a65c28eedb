import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { AspisError } from '../../base/errors.ts'
import type { Address } from '../../base/flow.ts'
import type { Listener } from '../../net/transports.ts'
import type { FamilySum } from '../metrics.ts'
import type { Link } from './link.ts'
import type { Order, Report } from './orders.ts'

const MAIN = fileURLToPath(new URL('./worker-main.ts', import.meta.url))

/** What is asked of a worker, without the number by which its answer is known. */
export type Question =
  | Omit<Extract<Order, { kind: 'reload' }>, 'id'>
  | Omit<Extract<Order, { kind: 'drain' }>, 'id'>
  | Omit<Extract<Order, { kind: 'metrics' }>, 'id'>
  | Omit<Extract<Order, { kind: 'close' }>, 'id'>

type Answer = Extract<Report, { readonly id: number }>

interface Asked {
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
}

/** What a member tells its owner. */
export interface MemberUser {
  /** Other workers can connect to it now. */
  onReachable(member: Member): void
  /** It may open its sockets as soon as nobody else does. */
  onLoaded(member: Member): void
  onServing(member: Member): void
  /** Flows over UDP that logged in, and places that were spoken to. */
  onFlows(proved: readonly Address[], spoken: readonly Address[]): void
  onSteered(isSteered: boolean): void
  /** @param how its exit code or signal */
  onGone(member: Member, how: string): void
}

/** One worker process as the primary sees it, from its start to its end. */
export class Member {
  readonly number: number
  readonly startedMs: number
  /** Keys of the connections that it holds, by id. */
  readonly flows = new Map<number, string>()
  /** What it told last. */
  families: readonly FamilySum[] = []
  link: Link | undefined
  path: string | undefined
  isServing = false
  /** Looks in a row that it did not answer. */
  misses = 0
  readonly #child: ChildProcess
  readonly #user: MemberUser
  readonly #asked = new Map<number, Asked>()
  readonly #gone = Promise.withResolvers<void>()
  readonly #serving = Promise.withResolvers<readonly Listener[]>()
  #nextId = 0

  /** @param nowMs monotonic */
  constructor(number: number, nowMs: number, user: MemberUser) {
    this.number = number
    this.startedMs = nowMs
    this.#user = user
    this.#child = fork(MAIN, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#serving.promise.catch(() => {})
    this.#child.on('message', (report: Report) => this.#heard(report))
    this.#child.on('error', error => this.#ended(error.message))
    this.#child.once('exit', (code, signal) => this.#ended(signal ?? `exit ${code}`))
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Resolves with where it listens; rejects with why it does not. */
  get serving(): Promise<readonly Listener[]> {
    return this.#serving.promise
  }

  order(order: Order): void {
    if (this.#child.connected) this.#child.send(order)
  }

  /**
   * Asks, and waits for the answer.
   * @param withinMs at most so long
   * @throws AspisError `ERR_ASPIS_WORKER` when it refuses, ends or does not answer
   */
  async ask(question: Question, withinMs: number): Promise<Answer> {
    this.#nextId += 1
    const id = this.#nextId
    const answered = new Promise<Answer>((resolve, reject) => this.#asked.set(id, { resolve, reject }))
    const late = setTimeout(() => this.#asked.get(id)?.reject(this.#trouble('does not answer')), withinMs)
    this.order({ ...question, id })
    try {
      const answer = await answered
      if (answer.kind === 'refused') throw this.#trouble(answer.message)
      return answer
    } finally {
      clearTimeout(late)
      this.#asked.delete(id)
    }
  }

  /** Lets it go; one that is not gone by then is killed. */
  async end(withinMs: number): Promise<void> {
    if (this.#child.connected) this.#child.disconnect()
    const late = setTimeout(() => this.kill(), withinMs)
    await this.#gone.promise
    clearTimeout(late)
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #heard(report: Report): void {
    switch (report.kind) {
      case 'reachable':
        this.path = report.path
        return this.#user.onReachable(this)
      case 'loaded':
        return this.#user.onLoaded(this)
      case 'flows':
        return this.#user.onFlows(report.proved, report.spoken)
      case 'steered':
        return this.#user.onSteered(report.isSteered)
      case 'serving':
        this.isServing = true
        this.#serving.resolve(report.listeners)
        return this.#user.onServing(this)
      case 'failed':
        return this.#serving.reject(new AspisError(codeOf(report.code), report.message))
      default:
        return this.#asked.get(report.id)?.resolve(report)
    }
  }

  #ended(how: string): void {
    if (this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null)
      return
    this.isServing = false
    this.#gone.resolve()
    const trouble = this.#trouble(`ended (${how})`)
    this.#serving.reject(trouble)
    for (const asked of this.#asked.values()) asked.reject(trouble)
    this.#user.onGone(this, how)
  }

  #trouble(what: string): AspisError {
    return new AspisError('ERR_ASPIS_WORKER', `worker ${this.number}: ${what}`)
  }
}

function codeOf(code: string): AspisError['code'] {
  const prefix = 'ERR_ASPIS_'
  return code.startsWith(prefix) ? `${prefix}${code.slice(prefix.length)}` : 'ERR_ASPIS_WORKER'
}
