import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { after, before, describe, it } from 'node:test'
import type { DnsAnswer } from '../base/dns-records.ts'
import { DnsResolver } from './dns.ts'

const addressesOf = (answer: DnsAnswer) =>
  answer.kind === 'records'
    ? answer.records.map(record => ('address' in record ? record.address : record.type))
    : answer

describe('a real server (dnsmasq)', {
  skip: hasDnsmasq() ? false : 'dnsmasq is not installed: apt-get install dnsmasq-base',
}, () => {
  let server: ChildProcess
  let resolver: DnsResolver
  before(async () => {
    const port = await freePort()
    const many = Array.from({ length: 120 }, (_, at) => `--host-record=many.aspis.test,192.0.2.${at + 1}`)
    const args = ['-k', '-C', '/dev/null', '-p', `${port}`, '--listen-address=127.0.0.1', '--bind-interfaces']
    server = spawn(
      'dnsmasq',
      [
        ...args,
        '--no-resolv',
        '--no-hosts',
        '--log-facility=-',
        '--pid-file=',
        '--local=/aspis.test/',
        '--naptr-record=aspis.test,50,50,s,SIPS+D2T,,_sips._tcp.aspis.test',
        '--srv-host=_sips._tcp.aspis.test,edge.aspis.test,5061,10,20',
        '--host-record=edge.aspis.test,192.0.2.1,2001:db8::1',
        '--cname=alias.aspis.test,edge.aspis.test',
        ...many,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    await new Promise<void>((resolve, reject) => {
      let log = ''
      server.once('exit', () => reject(new Error(`dnsmasq ended: ${log}`)))
      server.stderr?.on('data', bytes => {
        log += bytes
        if (log.includes('started')) resolve()
      })
    })
    resolver = new DnsResolver({
      servers: [{ ip: '127.0.0.1', port }],
      nowMs: () => performance.now(),
      random: randomBytes,
      system: { servers: [], hosts: new Map() },
    })
  })
  after(() => server?.kill())

  it('answers NAPTR, SRV, A and AAAA', async () => {
    const naptr = await resolver.ask('aspis.test', 'NAPTR')
    assert.ok(naptr.kind === 'records' && naptr.records[0]?.type === 'NAPTR')
    assert.equal(naptr.records[0].replacement, '_sips._tcp.aspis.test')
    assert.equal(naptr.records[0].services, 'SIPS+D2T')
    const srv = await resolver.ask('_sips._tcp.aspis.test', 'SRV')
    assert.ok(srv.kind === 'records')
    assert.deepEqual(srv.records, [
      { type: 'SRV', priority: 10, weight: 20, port: 5061, target: 'edge.aspis.test' },
    ])
    assert.deepEqual(addressesOf(await resolver.ask('edge.aspis.test', 'A')), ['192.0.2.1'])
    assert.deepEqual(addressesOf(await resolver.ask('edge.aspis.test', 'AAAA')), ['2001:db8::1'])
  })

  it('answers by an alias, and that there is nothing', async () => {
    assert.deepEqual(addressesOf(await resolver.ask('alias.aspis.test', 'A')), ['192.0.2.1'])
    assert.deepEqual(await resolver.ask('nobody.aspis.test', 'A'), { kind: 'none' })
    assert.deepEqual(await resolver.ask('edge.aspis.test', 'SRV'), { kind: 'none' })
  })

  it('answers by TCP what is too large for a datagram', async () => {
    const answer = await resolver.ask('many.aspis.test', 'A')
    assert.ok(answer.kind === 'records')
    assert.equal(answer.records.length, 120)
    assert.equal(resolver.counts.streams, 1)
  })
})

function hasDnsmasq(): boolean {
  try {
    execFileSync('dnsmasq', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve))
  const { port } = socket.address()
  await new Promise<void>(resolve => socket.close(resolve))
  return port
}
