import assert from 'node:assert/strict'
import { test } from 'node:test'
import { response } from '../../../test/support/sip-text.ts'
import { type Branch, type ContextFacts, ResponseContext, type Target } from './response-context.ts'

/** A context whose actions are written down as words. */
class Bench {
  readonly words: string[] = []
  readonly branches = new Map<string, Branch<string>>()
  readonly context: ResponseContext<string>
  /** Places whose addresses are still being looked up. */
  readonly slow = new Set<string>()
  /** Addresses left for a place, beyond the first. */
  readonly addresses = new Map<string, number>()

  constructor(
    rounds: readonly (readonly (string | Target<string>)[])[],
    facts: Partial<ContextFacts<string>> = {},
  ) {
    const targets = rounds.map(round =>
      round.map(target => (typeof target === 'string' ? { place: target, otherFlows: [] } : target)),
    )
    this.context = new ResponseContext(
      { method: 'INVITE', rounds: targets, breadth: 60, isSpiral: false, isOwnDomain: true, ...facts },
      {
        startBranch: branch => {
          this.branches.set(branch.place, branch)
          this.words.push(`start ${branch.place}/${branch.breadth}`)
          return this.slow.has(branch.place) ? 'locating' : 'sent'
        },
        tryNextAddress: branch => {
          const left = this.addresses.get(branch.place) ?? 0
          if (left === 0) return false
          this.addresses.set(branch.place, left - 1)
          this.words.push(`next address of ${branch.place}`)
          return true
        },
        cancelBranch: branch => this.words.push(`cancel ${branch.place}`),
        setTimerC: branch => this.words.push(`C ${branch.place}`),
        stopTimerC: () => {},
        forwardResponse: forwarded => this.words.push(`forward ${forwarded.status}`),
        respond: status => this.words.push(`respond ${status}`),
        ended: () => this.words.push('ended'),
      },
    )
    this.context.start()
  }

  branch(place: string): Branch<string> {
    const branch = this.branches.get(place)
    assert.ok(branch, place)
    return branch
  }

  get(place: string, status: number): void {
    this.context.onResponse(this.branch(place), response(status))
  }

  /** The words since the last call, timer C left out. */
  said(): string[] {
    return this.words.splice(0).filter(word => !word.startsWith('C '))
  }
}

test('PRX-14: 100 stays here, other provisional responses go up at once', () => {
  const bench = new Bench([['a']])
  assert.deepEqual(bench.said(), ['start a/60'])
  bench.get('a', 100)
  bench.get('a', 180)
  bench.get('a', 183)
  assert.deepEqual(bench.said(), ['forward 180', 'forward 183'])
})

test('PRX-20: the first 2xx goes up at once and the other branches are cancelled', () => {
  const bench = new Bench([['a', 'b', 'c']])
  assert.deepEqual(bench.said(), ['start a/20', 'start b/20', 'start c/20'])
  bench.get('b', 180)
  bench.get('a', 486)
  bench.get('c', 200)
  assert.deepEqual(bench.said(), ['forward 180', 'forward 200', 'cancel b'])
  bench.get('b', 487)
  assert.deepEqual(bench.said(), ['ended'])
})

test('PRX-14: a further 2xx to an INVITE goes up as well, also after the end', () => {
  const bench = new Bench([['a', 'b']])
  bench.get('a', 200)
  bench.get('b', 200)
  bench.get('a', 202)
  assert.deepEqual(bench.said().slice(2), ['forward 200', 'cancel b', 'forward 200', 'ended', 'forward 202'])
})

test('after a final response no provisional one goes up', () => {
  const bench = new Bench([['a', 'b']])
  bench.get('a', 200)
  bench.said()
  bench.get('b', 180)
  assert.deepEqual(bench.said(), [])
})

test('PRX-16: failures wait until all branches have ended', () => {
  const bench = new Bench([['a', 'b']])
  bench.get('a', 404)
  assert.deepEqual(bench.said().slice(2), [])
  bench.get('b', 486)
  assert.deepEqual(bench.said(), ['forward 486', 'ended'])
})

test('rounds are tried one after the other, until one succeeds', () => {
  const bench = new Bench([['a', 'b'], ['c'], ['d']])
  bench.get('a', 480)
  bench.get('b', 486)
  assert.deepEqual(bench.said().slice(2), ['start c/15'])
  bench.get('c', 200)
  assert.deepEqual(bench.said(), ['forward 200', 'ended'])
})

test('PRX-15: a 6xx cancels, starts nothing more, and goes up when all are done', () => {
  const bench = new Bench([['a', 'b'], ['c']])
  bench.get('b', 180)
  bench.said()
  bench.get('a', 603)
  assert.deepEqual(bench.said(), ['cancel b'])
  bench.get('b', 487)
  assert.deepEqual(bench.said(), ['forward 603', 'ended'])
})

test('PRX-15: a 2xx that crosses the CANCEL after a 6xx still wins', () => {
  const bench = new Bench([['a', 'b']])
  bench.get('a', 600)
  bench.said()
  bench.get('b', 200)
  assert.deepEqual(bench.said(), ['forward 200', 'ended'])
})

test('a 3xx is passed on, never followed', () => {
  const bench = new Bench([['a', 'b']])
  bench.get('a', 302)
  bench.get('b', 486)
  assert.deepEqual(bench.said().slice(2), ['forward 302', 'ended'])
})

test('PRX-21: CANCEL from upstream cancels every branch, and their 487 goes up', () => {
  const bench = new Bench([['a', 'b'], ['c']])
  bench.get('a', 180)
  bench.said()
  bench.context.onCancel()
  bench.context.onCancel()
  assert.deepEqual(bench.said(), ['cancel a', 'cancel b'])
  bench.get('a', 487)
  bench.get('b', 487)
  assert.deepEqual(bench.said(), ['forward 487', 'ended'])
})

test('PRX-21: a branch that is still being located is never sent after a CANCEL', () => {
  const bench = new Bench([[]])
  assert.deepEqual(bench.said(), ['respond 480', 'ended'])
  const slow = new Bench([['x'], ['a']])
  slow.slow.add('a')
  slow.get('x', 404)
  slow.said()
  slow.context.onCancel()
  assert.deepEqual(slow.said(), ['forward 404', 'ended'])
  assert.equal(slow.context.mayStillSend(slow.branch('a')), false)
  const only = new Bench([['x'], ['a']])
  only.slow.add('a')
  only.context.onFailure(only.branch('x'), 'timeout')
  only.said()
  only.context.onCancel()
  assert.deepEqual(only.said(), ['respond 487', 'ended'])
})

test('a branch that was located in time is sent, and cancelled like any other', () => {
  const bench = new Bench([['x'], ['a']])
  bench.slow.add('a')
  bench.get('x', 404)
  bench.said()
  assert.equal(bench.context.mayStillSend(bench.branch('a')), true)
  bench.context.onCancel()
  assert.deepEqual(bench.said(), ['cancel a'])
})

test('CANCEL after the final response, or for another method, has no effect', () => {
  const bench = new Bench([['a', 'b']])
  bench.get('a', 200)
  bench.said()
  bench.context.onCancel()
  assert.deepEqual(bench.said(), [])
  const options = new Bench([['a']], { method: 'OPTIONS' })
  options.said()
  options.context.onCancel()
  assert.deepEqual(options.said(), [])
})

test('PRX-12, LOC-05: a timeout, a transport error or a 503 moves on to the next address of the target', () => {
  const bench = new Bench([['a']])
  bench.addresses.set('a', 3)
  bench.said()
  bench.context.onFailure(bench.branch('a'), 'timeout')
  bench.context.onFailure(bench.branch('a'), 'transport-error')
  bench.get('a', 180)
  bench.get('a', 503)
  assert.deepEqual(bench.said(), [
    'next address of a',
    'next address of a',
    'forward 180',
    'next address of a',
  ])
  bench.get('a', 503)
  assert.deepEqual(bench.said(), ['respond 500', 'ended'])
})

test('RFC 3263 §4.3: a server that has answered is not replaced when it falls silent', () => {
  const bench = new Bench([['a']], { method: 'MESSAGE' })
  bench.addresses.set('a', 1)
  bench.get('a', 100)
  bench.said()
  bench.context.onFailure(bench.branch('a'), 'timeout')
  assert.deepEqual(bench.said(), ['ended'])
})

test('no other address is tried for a branch that is to end', () => {
  const bench = new Bench([['a', 'b']])
  bench.addresses.set('b', 1)
  bench.get('a', 200)
  bench.said()
  bench.context.onFailure(bench.branch('b'), 'timeout')
  assert.deepEqual(bench.said(), ['ended'])
  const message = new Bench([['a', { place: 'b', otherFlows: ['c'] }]], { method: 'MESSAGE' })
  message.addresses.set('b', 1)
  message.get('a', 200)
  message.said()
  message.get('b', 503)
  assert.deepEqual(message.said(), ['ended'])
})

test('OUT-07: 430, 408 or a lost flow moves on to the next flow of the instance, any other answer does not', () => {
  const phone = (): Bench => {
    const bench = new Bench([[{ place: 'flow1', otherFlows: ['flow2', 'flow3'] }]])
    bench.said()
    return bench
  }
  const moving = phone()
  moving.get('flow1', 430)
  assert.deepEqual(moving.said(), ['start flow2/60'])
  moving.context.onFailure(moving.branch('flow2'), 'flow-failed')
  assert.deepEqual(moving.said(), ['start flow3/60'])
  moving.get('flow3', 430)
  assert.deepEqual(moving.said(), ['respond 480', 'ended'])
  const busy = phone()
  busy.get('flow1', 486)
  assert.deepEqual(busy.said(), ['forward 486', 'ended'])
  const silent = phone()
  silent.get('flow1', 408)
  silent.get('flow2', 200)
  assert.deepEqual(silent.said(), ['start flow2/60', 'forward 200', 'ended'])
})

test('PRX-13: timer C is set for each INVITE branch and anew by 101 to 199, not by 100', () => {
  const bench = new Bench([['a']])
  const timers = (): number => bench.words.splice(0).filter(word => word === 'C a').length
  assert.equal(timers(), 1)
  bench.get('a', 100)
  assert.equal(timers(), 0)
  bench.get('a', 180)
  bench.get('a', 199)
  assert.equal(timers(), 2)
  const options = new Bench([['b']], { method: 'OPTIONS' })
  assert.deepEqual(options.words, ['start b/60'])
})

test('PRX-13: timer C cancels a branch that has answered, and ends one that has not', () => {
  const bench = new Bench([['a', 'b']])
  bench.get('a', 180)
  bench.said()
  bench.context.onTimerC(bench.branch('a'))
  bench.context.onTimerC(bench.branch('a'))
  bench.context.onTimerC(bench.branch('b'))
  assert.deepEqual(bench.said(), ['cancel a'])
  bench.context.onFailure(bench.branch('a'), 'timeout')
  assert.deepEqual(bench.said(), ['respond 408', 'ended'])
})

test('TXN-11, C-02: another method gets no provisional response, one final one, and no 408', () => {
  const bench = new Bench([['a', 'b']], { method: 'MESSAGE' })
  bench.get('a', 180)
  bench.get('a', 200)
  bench.get('b', 200)
  assert.deepEqual(bench.said().slice(2), ['forward 200', 'ended'])
  const silent = new Bench([['a']], { method: 'MESSAGE' })
  silent.context.onFailure(silent.branch('a'), 'timeout')
  assert.deepEqual(silent.said(), ['start a/60', 'ended'])
  silent.get('a', 200)
  assert.deepEqual(silent.said(), [])
})

test('FRK-07: with too little breadth branches wait for one another', () => {
  const bench = new Bench([['a', 'b', 'c']], { breadth: 2 })
  assert.deepEqual(bench.said(), ['start a/1', 'start b/1'])
  bench.get('b', 404)
  assert.deepEqual(bench.said(), ['start c/1'])
  assert.equal(bench.context.outgoingBreadth, 2)
  bench.get('a', 200)
  assert.deepEqual(bench.said(), ['forward 200', 'cancel c'])
})

test('FRK-07: a spiral with too little breadth is 440', () => {
  const bench = new Bench([['a', 'b'], ['c']], { breadth: 2, isSpiral: true })
  assert.deepEqual(bench.said(), ['respond 440', 'ended'])
  bench.context.onCancel()
  assert.deepEqual(bench.said(), [])
})

test('what is reported twice or about an ended branch changes nothing', () => {
  const bench = new Bench([['a', 'b']])
  bench.get('a', 404)
  bench.get('a', 603)
  bench.get('a', 180)
  bench.context.onTimerC(bench.branch('a'))
  bench.context.onFailure(bench.branch('a'), 'timeout')
  assert.deepEqual(bench.said().slice(2), [])
  bench.get('b', 486)
  assert.deepEqual(bench.said(), ['forward 486', 'ended'])
  bench.get('b', 200)
  bench.context.start()
  assert.deepEqual(bench.said(), [])
})
