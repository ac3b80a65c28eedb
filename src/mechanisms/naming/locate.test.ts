import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { AskDns, DnsAnswer, DnsRecord, DnsType } from '../../base/dns-records.ts'
import { printAddress } from '../../base/flow.ts'
import { LIMITS } from '../../base/limits.ts'
import { parseUri } from '../../sip/uri/uri.ts'
import { locate } from './locate.ts'
import { SipsMemory } from './sips-memory.ts'
import { type LocatePolicy, type OpenTransport, targetOf } from './target.ts'

type Zone = Readonly<Record<string, readonly DnsRecord[] | 'failed'>>

const naptr = (order: number, services: string, replacement: string, flags = 's'): DnsRecord => ({
  type: 'NAPTR',
  order,
  preference: 0,
  flags,
  services,
  regexp: '',
  replacement,
})
const srv = (priority: number, port: number, target: string, weight = 1): DnsRecord => ({
  type: 'SRV',
  priority,
  weight,
  port,
  target,
})
const a = (address: string): DnsRecord => ({ type: 'A', address })
const aaaa = (address: string): DnsRecord => ({ type: 'AAAA', address })

const policy: LocatePolicy = {
  transports: ['tls', 'tcp', 'udp'],
  families: [6, 4],
  nowMs: 1_000_000,
  random: bytes => Buffer.alloc(bytes),
}

function zoneOf(zone: Zone): { readonly ask: AskDns; readonly asked: string[] } {
  const asked: string[] = []
  const ask = (name: string, type: DnsType): DnsAnswer => {
    asked.push(`${name} ${type}`)
    const records = zone[`${name} ${type}`]
    if (records === 'failed') return { kind: 'failed', why: 'timeout' }
    return records === undefined ? { kind: 'none' } : { kind: 'records', records, isLocal: false }
  }
  return { ask, asked }
}

function target(uri: string) {
  const parsed = parseUri(uri)
  assert.ok(parsed.ok, uri)
  return targetOf(parsed.value)
}

/** The hops as text, or the failure; every answer is at hand, so the result must be too. */
function places(
  uri: string,
  zone: Zone = {},
  changes: Partial<LocatePolicy> = {},
): readonly string[] | string {
  const result = locate(target(uri), { ...policy, ...changes }, zoneOf(zone).ask)
  assert.ok(!(result instanceof Promise))
  if (!result.ok) return result.error
  return result.value.hops.map(hop => `${hop.transport} ${printAddress(hop)} as ${hop.host}`)
}

const full: Zone = {
  'example.com NAPTR': [
    naptr(100, 'SIP+D2U', '_sip._udp.example.com'),
    naptr(50, 'SIPS+D2T', '_sips._tcp.provider.net'),
    naptr(90, 'SIP+D2T', '_sip._tcp.example.com'),
  ],
  '_sips._tcp.provider.net SRV': [srv(20, 5071, 'b.provider.net'), srv(10, 5061, 'a.provider.net')],
  '_sips._tcp.example.com SRV': [srv(10, 5061, 'a.provider.net')],
  '_sip._tcp.example.com SRV': [srv(10, 5060, 'a.provider.net')],
  '_sip._udp.example.com SRV': [srv(10, 5060, 'a.provider.net')],
  'a.provider.net A': [a('192.0.2.1')],
  'a.provider.net AAAA': [aaaa('2001:db8::1')],
  'b.provider.net A': [a('192.0.2.2')],
  'b.provider.net AAAA': [aaaa('2001:db8::2')],
  'example.com A': [a('192.0.2.9')],
}

describe('LOC-01: the transport', () => {
  it('an address needs no look-up: UDP for sip, TLS for sips, default ports', () => {
    assert.deepEqual(places('sip:192.0.2.1'), ['udp 192.0.2.1:5060 as 192.0.2.1'])
    assert.deepEqual(places('sips:[2001:DB8::1]'), ['tls [2001:db8::1]:5061 as 2001:db8::1'])
    assert.deepEqual(places('sip:192.0.2.1:5070;transport=tcp'), ['tcp 192.0.2.1:5070 as 192.0.2.1'])
    const { ask, asked } = zoneOf(full)
    locate(target('sip:192.0.2.1'), policy, ask)
    assert.deepEqual(asked, [])
  })

  it('the transport parameter decides, and a sips URI over tcp is TLS', () => {
    assert.deepEqual(places('sip:192.0.2.1;transport=TLS'), ['tls 192.0.2.1:5061 as 192.0.2.1'])
    assert.deepEqual(places('sips:192.0.2.1;transport=tcp'), ['tls 192.0.2.1:5061 as 192.0.2.1'])
    assert.equal(places('sips:192.0.2.1;transport=udp'), 'sips-needs-tls')
    assert.equal(places('sip:192.0.2.1;transport=ws'), 'transport-unsupported')
    assert.equal(places('sip:192.0.2.1;transport=sctp'), 'transport-unsupported')
    assert.equal(places('sips:192.0.2.1', {}, { transports: ['udp', 'tcp'] }), 'transport-unsupported')
  })

  it('a request too large for UDP goes by TCP', () => {
    assert.deepEqual(places('sip:192.0.2.1', {}, { isLarge: true }), ['tcp 192.0.2.1:5060 as 192.0.2.1'])
  })

  it('maddr is where it goes, and the domain stays what a certificate must name', () => {
    assert.deepEqual(places('sips:example.com;maddr=192.0.2.7'), ['tls 192.0.2.7:5061 as example.com'])
  })

  it('an address that can belong to nobody is refused', () => {
    for (const host of ['0.0.0.0', '255.255.255.255', '224.0.1.75', '[ff02::1]', '[::]']) {
      assert.equal(places(`sip:${host}`), 'address-unusable', host)
    }
  })
})

describe('LOC-02, LOC-03: NAPTR, SRV, addresses', () => {
  it('NAPTR orders the transports, and once it begins with TLS nothing in clear follows', () => {
    assert.deepEqual(places('sip:example.com'), 'name-unknown')
    assert.deepEqual(places('sip:example.com', full), [
      'tls [2001:db8::1]:5061 as example.com',
      'tls 192.0.2.1:5061 as example.com',
      'tls [2001:db8::2]:5071 as example.com',
      'tls 192.0.2.2:5071 as example.com',
    ])
  })

  it('without TLS of ours the records for TLS are left out', () => {
    assert.deepEqual(places('sip:example.com', full, { transports: ['udp', 'tcp'], families: [4] }), [
      'tcp 192.0.2.1:5060 as example.com',
      'udp 192.0.2.1:5060 as example.com',
    ])
  })

  it('for sips only records for TLS count, whatever NAPTR offers', () => {
    const clear = { ...full, 'example.com NAPTR': [naptr(1, 'SIP+D2U', '_sip._udp.example.com')] }
    assert.deepEqual(places('sips:example.com', clear, { families: [4] }), [
      'tls 192.0.2.1:5061 as example.com',
    ])
  })

  it('NAPTR records with another flag, an expression or an unknown service are left out', () => {
    const zone = {
      ...full,
      'example.com NAPTR': [
        naptr(1, 'SIP+D2T', 'evil.example', 'a'),
        { ...naptr(2, 'SIP+D2T', 'evil.example'), regexp: '!.*!sip:evil.example!' },
        naptr(3, 'SIP+D2S', 'evil.example'),
        naptr(4, 'SIPS+D2U', 'evil.example'),
        naptr(5, 'sip+d2u', '_sip._udp.example.com', 'S'),
      ],
    }
    assert.deepEqual(places('sip:example.com', zone, { families: [4] }), [
      'udp 192.0.2.1:5060 as example.com',
    ])
  })

  it('without NAPTR the SRV records of each transport of ours are asked for', () => {
    const { 'example.com NAPTR': _, ...zone } = full
    assert.deepEqual(places('sip:example.com', zone, { transports: ['udp', 'tcp'], families: [4] }), [
      'udp 192.0.2.1:5060 as example.com',
      'tcp 192.0.2.1:5060 as example.com',
    ])
  })

  it('with a port there is neither NAPTR nor SRV, even for 5060', () => {
    const { ask, asked } = zoneOf(full)
    locate(target('sip:example.com:5060'), policy, ask)
    assert.deepEqual(asked, ['example.com AAAA', 'example.com A'])
    assert.deepEqual(places('sips:example.com:5071', full), ['tls 192.0.2.9:5071 as example.com'])
  })

  it('without SRV the name itself is the server, at the default port', () => {
    const zone = { 'example.com A': [a('192.0.2.9')] }
    assert.deepEqual(places('sip:example.com', zone), ['udp 192.0.2.9:5060 as example.com'])
    assert.deepEqual(places('sip:example.com;transport=tls', zone), ['tls 192.0.2.9:5061 as example.com'])
    assert.deepEqual(places('sips:example.com', zone), ['tls 192.0.2.9:5061 as example.com'])
  })

  it('a service that the domain says it has not is not looked for elsewhere', () => {
    const zone = { 'example.com A': [a('192.0.2.9')], '_sip._udp.example.com SRV': [srv(0, 0, '')] }
    assert.equal(places('sip:example.com;transport=udp', zone), 'service-refused')
  })

  it('no answer about SRV is not the answer that there is none', () => {
    const zone = { 'example.com A': [a('192.0.2.9')], '_sip._udp.example.com SRV': 'failed' } as const
    assert.equal(places('sip:example.com;transport=udp', zone), 'dns-failed')
  })
})

describe('LOC-04: the order of servers', () => {
  it('a lower priority number always comes first, and every server comes once', () => {
    const record = fc.record({ priority: fc.nat(3), weight: fc.nat(100) })
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 20 }),
        fc.infiniteStream(fc.nat(0xffff_ffff)),
        (drawn, chance) => {
          const records = drawn.map((fields, at) =>
            srv(fields.priority, 5060 + at, 'a.provider.net', fields.weight),
          )
          const zone = { '_sip._udp.example.com SRV': records, 'a.provider.net A': [a('192.0.2.1')] }
          const random = (bytes: number) => {
            const buffer = Buffer.alloc(bytes)
            buffer.writeUInt32BE(chance.next().value ?? 0)
            return buffer
          }
          const hops = places('sip:example.com;transport=udp', zone, { random })
          assert.ok(Array.isArray(hops))
          const order = hops.map(
            hop => drawn[Number(hop.split(':')[1]?.split(' ')[0]) - 5060]?.priority ?? -1,
          )
          assert.deepEqual(
            order,
            order.toSorted((x, y) => x - y),
          )
          assert.equal(new Set(hops).size, drawn.length)
        },
      ),
      { numRuns: 50 },
    )
  })

  it('within one priority the weights say how often a server comes first (RFC 2782)', () => {
    const zone = {
      '_sip._udp.example.com SRV': [srv(1, 1, 'a.provider.net', 1), srv(1, 3, 'a.provider.net', 3)],
      'a.provider.net A': [a('192.0.2.1')],
    }
    let heavy = 0
    for (let draw = 0; draw < 500; draw += 1) {
      const random = (bytes: number) => {
        const buffer = Buffer.alloc(bytes)
        buffer.writeUInt32BE(draw)
        return buffer
      }
      const first = places('sip:example.com;transport=udp', zone, { random })[0]
      if (first?.includes(':3 ')) heavy += 1
    }
    assert.equal(heavy, 300)
  })

  it('families that we have no socket of are not asked for', () => {
    const { ask, asked } = zoneOf(full)
    locate(target('sip:example.com:5060'), { ...policy, families: [4] }, ask)
    assert.deepEqual(asked, ['example.com A'])
  })
})

describe('LOC-07: TLS that vanishes from a domain', () => {
  const stripped: Zone = {
    'example.com NAPTR': [naptr(100, 'SIP+D2U', '_sip._udp.example.com')],
    '_sip._udp.example.com SRV': [srv(10, 5060, 'a.provider.net')],
    'a.provider.net A': [a('192.0.2.1')],
  }

  it('sends nothing in clear to a domain that offered TLS before', () => {
    const memory = new SipsMemory()
    assert.ok(Array.isArray(places('sip:example.com', full, { memory })))
    assert.equal(places('sip:example.com', stripped, { memory }), 'sips-vanished')
    assert.equal(
      places('sip:example.com', { ...stripped, 'example.com NAPTR': 'failed' }, { memory }),
      'sips-vanished',
    )
    assert.equal(places('sip:example.com', {}, { memory }), 'sips-vanished')
  })

  it('goes on and tells it where policy says so', () => {
    const memory = new SipsMemory()
    memory.saw('example.com', policy.nowMs)
    const wanted = { ...policy, memory, whenSipsVanished: 'alert' } as const
    const result = locate(target('sip:example.com'), wanted, zoneOf(stripped).ask)
    assert.ok(!(result instanceof Promise) && result.ok)
    assert.equal(result.value.hasSipsVanished, true)
    assert.equal(result.value.hops[0]?.transport, 'udp')
  })

  it('is believed after a week, and other domains are not touched', () => {
    const memory = new SipsMemory()
    memory.saw('example.com', policy.nowMs)
    memory.saw('example.net', policy.nowMs)
    const later = policy.nowMs + 7 * 24 * 3600 * 1000
    assert.ok(Array.isArray(places('sip:example.com', stripped, { memory, nowMs: later })))
    assert.ok(Array.isArray(places('sip:example.org', { 'example.org A': [a('192.0.2.1')] }, { memory })))
  })

  it('remembers a bounded number of domains', () => {
    const memory = new SipsMemory(10)
    for (let at = 0; at < 1000; at += 1) memory.saw(`d${at}.example`, 0)
    assert.equal(memory.had('d0.example', 1), false)
    assert.equal(memory.had('d999.example', 1), true)
  })
})

describe('LOC-08: DNS changes neither the name in the certificate nor the scheme', () => {
  it('whatever the records say, a sips URI goes by TLS and every hop names its domain', () => {
    const transports = fc.shuffledSubarray<OpenTransport>(['tls', 'tcp', 'udp'], { minLength: 1 })
    const services = fc.array(fc.constantFrom('SIPS+D2T', 'SIP+D2T', 'SIP+D2U', 'SIPS+D2U', 'SIP+D2X', ''))
    const place = fc.constantFrom('evil.example', '_sip._udp.evil.example', 'example.com', '')
    fc.assert(
      fc.property(transports, services, place, (ours, offered, replacement) => {
        const zone = {
          'example.com NAPTR': offered.map((service, at) => naptr(at, service, replacement)),
          [`${replacement} SRV`]: [srv(0, 5060, 'evil.example')],
          'evil.example A': [a('192.0.2.66')],
          'example.com A': [a('192.0.2.1')],
        }
        const hops = places('sips:example.com', zone, { transports: ours })
        if (!Array.isArray(hops)) return
        for (const hop of hops) assert.match(hop, /^tls .* as example\.com$/)
      }),
    )
  })
})

describe('LOC-09: what a stranger can put into DNS is bounded', () => {
  it('looks at 10 NAPTR, 20 SRV and 20 addresses', () => {
    const many = Array.from({ length: 200 }, (_, at) => at)
    const zone = {
      'example.com NAPTR': many.map(at => naptr(at, 'SIP+D2U', `n${at}.example.com`)),
      ...Object.fromEntries(
        many.map(at => [`n${at}.example.com SRV`, many.map(port => srv(0, port + 1, `s${at}.example.com`))]),
      ),
      ...Object.fromEntries(many.map(at => [`s${at}.example.com A`, many.map(low => a(`192.0.2.${low}`))])),
    }
    const { ask, asked } = zoneOf(zone)
    const result = locate(target('sip:example.com'), policy, ask)
    assert.ok(!(result instanceof Promise) && result.ok)
    assert.equal(result.value.hops.length, LIMITS.maxLocatedAddresses)
    assert.equal(asked.filter(question => question.endsWith('SRV')).length, LIMITS.maxNaptrRecords)
    assert.equal(asked.filter(question => question.endsWith(' A')).length, LIMITS.maxSrvRecords)
  })

  it('a private or loopback address under a public name is refused, unless the operator allows it', () => {
    for (const address of ['10.0.0.1', '127.0.0.1', '169.254.169.254', '192.168.1.1']) {
      const zone = { 'example.com A': [a(address)] }
      assert.equal(places('sip:example.com:5060', zone), 'address-private', address)
      assert.equal(places('sip:example.com:5060', zone, { allowPrivate: true }).length, 1)
    }
    assert.equal(
      places('sip:example.com:5060', { 'example.com AAAA': [aaaa('::ffff:10.0.0.1')] }),
      'address-private',
    )
  })

  it('a public name whose SRV points to a local name gets no private address either', () => {
    const zone = {
      '_sip._udp.example.com SRV': [srv(0, 5060, 'router.local')],
      'router.local A': [a('192.168.1.1')],
    }
    assert.equal(places('sip:example.com;transport=udp', zone), 'address-private')
  })

  it('a private address is what one expects under a local name', () => {
    for (const name of ['pbx.local', 'pbx.internal', 'edge.test', 'pbx']) {
      assert.deepEqual(places(`sip:${name}:5060`, { [`${name} A`]: [a('10.0.0.1')] }), [
        `udp 10.0.0.1:5060 as ${name}`,
      ])
    }
  })

  it('an address that can belong to nobody is refused even where private ones are allowed', () => {
    const zone = { 'example.com A': [a('255.255.255.255')] }
    assert.equal(places('sip:example.com:5060', zone, { allowPrivate: true }), 'address-unusable')
  })

  it('of mixed addresses the fit ones are used', () => {
    const zone = { 'example.com A': [a('10.0.0.1'), a('192.0.2.1')] }
    assert.deepEqual(places('sip:example.com:5060', zone), ['udp 192.0.2.1:5060 as example.com'])
  })
})

describe('locating asks and waits only when it must', () => {
  it('a late answer gives the same hops by a promise', async () => {
    const { ask } = zoneOf(full)
    const late: AskDns = (name, type) => Promise.resolve(ask(name, type))
    const now = locate(target('sip:example.com'), policy, ask)
    const later = locate(target('sip:example.com'), policy, late)
    assert.ok(later instanceof Promise)
    assert.deepEqual(await later, now)
  })
})
