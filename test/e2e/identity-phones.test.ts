/** Calls with signed identity between two domains of ours, with programs of others at the ends that know nothing of it. */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { testFolder } from '../support/edge-process.ts'
import { fieldsOf } from '../support/imported-users.ts'
import { makeNetwork, type TestNetwork } from '../support/namespaces.ts'
import { type Baresip, startBaresip } from '../support/phones/baresip.ts'
import { missing, missingNamespaces } from '../support/programs.ts'
import { untilOpen } from '../support/record.ts'
import { runSipp, type Sipp, startSipp } from '../support/sipp.ts'
import { CALLEE, CALLER, PASSWORD, type StirDomains, startStirDomains } from '../support/stir-domains.ts'

const CALLS = 20
/** A machine with much else to do answers late, and what is repeated then is answered twice. */
const T1_MS = 3000

describe('signed identity, with SIPp and baresip at the ends', {
  skip: missing('sipp', 'baresip', 'curl') || missingNamespaces(),
  timeout: 180_000,
}, () => {
  const folder = testFolder('stir-phones')
  const running: Sipp[] = []
  const phones: Baresip[] = []
  let network: TestNetwork
  let domains: StirDomains

  before(async () => {
    network = makeNetwork('st', 3)
    const [namespace = ''] = network.hosts
    domains = await startStirDomains({ namespace, ip: network.ip(0), isMd5: true })
  })
  after(async () => {
    for (const sipp of running) sipp.kill()
    await Promise.all(phones.map(phone => phone.stop()))
    await domains?.remove()
    network?.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  const judged = (edge: 'a' | 'b', outcome: string): number =>
    domains[edge].metric(`aspis_identity_judged_total{outcome="${outcome}"}`)

  test('SIPp calls SIPp: every INVITE and BYE is signed and found valid, and so is every answer', async () => {
    const at = (domain: 'a' | 'b', port: number) => {
      const host = domain === 'a' ? 1 : 2
      return {
        host: network.hosts[host] ?? '',
        ip: network.ip(host),
        port,
        transport: 'udp' as const,
        t1Ms: T1_MS,
      }
    }
    const towards = (domain: 'a' | 'b'): string => `${network.ip(0)}:${domains.ports[domain]}`
    const caller = { name: `+${CALLER}`, domain: 'a.test' }
    const callee = { name: `+${CALLEE}`, domain: 'b.test' }
    const registered = await runSipp(folder, {
      ...at('b', 6061),
      scenario: 'register',
      towards: towards('b'),
      calls: 1,
      keys: { domain: 'b.test', params: '' },
      lines: [fieldsOf(callee, PASSWORD)],
      digestUri: 'b.test',
    })
    assert.equal(registered.exitCode, 0, registered.errors)
    const answering = startSipp(folder, {
      ...at('b', 6061),
      scenario: 'answer',
      calls: CALLS,
      keys: { ring: 50, linger: 100 },
      timeoutSeconds: 60,
    })
    running.push(answering)
    await untilOpen(network.hosts[2] ?? '', 'udp', 6061)
    const called = await runSipp(folder, {
      ...at('a', 6070),
      scenario: 'call',
      towards: towards('a'),
      calls: CALLS,
      callsPerSecond: 10,
      keys: { domain: 'a.test', callee: `+${CALLEE}@b.test`, talk: 300, linger: 100 },
      lines: [fieldsOf(caller, PASSWORD)],
      digestUri: `+${CALLEE}@b.test`,
      timeoutSeconds: 60,
    })
    assert.deepEqual([called.exitCode, called.successful, called.failed], [0, CALLS, 0], called.errors)
    const answered = await answering.ended
    assert.deepEqual([answered.exitCode, answered.successful], [0, CALLS], answered.errors)
    assert.equal(judged('b', 'valid'), 2 * CALLS)
    assert.ok(domains.a.metric('aspis_identity_answers_total{outcome="valid"}') >= CALLS)
    assert.equal(domains.a.metric('aspis_identity_signed_total{attestation="A"}'), 2 * CALLS)
    assert.equal(domains.b.metric('aspis_certificates_fetched_total'), 1)
  })

  test('baresip calls baresip, and the callee hangs up: the BYE of the other side is signed and found valid', async () => {
    const phone = async (domain: 'a' | 'b', name: string, hz: number): Promise<Baresip> => {
      const host = domain === 'a' ? 1 : 2
      const started = await startBaresip({
        ...{ name, hz, password: PASSWORD, domain: `${domain}.test`, transport: 'udp' },
        authority: '/etc/ssl/certs/ca-certificates.crt',
        namespace: network.hosts[host] ?? '',
        ip: network.ip(host),
        server: network.ip(0),
        port: domains.ports[domain],
        folder: join(folder, name),
        isAnswering: domain === 'b',
      })
      phones.push(started)
      return started
    }
    const alice = await phone('a', 'alice', 440)
    const bob = await phone('b', 'bob', 640)
    const before = { a: judged('a', 'valid'), b: judged('b', 'valid') }
    await alice.command('dial', 'sip:bob@b.test')
    await Promise.all([alice.saw('CALL_ESTABLISHED'), bob.saw('CALL_ESTABLISHED')])
    await bob.command('hangup')
    await alice.saw('CALL_CLOSED')
    assert.deepEqual(
      { a: judged('a', 'valid'), b: judged('b', 'valid') },
      { a: before.a + 1, b: before.b + 1 },
    )
  })
})
