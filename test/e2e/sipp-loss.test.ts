import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type EdgeProcess, startEdgeProcess, testFolder } from '../support/edge-process.ts'
import { fieldsOf, importUsers } from '../support/imported-users.ts'
import { makeNetwork, must, type TestNetwork } from '../support/namespaces.ts'
import { missing, missingNamespaces } from '../support/programs.ts'
import { type Recording, record, untilOpen } from '../support/record.ts'
import { runSipp, type Sipp, startSipp } from '../support/sipp.ts'
import { judge } from '../support/tshark.ts'

const DOMAIN = 'a.test'
const CALLEE = { name: 'bob', domain: DOMAIN }
const CALLERS = Array.from({ length: 100 }, (_, i) => ({ name: `caller${i}`, domain: DOMAIN }))
const LOSS_PERCENT = 5
/** Longer than usual: a busy machine must not look like a loss. */
const T1_MS = 1000
const YAML = `
domains: [${DOMAIN}]
listen: [udp://10.99.0.1:5060]
timers: {t1: ${T1_MS}ms}
`
/** A request is repeated after 1, 3, 7 and 11 s; so late it is still answered. */
const LINGER_MS = 12_000

const skip = missing('sipp', 'tcpdump', 'tshark', 'ss', 'nft') || missingNamespaces()

describe('SIPp and Aspis over a network that loses', { skip }, () => {
  const folder = testFolder('loss')
  let network: TestNetwork
  let edge: EdgeProcess
  let recording: Recording
  let callee: Sipp | undefined

  before(async () => {
    network = makeNetwork('sl', 2)
    importUsers(join(folder, 'edge'), YAML, [CALLEE, ...CALLERS])
    const [host = ''] = network.hosts
    edge = await startEdgeProcess({
      yaml: YAML,
      domain: DOMAIN,
      namespace: host,
      folder: join(folder, 'edge'),
    })
    recording = await record(host, join(folder, 'edge.pcap'), 'udp')
  })

  after(async () => {
    const isAlive = edge?.process.exitCode === null && edge.process.signalCode === null
    const said = edge?.output().slice(-4000)
    callee?.kill()
    await edge?.remove()
    await recording?.stop()
    network?.remove()
    rmSync(folder, { recursive: true, force: true })
    assert.ok(isAlive, `the server ended by itself (${edge?.process.signalCode}): ${said}`)
  })

  it(`every call completes though ${LOSS_PERCENT} % of the datagrams are lost each way`, async t => {
    const [server = '', phones = ''] = network.hosts
    const place = {
      host: phones,
      ip: network.ip(1),
      transport: 'udp',
      towards: '10.99.0.1:5060',
      t1Ms: T1_MS,
    } as const
    for (const host of [server, phones]) loseDatagrams(host)

    const registered = await runSipp(folder, {
      ...place,
      scenario: 'register',
      port: 6061,
      calls: 1,
      keys: { domain: DOMAIN, params: '' },
      lines: [fieldsOf(CALLEE)],
      digestUri: DOMAIN,
    })
    assert.deepEqual([registered.exitCode, registered.errors], [0, ''])

    const calls = CALLERS.length
    callee = startSipp(folder, {
      ...place,
      towards: undefined,
      scenario: 'answer-at-once',
      port: 6061,
      calls,
      keys: { linger: LINGER_MS },
      timeoutSeconds: 80,
    })
    await untilOpen(phones, 'udp', 6061)
    const uri = `${CALLEE.name}@${DOMAIN}`
    const caller = await runSipp(folder, {
      ...place,
      scenario: 'call',
      port: 6070,
      calls,
      callsPerSecond: 10,
      keys: { domain: DOMAIN, callee: uri, talk: 4000, linger: LINGER_MS },
      lines: CALLERS.map(each => fieldsOf(each)),
      digestUri: uri,
      timeoutSeconds: 70,
    })
    const called = await callee.ended
    const dropped = [server, phones].map(host => lostDatagrams(host))
    t.diagnostic(
      `${calls} calls; ${dropped.join(' and ')} datagrams lost; sent again by the caller ${caller.retransmissions}, by the callee ${called.retransmissions}`,
    )
    for (const end of [caller, called]) {
      assert.deepEqual([end.exitCode, end.errors, end.successful, end.failed], [0, '', calls, 0])
    }
    assert.ok(
      dropped.every(packets => packets > calls / 10),
      `the loss was real: ${dropped}`,
    )
  })

  it('tshark finds nothing wrong in what Aspis sent', async () => {
    await recording.stop()
    const { problems } = judge(recording.file, { from: '10.99.0.1', ports: [6061, 6070] })
    assert.deepEqual(problems, [])
  })
})

/** What arrives is lost before a socket sees it: a drop on the way out would be told to the sender. */
function loseDatagrams(host: string): void {
  const loss = `meta l4proto udp numgen random mod 100 < ${LOSS_PERCENT} counter drop`
  const rules = `table inet loss { chain input { type filter hook input priority 0; ${loss}; }; }`
  must('ip', 'netns', 'exec', host, 'nft', rules)
}

function lostDatagrams(host: string): number {
  const listing = must('ip', 'netns', 'exec', host, 'nft', 'list', 'table', 'inet', 'loss')
  return Number(/packets (\d+)/.exec(listing)?.[1] ?? 0)
}
