/**
 * Walks every cell of the four tables: brings a live transaction into the state, raises the event, and compares
 * the next state and everything that left the layer with the words of the cell.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Deadline } from '../../src/base/deadlines.ts'
import type { Flow } from '../../src/base/flow.ts'
import { writeResponse } from '../../src/sip/message/write.ts'
import type { ClientTransaction } from '../../src/sip/transaction/client-transaction.ts'
import { inviteClient } from '../../src/sip/transaction/invite-client.ts'
import { inviteServer } from '../../src/sip/transaction/invite-server.ts'
import { nonInviteClient } from '../../src/sip/transaction/non-invite-client.ts'
import { nonInviteServer } from '../../src/sip/transaction/non-invite-server.ts'
import type { ServerTransaction } from '../../src/sip/transaction/server-transaction.ts'
import { SimClock } from './sim-clock.ts'
import { SimNetwork } from './sim-network.ts'
import { SimRandom } from './sim-random.ts'
import { readRequest, readResponse, TransactionHost, writeRequest } from './transaction-host.ts'

const PEER = { ip: '192.0.2.9', port: 5060 }
const BRANCH = 'z9hG4bKwalk'

type Transaction = ClientTransaction | ServerTransaction

/** Transports that a walk runs over; a state that is left at once over streams is walked over UDP only. */
type Carrier = 'udp' | 'tcp'

/** A transaction in a world of its own. */
class World {
  readonly clock = new SimClock()
  readonly network = new SimNetwork(this.clock, new SimRandom(1))
  readonly host = new TransactionHost(this.network, '192.0.2.1')
  readonly flow: Flow
  readonly method: string
  readonly transaction: Transaction

  constructor(machine: string, carrier: Carrier) {
    const { host } = this.host
    this.flow = carrier === 'udp' ? host.udp(5060, PEER) : host.connect('tcp', 5060, PEER)
    this.method = machine.startsWith('INVITE') ? 'INVITE' : 'OPTIONS'
    if (machine.endsWith('client')) {
      this.transaction = this.host.request(this.method, this.flow, { branch: BRANCH })
    } else {
      this.receive(this.method)
      const [server] = this.host.servers
      assert.ok(server)
      this.transaction = server
    }
  }

  receive(method: string): void {
    this.host.receive(readRequest(writeRequest(method, { branch: BRANCH })), this.flow)
  }

  /** A response: from the network for a client, from the user for a server. */
  respond(status: number): void {
    const request = readRequest(writeRequest(this.method, { branch: BRANCH }))
    if ('hop' in this.transaction) {
      const text = writeResponse(request, status, { toTag: 'peer' })
      this.host.receive(readResponse(text), this.flow)
    } else {
      this.host.answer(this.transaction, request, status)
    }
  }

  raise(event: string): void {
    const { transaction, host } = this
    if (event.startsWith('timer ')) this.clock.runUntil(this.#deadlineOf(event).dueMs)
    else if (event === 'request') this.receive(this.method)
    else if (event === 'ACK' || event === 'CANCEL') this.receive(event)
    else if (event === '1xx') this.respond(180)
    else if (event === '2xx') this.respond(200)
    else if (event === '300-699') this.respond(404)
    else if (event === '408') this.respond(408)
    else if (event === 'cancel') {
      assert.ok('hop' in transaction)
      host.layer.cancel(transaction)
    } else if ('hop' in transaction) {
      host.layer.transportFailed(transaction)
      this.clock.advance(0)
    } else {
      this.#failToSend()
    }
  }

  /** Everything but this timer: the walk waits for it without letting another one come first. */
  #deadlineOf(event: string): Deadline {
    const { transaction } = this
    const repeats = ['timer A', 'timer E', 'timer G', 'timer 100']
    const deadline = repeats.includes(event) ? transaction.repeat : transaction.lifetime
    assert.ok(deadline?.fire !== undefined, `${event} is not running`)
    if (!repeats.includes(event)) this.clock.runUntil(deadline.dueMs - 1)
    return deadline
  }

  /** The next response fails; what raised it is told apart from the failure by the caller. */
  #failToSend(): void {
    this.host.isBroken = true
    if (this.transaction.state === 'accepted') this.respond(200)
    else this.receive(this.method)
  }
}

/** The way into each state. */
const WAYS: { readonly [machine: string]: { readonly [state: string]: readonly string[] } } = {
  'INVITE client': { calling: [], proceeding: ['1xx'], completed: ['300-699'], accepted: ['2xx'] },
  'non-INVITE client': { trying: [], proceeding: ['1xx'], completed: ['300-699'] },
  'INVITE server': {
    proceeding: [],
    completed: ['300-699'],
    confirmed: ['300-699', 'ACK'],
    accepted: ['2xx'],
  },
  'non-INVITE server': { trying: [], proceeding: ['timer 100'], completed: ['300-699'] },
}

/** What must happen before an event so that it can. */
function prepare(world: World, machine: string, state: string, event: string): void {
  if (event === 'timer cancel') world.raise('cancel')
  if (machine === 'INVITE server' && state === 'proceeding' && event === 'transport error') world.raise('1xx')
}

/** What left the layer so far; the 200 of a CANCEL is not the work of a table. */
function see(world: World): { readonly sent: readonly string[]; readonly told: readonly string[] } {
  const messages = world.network.sent.filter(
    ({ text }) => !(text.startsWith('SIP/') && text.includes(' CANCEL\r\n')),
  )
  return {
    sent: messages.map(item => item.text.slice(0, item.text.indexOf('\r\n'))),
    told: world.host.told.map(item => item.what),
  }
}

const SENDS: { readonly [word: string]: RegExp } = {
  'send 100': /^SIP\/2\.0 100 /,
  'send ACK': /^ACK /,
  'send CANCEL if wanted': /^CANCEL /,
  'send request': /^(INVITE|OPTIONS) /,
  'send response': /^SIP\/2\.0 /,
}

const TELLS: { readonly [word: string]: RegExp } = {
  'pass ACK up': /^ack$/,
  'pass CANCEL up': /^cancel$/,
  'pass up': /^\d\d\d$/,
  'report timeout': /timeout$/,
  'report transport error': /transport error$/,
}

const DELAYS: { readonly [timer: string]: readonly [udp: number, tcp: number | undefined] } = {
  A: [500, undefined],
  B: [32_000, 32_000],
  D: [32_000, undefined],
  E: [500, undefined],
  'E at T2': [4000, undefined],
  F: [32_000, 32_000],
  G: [500, undefined],
  H: [32_000, 32_000],
  I: [5000, undefined],
  J: [32_000, undefined],
  K: [5000, undefined],
  L: [32_000, 32_000],
  M: [32_000, 32_000],
}

/** One cell of one machine over one transport. */
interface Walk {
  readonly machine: string
  readonly carrier: Carrier
  readonly state: string
  readonly event: string
  readonly next: string
  readonly words: readonly string[]
}

function walk(cell: Walk): void {
  const { machine, carrier, state, event, next, words } = cell
  const name = `${machine} over ${carrier}, ${state}, ${event}`
  const world = new World(machine, carrier)
  const { transaction } = world
  for (const step of WAYS[machine]?.[state] ?? []) world.raise(step)
  prepare(world, machine, state, event)
  assert.equal(transaction.state, state, name)
  // A timer that ends a state comes after retransmissions, which are not of its cell.
  if (event.startsWith('timer ') && !isRepeating(event.slice(6))) {
    world.clock.runUntil((transaction.lifetime?.dueMs ?? 0) - 1)
  }
  const before = see(world)
  const hadResponse = 'response' in transaction && transaction.response !== undefined
  world.raise(event)
  const after = see(world)
  const isLeftAtOnce = carrier === 'tcp' && words.some(word => /^start [DIJK]$/.test(word))
  assert.equal(transaction.state, isLeftAtOnce ? 'terminated' : next, name)
  const sends = words.filter(word => {
    if (word === 'send CANCEL if wanted') return event === 'cancel'
    if (word === 'send response') return event !== 'request' || hadResponse
    return SENDS[word] !== undefined
  })
  compare(after.sent.slice(before.sent.length), sends, SENDS, name)
  const tells = words.filter(word => TELLS[word] !== undefined)
  compare(after.told.slice(before.told.length), tells, TELLS, name)
  for (const word of words) checkTimer(world, cell, word)
  if (next === 'terminated') assert.equal(transaction.lifetime?.fire, undefined, name)
}

function compare(
  seen: readonly string[],
  words: readonly string[],
  forms: { readonly [word: string]: RegExp },
  name: string,
): void {
  assert.equal(seen.length, words.length, `${name}: ${seen}`)
  for (const [i, word] of words.entries()) assert.match(seen[i] ?? '', forms[word] ?? /^$/, name)
}

function isRepeating(timer: string): boolean {
  return ['A', 'E', 'E at T2', 'G', '100'].includes(timer)
}

function checkTimer(world: World, cell: Walk, word: string): void {
  const { transaction, clock } = world
  const timer = word.slice(word.indexOf(' ') + 1)
  const deadline = isRepeating(timer) ? transaction.repeat : transaction.lifetime
  if (word.startsWith('start ')) {
    const [udpMs, tcpMs] = DELAYS[timer] ?? [0, 0]
    const delayMs = cell.carrier === 'udp' ? udpMs : tcpMs
    if (delayMs === undefined) return
    const isDoubled = cell.event === `timer ${timer}`
    assert.notEqual(deadline?.fire, undefined, `${cell.state}, ${cell.event}: ${word}`)
    assert.equal((deadline?.dueMs ?? 0) - clock.nowMs(), isDoubled ? 2 * delayMs : delayMs, word)
  }
  const isReplaced = cell.words.some(
    other => other.startsWith('start ') && isRepeating(other.slice(6)) === isRepeating(timer),
  )
  if (word.startsWith('stop ') && !isReplaced) {
    assert.equal(deadline?.fire, undefined, `${cell.state}, ${cell.event}: ${word}`)
  }
}

const MACHINES: { readonly [machine: string]: { readonly table: AnyTable } } = {
  'INVITE client': inviteClient,
  'non-INVITE client': nonInviteClient,
  'INVITE server': inviteServer,
  'non-INVITE server': nonInviteServer,
}

for (const [machine, { table }] of Object.entries(MACHINES)) {
  test(`every cell of the ${machine} transaction does what it says`, () => {
    const walked = new Set<string>()
    for (const { state, event, next, words } of cellsOf(table)) {
      for (const carrier of ['udp', 'tcp'] as const) {
        if (carrier === 'tcp' && isOnlyUdp(machine, state, event)) continue
        walk({ machine, carrier, state, event, next, words })
        walked.add(`${state} ${event}`)
      }
    }
    const all = cellsOf(table).map(cell => `${cell.state} ${cell.event}`)
    assert.deepEqual([...walked], all)
    assert.ok(all.length >= 14)
  })
}

type AnyTable = { readonly [state: string]: { readonly [event: string]: readonly [string, ...string[]] } }

function cellsOf(table: AnyTable) {
  return Object.entries(table).flatMap(([state, row]) =>
    Object.entries(row).map(([event, [next, ...words]]) => ({ state, event, next, words })),
  )
}

/** Over streams there are no timers A, E, G, and the states that only absorb are left at once. */
function isOnlyUdp(machine: string, state: string, event: string): boolean {
  if (['timer A', 'timer E', 'timer G'].includes(event)) return true
  if (state === 'confirmed') return true
  return state === 'completed' && machine !== 'INVITE server'
}

test('an event without a cell changes nothing: each state meets every event of its machine', () => {
  for (const [machine, { table }] of Object.entries(MACHINES)) {
    const events = new Set(Object.values(table).flatMap(row => Object.keys(row)))
    for (const [state, row] of Object.entries(table)) {
      for (const event of events) {
        if (event in row || event.startsWith('timer ') || event === 'transport error') continue
        const world = new World(machine, 'udp')
        for (const step of WAYS[machine]?.[state] ?? []) world.raise(step)
        const before = see(world)
        world.raise(event)
        assert.equal(world.transaction.state, state, `${machine} ${state} ${event}`)
        assert.deepEqual(see(world), before, `${machine} ${state} ${event}`)
      }
    }
  }
})
