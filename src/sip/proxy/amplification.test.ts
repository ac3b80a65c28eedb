/**
 * FRK-09: two domains whose names point at one another, all their messages counted (RFC 5393 §3).
 * Everything that decides is the real thing; only the wire is a queue.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { request, requestText } from '../../../test/support/sip-text.ts'
import type { Proven } from '../../base/proof.ts'
import { Secret } from '../../base/secret.ts'
import { checkMessage } from '../message/check.ts'
import type { SipRequest } from '../message/message.ts'
import { parseMessage } from '../message/parse.ts'
import { writeForwardedRequest, writeForwardedResponse, writeResponse } from '../message/write.ts'
import { forward } from './forward.ts'
import { incomingBreadth, nextMaxForwards } from './hop-limits.ts'
import { makeKeyring } from './keyed-digest.ts'
import { loopFactsOf, loopPart, makeBranch, passageOf } from './loop.ts'
import { planNextHop } from './next-hop.ts'
import type { OwnSide } from './own-side.ts'
import { type Branch, ResponseContext, type Target } from './response-context.ts'
import { readRoute } from './route.ts'

// Tests stand outside the pipeline, so they make the proof that only `authorize` makes.
const authorized = {} as Proven<object, 'authorized'>

/** What is switched off to see that the test can fail. */
interface Rules {
  readonly isLoopChecked: boolean
  readonly isBreadthBound: boolean
}
const ALL_RULES: Rules = { isLoopChecked: true, isBreadthBound: true }

/** The wire: texts in order, each to a host, counted; with an end where a broken proxy would never stop. */
class Wire {
  sent = 0
  readonly finals: number[] = []
  readonly #queue: { readonly host: string; readonly text: string }[] = []
  readonly #proxies = new Map<string, TestProxy>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  add(proxy: TestProxy): void {
    this.#proxies.set(proxy.host, proxy)
  }

  send(host: string, text: string): void {
    this.sent += 1
    this.#queue.push({ host, text })
  }

  run(): void {
    for (
      let next = this.#queue.shift();
      next !== undefined && this.sent < this.#most;
      next = this.#queue.shift()
    ) {
      const parsed = parseMessage(next.text, true)
      assert.ok(parsed.ok, next.text)
      assert.equal(checkMessage(parsed.value), undefined, next.text)
      const message = parsed.value
      const proxy = this.#proxies.get(next.host)
      if (proxy === undefined) {
        if (message.kind === 'response' && message.status >= 200) this.finals.push(message.status)
      } else if (message.kind === 'request') proxy.receive(message)
      else proxy.receiveResponse(message)
    }
  }
}

/** A proxy of one domain, made of the parts under test. */
class TestProxy {
  readonly host: string
  readonly #wire: Wire
  readonly #rounds: readonly (readonly string[])[]
  readonly #rules: Rules
  readonly #keys = makeKeyring([new Secret('a key of at least thirty-two characters')])
  readonly #side: OwnSide
  readonly #clients = new Map<
    string,
    { context: ResponseContext<string>; branch: Branch<string>; host: string }
  >()
  #branches = 0

  /** @param rounds contacts of every name of the domain */
  constructor(host: string, wire: Wire, rounds: readonly (readonly string[])[], rules: Rules) {
    this.host = host
    this.#wire = wire
    this.#rounds = rounds
    this.#rules = rules
    this.#side = { transport: 'udp', host, port: 5060 }
    wire.add(this)
  }

  receive(message: SipRequest): void {
    if (message.method !== 'INVITE') return
    const from = message.topVia.host
    const respond = (status: number): void =>
      this.#wire.send(from, writeResponse(message, status, { toTag: 'p' }))
    const maxForwards = nextMaxForwards(message)
    if (!maxForwards.ok) return respond(483)
    const loop = loopPart(this.#keys, loopFactsOf(message))
    const passage = passageOf(
      message,
      () => loop,
      host => host === this.host,
    )
    if (passage === 'loop' && this.#rules.isLoopChecked) return respond(482)
    this.#wire.send(from, writeResponse(message, 100))
    const targets = this.#rounds.map(round =>
      round.map((place): Target<string> => ({ place, otherFlows: [] })),
    )
    const isSpiral = passage !== 'first' && this.#rules.isBreadthBound
    const breadth = this.#rules.isBreadthBound ? incomingBreadth(message) : 60
    const context: ResponseContext<string> = new ResponseContext(
      { method: 'INVITE', rounds: targets, breadth, isSpiral, isOwnDomain: true },
      {
        startBranch: branch => this.#send(message, branch, context, loop, maxForwards.value),
        tryNextAddress: () => false,
        cancelBranch: () => {},
        setTimerC: () => {},
        stopTimerC: () => {},
        forwardResponse: (response, edits) => this.#wire.send(from, writeForwardedResponse(response, edits)),
        respond,
        ended: () => {},
      },
    )
    context.start()
  }

  receiveResponse(response: Parameters<ResponseContext<string>['onResponse']>[1]): void {
    const client = this.#clients.get(response.topVia.branch ?? '')
    assert.ok(client)
    // The client transaction acknowledges a failure.
    if (response.status >= 300) this.#wire.send(client.host, requestText({ method: 'ACK' }))
    client.context.onResponse(client.branch, response)
  }

  #send(
    message: SipRequest,
    branch: Branch<string>,
    context: ResponseContext<string>,
    loop: string,
    maxForwards: number,
  ): 'sent' {
    const route = readRoute(message, {
      isOurs: uri => uri.host === this.host,
      isOurHost: () => false,
      receivedOn: { transport: 'udp', port: 5060 },
    })
    assert.ok(route.ok)
    const nextHop = planNextHop(route.value, { uri: branch.place })
    assert.ok(nextHop.ok)
    this.#branches += 1
    const via = makeBranch(String(this.#branches), loop)
    const edits = forward(authorized, message, {
      nextHop: nextHop.value,
      incoming: this.#side,
      outgoing: this.#side,
      branch: via,
      maxForwards,
      breadth: branch.breadth,
      trust: { remove: [], removeNamed: [] },
    })
    const { host } = nextHop.value.locate
    this.#clients.set(via, { context, branch, host })
    this.#wire.send(host, writeForwardedRequest(message, edits))
    return 'sent'
  }
}

/** Each of `names` names at two domains points at all names of the other one; one INVITE is sent. */
function attack(names: number, isSerial: boolean, rules: Rules, lines: readonly string[] = []): Wire {
  const wire = new Wire(5000)
  const users = Array.from({ length: names }, (_, i) => `u${i}`)
  for (const [own, other] of [
    ['p1.example', 'p2.example'],
    ['p2.example', 'p1.example'],
  ] as const) {
    const contacts = users.map(user => `sip:${user}@${other}`)
    new TestProxy(own, wire, isSerial ? contacts.map(contact => [contact]) : [contacts], rules)
  }
  const invite = request({
    uri: 'sip:u0@p1.example',
    vias: ['SIP/2.0/UDP attacker.example;branch=z9hG4bKx'],
    lines,
  })
  wire.send('p1.example', invite.text)
  wire.run()
  return wire
}

test('FRK-09: two names at each of two domains that point at one another: under 200 messages, and an end', () => {
  for (const isSerial of [false, true]) {
    const wire = attack(2, isSerial, ALL_RULES)
    assert.ok(wire.sent < 200, `${wire.sent} messages`)
    assert.equal(wire.finals.length, 1)
    assert.ok([440, 482, 483].includes(wire.finals[0] ?? 0), String(wire.finals[0]))
  }
})

test('FRK-09: more names do not help, nor a Max-Breadth and Max-Forwards that the attacker chose', () => {
  const lines = ['Max-Breadth: 60000']
  for (const names of [3, 5, 8]) {
    for (const isSerial of [false, true]) {
      const wire = attack(names, isSerial, ALL_RULES, lines)
      assert.ok(wire.sent < 400, `${names} names, serial ${isSerial}: ${wire.sent} messages`)
      assert.equal(wire.finals.length, 1)
    }
  }
})

test('FRK-09: without loop check and Max-Breadth the same INVITE never comes to rest', () => {
  const wire = attack(2, false, { isLoopChecked: false, isBreadthBound: false })
  assert.ok(wire.sent >= 5000)
  assert.ok(attack(5, true, { isLoopChecked: true, isBreadthBound: false }).sent >= 5000)
})
