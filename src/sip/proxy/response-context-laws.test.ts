/** The laws of the response context, under reports in any order (see the head of `response-context.ts`). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { response } from '../../../test/support/sip-text.ts'
import type { SipResponse } from '../message/message.ts'
import { type Branch, ResponseContext, type Target } from './response-context.ts'

const STATUSES = [100, 180, 183, 200, 202, 302, 401, 404, 407, 408, 430, 480, 486, 487, 500, 503, 603]
const RESPONSES = new Map<number, SipResponse>(STATUSES.map(status => [status, response(status)]))
const FAILURES = ['timeout', 'transport-error', 'flow-failed'] as const

/** What may happen: to some branch that was ever started, or to all. */
const event = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('response' as const),
      at: fc.nat(40),
      status: fc.constantFrom(...STATUSES),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('failure' as const),
      at: fc.nat(40),
      failure: fc.constantFrom(...FAILURES),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('timer C' as const), at: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('located' as const), at: fc.nat(40) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'cancel' as const, at: 0 }) },
)

/** How each start goes: sent, still being located, or failed before the call returns. */
const starting = fc.constantFrom('sent', 'locating', 'fails')

const setting = fc.record({
  method: fc.constantFrom('INVITE', 'MESSAGE'),
  rounds: fc.array(fc.array(fc.nat(2), { maxLength: 5 }), { maxLength: 4 }),
  breadth: fc.integer({ min: 1, max: 8 }),
  isSpiral: fc.boolean(),
  isOwnDomain: fc.boolean(),
  starts: fc.array(starting, { minLength: 1, maxLength: 8 }),
  addresses: fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }),
  events: fc.array(event, { maxLength: 150 }),
})

type Setting = typeof setting extends fc.Arbitrary<infer T> ? T : never

/** Owner and referee: plays the events, and objects when a law is broken. */
class Referee {
  readonly started = new Set<Branch<string>>()
  readonly unsent = new Set<Branch<string>>()
  readonly cancelled = new Set<Branch<string>>()
  readonly armed = new Set<Branch<string>>()
  readonly finals: number[] = []
  ends = 0
  readonly context: ResponseContext<string>
  readonly #setting: Setting
  #starts = 0
  #tries = 0

  constructor(played: Setting) {
    this.#setting = played
    let count = 0
    const rounds = played.rounds.map(round =>
      round.map((flows): Target<string> => {
        count += 1
        return { place: `t${count}`, otherFlows: Array.from({ length: flows }, (_, i) => `t${count}.${i}`) }
      }),
    )
    this.context = new ResponseContext(
      { ...played, rounds },
      {
        startBranch: branch => this.#start(branch),
        tryNextAddress: branch => {
          assert.ok(branch.isActive && !this.cancelled.has(branch), 'an ended branch tries nothing')
          this.#tries += 1
          if (this.#tries >= 20 || played.addresses[this.#tries % played.addresses.length] !== true)
            return false
          this.unsent.delete(branch)
          return true
        },
        cancelBranch: branch => {
          assert.equal(played.method, 'INVITE', 'only an INVITE is cancelled')
          assert.ok(branch.isActive && !this.unsent.has(branch), 'only what was sent is cancelled')
          assert.ok(!this.cancelled.has(branch), 'a branch is cancelled once')
          this.cancelled.add(branch)
        },
        setTimerC: branch => {
          assert.equal(played.method, 'INVITE')
          assert.ok(branch.isActive)
          this.armed.add(branch)
        },
        stopTimerC: branch => this.armed.delete(branch),
        forwardResponse: forwarded => this.#up(forwarded.status),
        respond: status => this.#up(status),
        ended: () => {
          this.ends += 1
        },
      },
    )
    this.context.start()
  }

  #start(branch: Branch<string>): 'sent' | 'locating' {
    assert.equal(this.ends, 0, 'nothing starts after the end')
    assert.ok(
      !this.finals.some(status => status < 300 || status >= 600),
      'nothing starts after a final response',
    )
    this.started.add(branch)
    this.#starts += 1
    const how = this.#setting.starts[this.#starts % this.#setting.starts.length]
    if (how === 'fails') this.context.onFailure(branch, 'flow-failed')
    else if (how === 'locating') this.unsent.add(branch)
    else this.unsent.delete(branch)
    return how === 'locating' ? 'locating' : 'sent'
  }

  #up(status: number): void {
    if (status < 200) {
      assert.equal(this.#setting.method, 'INVITE', 'RFC 4320: no provisional response but 100')
      assert.ok(status > 100, '100 stays here')
      assert.deepEqual(this.finals, [], 'no provisional response follows a final one')
      return
    }
    assert.equal(this.ends, status < 300 ? this.ends : 0, 'no failure after the end')
    if (this.#setting.method !== 'INVITE') {
      assert.notEqual(status, 408, 'RFC 4320: no 408')
      assert.deepEqual(this.finals, [], 'one final response to another method')
    } else if (this.finals.length > 0) {
      assert.ok(status < 300 && this.finals.every(earlier => earlier < 300), 'only 2xx follows 2xx')
    }
    this.finals.push(status)
  }

  play(happening: Setting['events'][number]): void {
    if (happening.kind === 'cancel') {
      this.context.onCancel()
      return
    }
    const branch = [...this.started][happening.at % Math.max(1, this.started.size)]
    if (branch === undefined) return
    if (happening.kind === 'located') {
      if (this.unsent.has(branch) && this.context.mayStillSend(branch)) this.unsent.delete(branch)
    } else if (happening.kind === 'timer C') {
      if (this.armed.has(branch)) this.context.onTimerC(branch)
    } else if (happening.kind === 'failure') this.context.onFailure(branch, happening.failure)
    else if (!this.unsent.has(branch)) {
      const received = RESPONSES.get(happening.status)
      if (received !== undefined) this.context.onResponse(branch, received)
    }
  }

  check(): void {
    assert.ok(this.context.outgoingBreadth <= this.#setting.breadth, 'FRK-07')
    for (const branch of this.armed) assert.ok(branch.isActive, 'no timer for an ended branch')
  }

  /** Every branch that runs gets what the transaction layer owes it: an end. */
  finish(): void {
    for (let turn = 0; turn < 200 && this.ends === 0; turn++) {
      for (const branch of [...this.started]) {
        if (branch.isActive) this.context.onFailure(branch, 'timeout')
        this.check()
      }
    }
  }
}

test('PRX-14 … PRX-21, FRK-07: the laws hold whatever is reported in whatever order', () => {
  fc.assert(
    fc.property(setting, played => {
      const referee = new Referee(played)
      referee.check()
      for (const happening of played.events) {
        referee.play(happening)
        referee.check()
      }
      referee.finish()
      assert.equal(referee.ends, 1, 'it ends, once')
      assert.ok(
        [...referee.started].every(branch => !branch.isActive),
        'all branches have ended',
      )
      assert.equal(referee.context.outgoingBreadth, 0)
      assert.equal(referee.armed.size, 0)
      if (played.method === 'INVITE') assert.ok(referee.finals.length >= 1, 'an INVITE is answered')
      for (const happening of played.events) referee.play(happening)
      assert.equal(referee.ends, 1)
    }),
    { numRuns: 600 },
  )
})

test('hundreds of responses to one fork cost no more than their number', () => {
  const referee = new Referee({
    method: 'INVITE',
    rounds: [[0, 0, 0, 0, 0]],
    breadth: 8,
    isSpiral: false,
    isOwnDomain: true,
    starts: ['sent'],
    addresses: [false],
    events: [],
  })
  for (let i = 0; i < 500; i++) referee.play({ kind: 'response', at: i, status: 183 })
  for (let i = 0; i < 500; i++) referee.play({ kind: 'response', at: i, status: 200 })
  assert.equal(referee.finals.length, 500)
  assert.equal(referee.ends, 1)
})
