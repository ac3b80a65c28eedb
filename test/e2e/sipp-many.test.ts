import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type EdgeProcess, startEdgeProcess, testFolder } from '../support/edge-process.ts'
import { fieldsOf, importUsers } from '../support/imported-users.ts'
import { makeNetwork, type TestNetwork } from '../support/namespaces.ts'
import { missing, missingNamespaces } from '../support/programs.ts'
import { type Recording, record, untilOpen } from '../support/record.ts'
import { runSipp, type Sipp, startSipp } from '../support/sipp.ts'
import { judge } from '../support/tshark.ts'

const DOMAIN = 'a.test'
const USERS = Array.from({ length: 10_000 }, (_, i) => ({
  name: `user${String(i).padStart(5, '0')}`,
  domain: DOMAIN,
}))
const HALF = USERS.length / 2
/** SIPp asks with one digest `uri` a run, so a run of callers calls one user. */
const CALLEES = 5
const CALLS_EACH = 40
const PHONES_PORT = 6061
/** A machine with much else to do answers late, and what is repeated then is answered twice. */
const T1_MS = 3000
const YAML = `
domains: [${DOMAIN}]
listen: [udp://10.99.0.1:5060, tcp://10.99.0.1:5060]
timers: {t1: ${T1_MS}ms}
`

const skip = missing('sipp', 'tcpdump', 'tshark', 'ss') || missingNamespaces()

describe('SIPp with ten thousand users', { skip }, () => {
  const folder = testFolder('many')
  let network: TestNetwork
  let edge: EdgeProcess
  let phones: Sipp | undefined
  let recording: Recording

  before(async () => {
    network = makeNetwork('sm', 2)
    importUsers(join(folder, 'edge'), YAML, USERS)
    const [host = ''] = network.hosts
    edge = await startEdgeProcess({
      yaml: YAML,
      domain: DOMAIN,
      namespace: host,
      folder: join(folder, 'edge'),
    })
    recording = await record(host, join(folder, 'edge.pcap'), 'src host 10.99.0.1')
  })

  after(async () => {
    const isAlive = edge?.process.exitCode === null && edge.process.signalCode === null
    const said = edge?.output().slice(-4000)
    phones?.kill()
    await edge?.remove()
    await recording?.stop()
    network?.remove()
    rmSync(folder, { recursive: true, force: true })
    assert.ok(isAlive, `the server ended by itself (${edge?.process.signalCode}): ${said}`)
  })

  for (const [transport, users] of [
    ['udp', USERS.slice(0, HALF)],
    ['tcp', USERS.slice(HALF)],
  ] as const) {
    it(`half of them register over ${transport}`, async t => {
      const startMs = performance.now()
      const end = await runSipp(folder, {
        scenario: 'register',
        ...place(network),
        transport,
        port: PHONES_PORT,
        calls: users.length,
        callsPerSecond: 2000,
        maxOpenCalls: 20,
        t1Ms: T1_MS,
        keys: { domain: DOMAIN, params: '' },
        lines: users.map(user => fieldsOf(user)),
        digestUri: DOMAIN,
        timeoutSeconds: 90,
      })
      const seconds = (performance.now() - startMs) / 1000
      t.diagnostic(
        `${end.successful} registered in ${seconds.toFixed(1)} s, ${end.retransmissions} sent again`,
      )
      assert.deepEqual([end.exitCode, end.errors, end.successful], [0, '', users.length])
      assert.equal(edge.metric('aspis_bindings'), transport === 'udp' ? HALF : USERS.length)
    })

    it(`they call one another over ${transport}`, async t => {
      const { host, ip, towards } = place(network)
      const calls = CALLEES * CALLS_EACH
      phones = startSipp(folder, {
        scenario: 'answer',
        ...{ host, ip, transport, port: PHONES_PORT, calls },
        t1Ms: T1_MS,
        keys: { ring: 100, linger: 4000 },
        timeoutSeconds: 90,
      })
      await untilOpen(host, transport, PHONES_PORT)
      const startMs = performance.now()
      const callers = await Promise.all(
        Array.from({ length: CALLEES }, (_, run) => {
          const callee = users[users.length - 1 - run]
          const from = users.slice(run * CALLS_EACH, (run + 1) * CALLS_EACH)
          const uri = `${callee?.name}@${DOMAIN}`
          return runSipp(folder, {
            scenario: 'call',
            ...{ host, ip, transport, towards, port: 6070 + run, calls: CALLS_EACH, callsPerSecond: 8 },
            t1Ms: T1_MS,
            keys: { domain: DOMAIN, callee: uri, talk: 1000, linger: 1000 },
            lines: from.map(user => fieldsOf(user)),
            digestUri: uri,
            timeoutSeconds: 60,
          })
        }),
      )
      const called = await phones.ended
      const seconds = (performance.now() - startMs) / 1000
      t.diagnostic(`${calls} calls between ${calls + CALLEES} users in ${seconds.toFixed(1)} s`)
      for (const end of callers) {
        assert.deepEqual([end.exitCode, end.errors, end.successful], [0, '', CALLS_EACH])
      }
      assert.deepEqual([called.exitCode, called.errors, called.successful], [0, '', calls])
    })
  }

  it('tshark finds nothing wrong in what Aspis sent', async t => {
    await recording.stop()
    const ports = [PHONES_PORT, ...Array.from({ length: CALLEES }, (_, run) => 6070 + run)]
    const { messages, problems } = judge(recording.file, { ports })
    t.diagnostic(`${messages} messages read`)
    assert.deepEqual(problems, [])
    assert.ok(messages >= 2 * USERS.length, `only ${messages} messages`)
  })
})

function place({ hosts, ip }: TestNetwork) {
  return { host: hosts[1] ?? '', ip: ip(1), towards: '10.99.0.1:5060' } as const
}
