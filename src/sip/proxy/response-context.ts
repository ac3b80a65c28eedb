/**
 * The response context of one forwarded request (RFC 3261 §16.6, §16.7).
 *
 * Targets come in rounds: a round's targets run side by side as far as Max-Breadth allows, the next round starts
 * when the last branch of the one before has ended without success. A branch is one target; it may try several
 * addresses, and several flows of the same phone, one after the other, each with a client transaction of its own.
 *
 * The context decides and calls `actions`; the owner sends, arms timers and reports what happened. Reports may come
 * in any order, twice, late, or from inside an action: what no longer fits changes nothing.
 *
 * Laws: one final response goes up, or several 2xx to an INVITE, or none where RFC 4320 wants silence; nothing but
 * 2xx follows a final response; once everything has ended `actions.ended` is called, once; the branches that run
 * hold no more Max-Breadth together than came in.
 */
import type { SipResponse } from '../message/message.ts'
import type { ResponseEdits } from '../message/write.ts'
import { type BranchFailure, bestAnswer, type OwnStatus } from './best-response.ts'
import { Breadth } from './breadth.ts'

/** One member of the target set: the place to try first, and what to try when that flow has failed (OUT-07). */
export interface Target<Place> {
  readonly place: Place
  /** Further flows to the same instance, best first. */
  readonly otherFlows: readonly Place[]
}

/** A branch as the owner sees it; the same object in every call. */
export interface Branch<Place, Kept = unknown> {
  /** Where it is tried now: changes when the next flow's turn comes. */
  readonly place: Place
  /** What the owner keeps with it; undefined at first. */
  kept: Kept | undefined
  /** Max-Breadth of its request. */
  readonly breadth: number
  /** False once nothing more is expected of it. */
  readonly isActive: boolean
}

/** What the context asks its owner to do. */
export interface ContextActions<Place, Kept = unknown> {
  /**
   * Locate `branch.place` and send there; then report.
   * @returns `sent` when a request is out, or when the failure was reported already; `locating` when the address is
   * still being looked up: ask `mayStillSend` before sending then
   */
  startBranch(branch: Branch<Place, Kept>): 'sent' | 'locating'
  /**
   * Send to the next address of the same place, with a new client transaction.
   * @returns false when there is none
   */
  tryNextAddress(branch: Branch<Place, Kept>): boolean
  /**
   * CANCEL the branch's client transaction: now, or when its first provisional response comes (TXN-17). How it
   * ended is reported like any end; without a final response as a timeout.
   */
  cancelBranch(branch: Branch<Place, Kept>): void
  /** Arms timer C, or arms it anew: longer than 3 minutes (RFC 3261 §16.6 step 11). */
  setTimerC(branch: Branch<Place, Kept>): void
  stopTimerC(branch: Branch<Place, Kept>): void
  /** Pass on a response by the server transaction. */
  forwardResponse(response: SipResponse, edits: ResponseEdits): void
  /** Answer the request ourselves. */
  respond(status: OwnStatus): void
  /** Nothing is running any more and nothing will be started; further 2xx may still be reported. */
  ended(): void
}

/** The request as its context sees it. */
export interface ContextFacts<Place> {
  readonly method: string
  /** Rounds in order; a target in at most one of them (PRX-06). */
  readonly rounds: readonly (readonly Target<Place>[])[]
  /** From `incomingBreadth`. */
  readonly breadth: number
  /** From `passageOf`. */
  readonly isSpiral: boolean
  /** Whether the targets are bindings of a domain of ours. */
  readonly isOwnDomain: boolean
}

interface BranchState<Place, Kept> {
  place: Place
  kept: Kept | undefined
  /** Flows of the same instance not yet tried. */
  otherFlows: readonly Place[]
  readonly breadth: number
  isActive: boolean
  /** Something was sent for it. */
  isSent: boolean
  /** A response came from the address that it is tried at. */
  isAnswered: boolean
  isCancelled: boolean
  /** Counts what was tried, so that a failure reported from inside an attempt is told from the attempt itself. */
  attempt: number
}

const NONE: readonly never[] = []

/** The response context of one request; `start` it once. */
export class ResponseContext<Place, Kept = unknown> {
  /** Until all has ended. */
  #rounds: readonly (readonly Target<Place>[])[]
  readonly #isOwnDomain: boolean
  readonly #actions: ContextActions<Place, Kept>
  readonly #isInvite: boolean
  readonly #breadth: Breadth
  /** Mostly one: a list is found through faster than a map is made. */
  readonly #active: BranchState<Place, Kept>[] = []
  /** Final responses to choose from; at most one a branch. */
  #responses: SipResponse[] | undefined
  #failures: BranchFailure[] | undefined
  /** Targets of the current round that wait for breadth. */
  #waiting: readonly Target<Place>[] = NONE
  #nextRound = 0
  /** Upstream sent CANCEL. */
  #isCancelled = false
  /** No new branches: a final response went up, a 6xx came, or upstream gave up. */
  #isClosed = false
  #finalStatus: number | undefined
  #isEnded = false
  #isAdvancing = false

  constructor(facts: ContextFacts<Place>, actions: ContextActions<Place, Kept>) {
    this.#rounds = facts.rounds
    this.#isOwnDomain = facts.isOwnDomain
    this.#actions = actions
    this.#isInvite = facts.method === 'INVITE'
    this.#breadth = new Breadth(facts.breadth, facts.isSpiral)
  }

  /** Status of the final response that went up, if one did. */
  get finalStatus(): number | undefined {
    return this.#finalStatus
  }

  /** Max-Breadth held by running branches (RFC 5393 §5.3.2). */
  get outgoingBreadth(): number {
    let sum = 0
    for (const branch of this.#active) sum += branch.breadth
    return sum
  }

  start(): void {
    if (this.#isEnded) return
    if (!this.#breadth.isEnoughFor(this.#targetsFrom(0))) {
      this.#isClosed = true
      this.#answer(440)
    }
    this.#advance()
  }

  /** Whether a branch that was being located is still to be sent; marks it as sent. */
  mayStillSend(branch: Branch<Place, Kept>): boolean {
    const state = this.#stateOf(branch)
    if (state === undefined) return false
    state.isSent = true
    return true
  }

  /** A response from a client transaction of the branch. */
  onResponse(branch: Branch<Place, Kept>, response: SipResponse): void {
    const state = this.#stateOf(branch)
    const { status } = response
    if (status >= 200 && status < 300) this.#onSuccess(state, response)
    else if (state === undefined) return
    else if (status < 200) this.#onProvisional(state, response)
    else this.#onFinalFailure(state, response)
  }

  /** The branch's present address did not answer or could not be sent to; or its flow is gone. */
  onFailure(branch: Branch<Place, Kept>, failure: BranchFailure): void {
    const state = this.#stateOf(branch)
    if (state === undefined) return
    // RFC 3263 §4.3: a server that answered has the request; another one would run it twice.
    if (failure !== 'flow-failed' && !state.isAnswered && this.#triesNextAddress(state)) return
    if (this.#triesNextFlow(state)) return
    this.#endWith(state, failure)
  }

  /** Timer C fired (RFC 3261 §16.8). */
  onTimerC(branch: Branch<Place, Kept>): void {
    const state = this.#stateOf(branch)
    if (state === undefined || state.isCancelled || !this.#isInvite) return
    if (state.isAnswered) this.#cancel(state)
    else this.#endWith(state, 'timeout')
  }

  /** CANCEL from upstream; its own 200 is the server transaction's matter (PRX-21). */
  onCancel(): void {
    if (this.#finalStatus !== undefined || !this.#isInvite) return
    this.#isCancelled = true
    this.#close()
    this.#advance()
  }

  #stateOf(branch: Branch<Place, Kept>): BranchState<Place, Kept> | undefined {
    for (const state of this.#active) if (state === branch) return state
    return undefined
  }

  #onSuccess(state: BranchState<Place, Kept> | undefined, response: SipResponse): void {
    if (state !== undefined) this.#end(state)
    const isFirst = this.#finalStatus === undefined && !this.#isEnded
    // Each further 2xx makes a dialog of its own that only the caller can end (RFC 3261 §16.7 step 5).
    const isFurther = this.#isInvite && this.#finalStatus !== undefined && this.#finalStatus < 300
    if (isFirst || isFurther) {
      this.#finalStatus = response.status
      this.#actions.forwardResponse(response, {})
    }
    if (isFirst) this.#close()
    this.#advance()
  }

  #onProvisional(state: BranchState<Place, Kept>, response: SipResponse): void {
    state.isSent = true
    state.isAnswered = true
    // RFC 4320 §4.1: 100 is the only provisional response to another method.
    if (response.status === 100 || !this.#isInvite) return
    if (!state.isCancelled) this.#actions.setTimerC(state)
    if (this.#finalStatus === undefined) this.#actions.forwardResponse(response, {})
  }

  #onFinalFailure(state: BranchState<Place, Kept>, response: SipResponse): void {
    const { status } = response
    if (status === 503 && this.#triesNextAddress(state)) return
    if ((status === 430 || status === 408) && this.#triesNextFlow(state)) return
    this.#end(state)
    if (this.#finalStatus === undefined) {
      this.#responses ??= []
      this.#responses.push(response)
    }
    if (status >= 600) this.#close()
    this.#advance()
  }

  #triesNextAddress(state: BranchState<Place, Kept>): boolean {
    if (this.#isClosed || state.isCancelled) return false
    state.isAnswered = false
    if (this.#isInvite) this.#actions.setTimerC(state)
    const attempt = ++state.attempt
    if (!this.#actions.tryNextAddress(state)) return false
    if (state.attempt === attempt) state.isSent = true
    return true
  }

  #triesNextFlow(state: BranchState<Place, Kept>): boolean {
    const [place, ...others] = state.otherFlows
    if (place === undefined || this.#isClosed || state.isCancelled) return false
    state.place = place
    state.otherFlows = others
    this.#send(state)
    return true
  }

  /** No new branches; what was not sent yet never is, INVITE branches that run are cancelled (PRX-15, PRX-20). */
  #close(): void {
    this.#isClosed = true
    if (this.#active.length === 0) return
    for (const state of [...this.#active]) {
      if (!state.isSent) this.#end(state)
      else if (this.#isInvite) this.#cancel(state)
    }
  }

  #cancel(state: BranchState<Place, Kept>): void {
    if (state.isCancelled) return
    state.isCancelled = true
    this.#actions.stopTimerC(state)
    this.#actions.cancelBranch(state)
  }

  #endWith(state: BranchState<Place, Kept>, failure: BranchFailure): void {
    this.#end(state)
    this.#failures ??= []
    this.#failures.push(failure)
    this.#advance()
  }

  #end(state: BranchState<Place, Kept>): void {
    state.isActive = false
    const at = this.#active.indexOf(state)
    if (at >= 0) this.#active.splice(at, 1)
    this.#breadth.giveBack(state.breadth)
    if (this.#isInvite && !state.isCancelled) this.#actions.stopTimerC(state)
  }

  /** Starts what may start, and answers when nothing is left; reports from inside an action join the same turn. */
  #advance(): void {
    if (this.#isAdvancing) return
    this.#isAdvancing = true
    while (!this.#isClosed && this.#startsMore());
    this.#isAdvancing = false
    if (this.#active.length > 0 || this.#isEnded) return
    this.#isEnded = true
    if (this.#finalStatus === undefined) this.#answerBest()
    this.#rounds = NONE
    this.#waiting = NONE
    this.#responses = undefined
    this.#failures = undefined
    this.#actions.ended()
  }

  /** @returns whether anything changed, so that it is to be asked again */
  #startsMore(): boolean {
    if (this.#waiting.length === 0) {
      const round = this.#rounds[this.#nextRound]
      if (this.#active.length > 0 || round === undefined) return false
      this.#nextRound += 1
      this.#waiting = round
      return true
    }
    const shares = this.#breadth.take(this.#waiting.length, this.#targetsFrom(this.#nextRound))
    const [only] = this.#waiting
    if (only !== undefined && this.#waiting.length === 1 && shares.length === 1) {
      this.#waiting = NONE
      this.#send(this.#makeBranch(only, shares[0] ?? 1))
      return true
    }
    const starting = this.#waiting.slice(0, shares.length)
    this.#waiting = this.#waiting.slice(shares.length)
    // All of them exist before the first one starts: it may answer at once, and close the others.
    const states = starting.map((target, i) => this.#makeBranch(target, shares[i] ?? 1))
    for (const state of states) if (state.isActive) this.#send(state)
    return shares.length > 0
  }

  #targetsFrom(round: number): number {
    let count = 0
    for (let i = round; i < this.#rounds.length; i++) count += this.#rounds[i]?.length ?? 0
    return count
  }

  #makeBranch(target: Target<Place>, breadth: number): BranchState<Place, Kept> {
    const state: BranchState<Place, Kept> = {
      place: target.place,
      kept: undefined,
      otherFlows: target.otherFlows,
      breadth,
      isActive: true,
      isSent: false,
      isAnswered: false,
      isCancelled: false,
      attempt: 0,
    }
    this.#active.push(state)
    return state
  }

  #send(state: BranchState<Place, Kept>): void {
    state.isSent = false
    state.isAnswered = false
    if (this.#isInvite) this.#actions.setTimerC(state)
    const attempt = ++state.attempt
    if (this.#actions.startBranch(state) === 'sent' && state.attempt === attempt) state.isSent = true
  }

  #answerBest(): void {
    const answer = bestAnswer({
      isInvite: this.#isInvite,
      responses: this.#responses ?? NONE,
      failures: this.#failures ?? NONE,
      isCancelled: this.#isCancelled,
      isOwnDomain: this.#isOwnDomain,
    })
    if (answer.kind === 'own') this.#answer(answer.status)
    if (answer.kind !== 'forward') return
    this.#finalStatus = answer.response.status
    this.#actions.forwardResponse(answer.response, answer.edits)
  }

  #answer(status: OwnStatus): void {
    this.#finalStatus = status
    this.#actions.respond(status)
  }
}
