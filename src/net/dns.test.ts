import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { encode, type Packet, TRUNCATED_RESPONSE } from 'dns-packet'
import type { DnsAnswer, DnsType } from '../base/dns-records.ts'
import { LIMITS } from '../base/limits.ts'
import { DnsResolver } from './dns.ts'
import { readSystemDns } from './dns-system.ts'
import { answering, type Reply, withResponder } from './test-responder.ts'

const noSystem = { servers: [], hosts: new Map() }

function resolverFor(port: number, timeoutMs = 300, nowMs = () => performance.now()): DnsResolver {
  return new DnsResolver({
    servers: [{ ip: '127.0.0.1', port }],
    timeoutMs,
    nowMs,
    random: randomBytes,
    system: noSystem,
  })
}

const addressesOf = (answer: DnsAnswer) =>
  answer.kind === 'records'
    ? answer.records.map(record => ('address' in record ? record.address : record.type))
    : answer

const good = '192.0.2.1'
const forged = '192.0.2.66'
const honest: Reply = (query, send) => send(answering(query, [{ name: query.name, type: 'A', data: good }]))

describe('DNS-01, DNS-02: an answer has to match what only the server saw', () => {
  const lies: Readonly<Record<string, (query: Packet & { readonly name: string }) => Packet>> = {
    'a wrong ID': q =>
      answering({ ...q, id: ((q.id ?? 0) + 1) & 0xffff }, [{ name: q.name, type: 'A', data: forged }]),
    'another name': q =>
      answering({ ...q, questions: [{ name: 'other.test', type: 'A' }] }, [
        { name: q.name, type: 'A', data: forged },
      ]),
    'another type': q =>
      answering({ ...q, questions: [{ name: q.name, type: 'AAAA' }] }, [
        { name: q.name, type: 'A', data: forged },
      ]),
    'other cases of the letters': q =>
      answering({ ...q, questions: [{ name: swapped(q.name), type: 'A' }] }, [
        { name: q.name, type: 'A', data: forged },
      ]),
    'no question': q => answering({ ...q, questions: [] }, [{ name: q.name, type: 'A', data: forged }]),
    'a query instead of a response': q =>
      answering(q, [{ name: q.name, type: 'A', data: forged }], { type: 'query' }),
  }
  for (const [what, lie] of Object.entries(lies)) {
    it(`${what} is counted and not believed`, async () => {
      const reply: Reply = (query, send, from) => {
        send(lie(query))
        honest(query, send, from)
      }
      await withResponder(reply, async ({ port }) => {
        const resolver = resolverFor(port)
        assert.deepEqual(addressesOf(await resolver.ask('www.example.test', 'A')), [good])
        assert.equal(resolver.counts.mismatches, 1)
      })
    })
  }

  it('H01: what somebody may have forged is told with the name that was asked for', async () => {
    const oddities: string[] = []
    const reply: Reply = (query, send, from) => {
      if (query.name.toLowerCase() === 'silent.test') return
      send(lies['a wrong ID']?.(query) ?? query)
      honest(query, send, from)
    }
    await withResponder(reply, async ({ port }) => {
      const resolver = new DnsResolver({
        ...{ servers: [{ ip: '127.0.0.1', port }], timeoutMs: 50, nowMs: () => performance.now() },
        ...{ random: randomBytes, system: noSystem },
        onOddity: (name, oddity) => oddities.push(`${name.toLowerCase()} ${oddity}`),
      })
      await resolver.ask('www.example.test', 'A')
      await resolver.ask('silent.test', 'A')
    })
    assert.deepEqual(oddities, ['www.example.test answer-mismatched', 'silent.test no-answer'])
  })

  it('a datagram from another port never arrives', async () => {
    const stranger = createSocket('udp4')
    const reply: Reply = (query, send, from) => {
      const lie = encode(answering(query, [{ name: query.name, type: 'A', data: forged }]))
      stranger.send(lie, from.port, from.address, () => honest(query, send, from))
    }
    await withResponder(reply, async ({ port }) => {
      const resolver = resolverFor(port)
      assert.deepEqual(addressesOf(await resolver.ask('www.example.test', 'A')), [good])
      assert.equal(resolver.counts.mismatches, 0)
    })
    stranger.close()
  })

  it('a flood of guesses moves the question to TCP', async () => {
    const reply: Reply = (query, send) => {
      for (let id = 0; id < 20; id += 1) {
        send(
          answering({ ...query, id: ((query.id ?? 0) + id + 1) & 0xffff }, [
            { name: query.name, type: 'A', data: forged },
          ]),
        )
      }
    }
    await withResponder(reply, async responder => {
      responder.streamReply = honest
      const resolver = resolverFor(responder.port)
      assert.deepEqual(addressesOf(await resolver.ask('www.example.test', 'A')), [good])
      assert.equal(responder.streams, 1)
    })
  })

  it('every query has its own port, ID and mixture of cases, and asks for recursion without AD', async () => {
    await withResponder(honest, async responder => {
      const resolver = resolverFor(responder.port)
      const names = Array.from({ length: 40 }, (_, at) => `host-with-many-letters-${at}.example.test`)
      await Promise.all(names.map(name => resolver.ask(name, 'A')))
      assert.ok(new Set(responder.queries.map(query => query.id)).size > 35)
      assert.ok(new Set(responder.ports).size > 35)
      const written = responder.queries.map(query => query.questions?.[0]?.name ?? '')
      assert.ok(
        written.filter(name => name !== name.toLowerCase() && name !== name.toUpperCase()).length > 35,
      )
      assert.equal((responder.queries[0]?.flags ?? 0) & 0x0130, 0x0100)
      assert.equal(responder.queries[0]?.additionals?.[0]?.udpPayloadSize, 1232)
    })
  })
})

describe('DNS-13: only what was asked for is believed', () => {
  it('records of other owners, classes and sections are left out', async () => {
    const reply: Reply = (query, send) =>
      send(
        answering(
          query,
          [
            { name: 'bank.test', type: 'A', data: forged },
            { name: query.name, type: 'A', data: forged, class: 'CH' },
            { name: query.name, type: 'A', data: good },
          ],
          { additionals: [{ name: query.name, type: 'A', data: forged, class: 'IN', ttl: 60 }] },
        ),
      )
    await withResponder(reply, async responder => {
      const resolver = resolverFor(responder.port)
      assert.deepEqual(addressesOf(await resolver.ask('www.example.test', 'A')), [good])
      responder.reply = (query, send) => send(answering(query, []))
      assert.deepEqual(await resolver.ask('bank.test', 'A'), { kind: 'none' })
    })
  })

  it('a target that is no host name is left out', async () => {
    const srv = (target: string) => ({ priority: 0, weight: 0, port: 5060, target })
    const reply: Reply = (query, send) =>
      send(
        answering(query, [
          { name: query.name, type: 'SRV', data: srv('a b\r\nVia: x.test') },
          { name: query.name, type: 'SRV', data: srv('Good.Example.Test') },
        ]),
      )
    await withResponder(reply, async ({ port }) => {
      const answer = await resolverFor(port).ask('_sip._udp.example.test', 'SRV')
      assert.ok(answer.kind === 'records')
      assert.deepEqual(answer.records, [{ type: 'SRV', ...srv('good.example.test') }])
    })
  })
})

describe('LOC-09: aliases', () => {
  const aliases =
    (depth: number): Reply =>
    (query, send) => {
      const at = Number(query.name.toLowerCase().slice(1).split('.')[0])
      if (at >= depth) send(answering(query, [{ name: query.name, type: 'A', data: good }]))
      else send(answering(query, [{ name: query.name, type: 'CNAME', data: `c${at + 1}.test` }]))
    }

  it('are followed to a depth of eight, and no further', async () => {
    await withResponder(aliases(LIMITS.maxCnameDepth), async responder => {
      assert.deepEqual(addressesOf(await resolverFor(responder.port).ask('c0.test', 'A')), [good])
      responder.reply = aliases(1000)
      assert.deepEqual(await resolverFor(responder.port).ask('c0.test', 'A'), {
        kind: 'failed',
        why: 'too-deep',
      })
      assert.ok(responder.queries.length < 25)
    })
  })

  it('that lead in a circle end, within one answer and over several', async () => {
    const one: Reply = (query, send) =>
      send(
        answering(query, [
          { name: 'a.test', type: 'CNAME', data: 'b.test' },
          { name: 'b.test', type: 'CNAME', data: 'a.test' },
        ]),
      )
    const several: Reply = (query, send) => {
      const next = query.name.toLowerCase() === 'a.test' ? 'b.test' : 'a.test'
      send(answering(query, [{ name: query.name, type: 'CNAME', data: next }]))
    }
    for (const reply of [one, several]) {
      await withResponder(reply, async ({ port }) => {
        assert.deepEqual(await resolverFor(port).ask('a.test', 'A'), { kind: 'failed', why: 'too-deep' })
      })
    }
  })
})

describe('DNS-11: a truncated answer', () => {
  it('is fetched by TCP, and what the datagram held is not used', async () => {
    const reply: Reply = (query, send) =>
      send(answering(query, [{ name: query.name, type: 'A', data: forged }], { flags: TRUNCATED_RESPONSE }))
    await withResponder(reply, async responder => {
      responder.streamReply = honest
      const resolver = resolverFor(responder.port)
      assert.deepEqual(addressesOf(await resolver.ask('www.example.test', 'A')), [good])
      assert.equal(resolver.counts.streams, 1)
    })
  })
})

describe('a server that fails', () => {
  it('by an error code or by silence is followed by the next one', async () => {
    const codes: readonly Reply[] = [
      (query, send) => send(answering(query, [], { flags: 2 })),
      (query, send) => send(answering(query, [], { flags: 5 })),
      () => undefined,
    ]
    for (const reply of codes) {
      await withResponder(reply, async bad => {
        await withResponder(honest, async fine => {
          const servers = [bad.port, fine.port].map(port => ({ ip: '127.0.0.1', port }))
          const nowMs = () => performance.now()
          const resolver = new DnsResolver({
            servers,
            timeoutMs: 50,
            nowMs,
            random: randomBytes,
            system: noSystem,
          })
          assert.deepEqual(addressesOf(await resolver.ask('www.example.test', 'A')), [good])
        })
      })
    }
  })

  it('by silence of all is a timeout within the bound of the whole look-up', async () => {
    await withResponder(
      () => undefined,
      async responder => {
        const resolver = resolverFor(responder.port, 400)
        const startMs = performance.now()
        assert.deepEqual(await resolver.within(20)('www.example.test', 'A'), {
          kind: 'failed',
          why: 'timeout',
        })
        assert.ok(performance.now() - startMs < 350)
        assert.deepEqual(await resolver.ask('www.example.test', 'A'), { kind: 'failed', why: 'timeout' })
      },
    )
  })

  it('by garbage of any length and content never throws', async () => {
    const reply: Reply = (query, send) => {
      const header = Buffer.alloc(2)
      header.writeUInt16BE(query.id ?? 0)
      send(Buffer.concat([header, randomBytes(200)]))
      send(Buffer.alloc(3))
      send(Buffer.concat([header, Buffer.from('8180ffffffffffffffff', 'hex')]))
      send(Buffer.concat([header, Buffer.from('81800001000100000000c00c', 'hex')]))
    }
    await withResponder(reply, async responder => {
      responder.streamReply = (_, send) => send(randomBytes(30))
      assert.deepEqual(await resolverFor(responder.port).ask('www.example.test', 'A'), {
        kind: 'failed',
        why: 'malformed',
      })
    })
  })

  it('by a port where nobody listens is a failure and no exception', async () => {
    const { port } = await withResponder(honest, async responder => responder)
    assert.deepEqual(await resolverFor(port).ask('www.example.test', 'A'), {
      kind: 'failed',
      why: 'server-failure',
    })
  })
})

describe('what was answered is kept', () => {
  it('as long as its shortest TTL, at hand without a promise', async () => {
    const reply: Reply = (query, send) =>
      send(
        answering(query, [
          { name: query.name, type: 'CNAME', data: 'real.test', ttl: 10 },
          { name: 'real.test', type: 'A', data: good, ttl: 60 },
        ]),
      )
    await withResponder(reply, async responder => {
      let nowMs = 1000
      const resolver = resolverFor(responder.port, 300, () => nowMs)
      await resolver.ask('www.example.test', 'A')
      nowMs += 9_999
      assert.deepEqual(addressesOf(atOnce(resolver, 'WWW.Example.test.', 'A')), [good])
      nowMs += 1
      assert.ok(resolver.ask('www.example.test', 'A') instanceof Promise)
    })
  })

  it('when there is nothing too, as long as the SOA says and at most five minutes', async () => {
    const soa = {
      mname: 'ns.test',
      rname: 'x.test',
      serial: 1,
      refresh: 1,
      retry: 1,
      expire: 1,
      minimum: 86_400,
    }
    const reply: Reply = (query, send) =>
      send(
        answering(query, [], {
          flags: 3,
          authorities: [{ name: 'test', type: 'SOA', ttl: 86_400, class: 'IN', data: soa }],
        }),
      )
    await withResponder(reply, async responder => {
      let nowMs = 0
      const resolver = resolverFor(responder.port, 300, () => nowMs)
      assert.deepEqual(await resolver.ask('no.example.test', 'A'), { kind: 'none' })
      nowMs += 299_999
      assert.deepEqual(atOnce(resolver, 'no.example.test', 'A'), { kind: 'none' })
      nowMs += 1
      assert.ok(resolver.ask('no.example.test', 'A') instanceof Promise)
    })
  })

  it('and equal questions share one query', async () => {
    await withResponder(honest, async responder => {
      const resolver = resolverFor(responder.port)
      await Promise.all(Array.from({ length: 50 }, () => resolver.ask('www.example.test', 'A')))
      assert.equal(responder.queries.length, 1)
    })
  })

  it('and more questions than can be open wait for their turn', async () => {
    await withResponder(honest, async ({ port }) => {
      const resolver = resolverFor(port, 5000)
      const answers = await Promise.all(
        Array.from({ length: 600 }, (_, at) => resolver.ask(`n${at}.test`, 'A')),
      )
      assert.equal(answers.filter(answer => answer.kind === 'records').length, 600)
    })
  })

  it('and a name that cannot stand in DNS is never asked for', async () => {
    const resolver = resolverFor(9)
    for (const name of [
      '',
      'a..b',
      'a b.test',
      'a\r\n.test',
      `${'x'.repeat(64)}.test`,
      'ä.test',
      'x.'.repeat(130),
    ]) {
      assert.deepEqual(resolver.ask(name, 'A'), { kind: 'failed', why: 'name-unfit' })
    }
    assert.equal(resolver.counts.queries, 0)
  })
})

describe('what the machine says itself', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aspis-dns-'))
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('hosts and name servers are read from its files', () => {
    const hosts = join(folder, 'hosts')
    const resolv = join(folder, 'resolv.conf')
    writeFileSync(hosts, '# x\n10.0.0.1 pbx.corp PBX # y\n::1\tpbx.corp\nnonsense a\n')
    writeFileSync(
      resolv,
      'search a.b\nnameserver 192.0.2.53\nnameserver fe80::1%eth0\nnameserver 2001:db8::53\n',
    )
    const system = readSystemDns(resolv, hosts)
    assert.deepEqual(system.servers, [
      { ip: '192.0.2.53', port: 53 },
      { ip: '2001:db8::53', port: 53 },
    ])
    const resolver = new DnsResolver({ nowMs: () => 0, random: randomBytes, system })
    assert.deepEqual(resolver.ask('Pbx', 'A'), {
      kind: 'records',
      records: [{ type: 'A', address: '10.0.0.1' }],
      isLocal: true,
    })
    assert.deepEqual(resolver.ask('pbx.corp', 'AAAA'), {
      kind: 'records',
      records: [{ type: 'AAAA', address: '::1' }],
      isLocal: true,
    })
    assert.deepEqual(resolver.ask('pbx', 'AAAA'), { kind: 'none' })
    assert.deepEqual(readSystemDns('/nowhere', '/nowhere').servers, [{ ip: '127.0.0.1', port: 53 }])
  })

  it('localhost is this machine and .invalid is nothing, whatever a server says (RFC 6761)', () => {
    const resolver = resolverFor(9)
    assert.deepEqual(addressesOf(atOnce(resolver, 'a.localhost', 'AAAA')), ['::1'])
    assert.deepEqual(resolver.ask('x.invalid', 'A'), { kind: 'none' })
  })
})

function swapped(name: string): string {
  return [...name].map(c => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())).join('')
}

function atOnce(resolver: DnsResolver, name: string, type: DnsType): DnsAnswer {
  const answer = resolver.ask(name, type)
  assert.ok(!(answer instanceof Promise))
  return answer
}
