import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { aspis, type EdgeProcess, startEdgeProcess, testFolder } from '../support/edge-process.ts'
import { fieldsOf, importUsers, type SippUser } from '../support/imported-users.ts'
import { makeNetwork, type TestNetwork } from '../support/namespaces.ts'
import { missing, missingNamespaces } from '../support/programs.ts'
import { untilOpen } from '../support/record.ts'
import { runSipp, type Sipp, type SippEnd, startSipp } from '../support/sipp.ts'

const DOMAIN = 'a.test'
/** A machine with much else to do answers late, and what is repeated then is answered twice. */
const T1_MS = 3000
const GATEWAY_PORT = 6061
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const

/** A day of the week that is neither today nor next to it, in UTC. */
const otherDay = DAYS[(new Date().getUTCDay() + 3) % 7] ?? 'mon'

const yamlOf = (calls: number): string =>
  `
domains: [${DOMAIN}]
listen: [udp://10.99.0.1:5060]
workers: 2
timers: {t1: ${T1_MS}ms}
trunks: [{name: gateway, uri: "sip:10.99.0.3:${GATEWAY_PORT}", addresses: [10.99.0.3]}]
insecure: [{allow: trunk-without-tls, trunk: gateway, because: SIPp is the gateway of this test}]
policy:
  numbers: {country: 44}
  classes:
    - {name: national, numbers: ["+44*"]}
    - {name: mobile, numbers: ["+447*"]}
    - {name: premium, numbers: ["+449*"]}
    - {name: world, numbers: ["+*"], per-call: 3, per-minute: 0.60}
  times: [{name: some other day, days: [${otherDay}]}]
  limits:
    - {name: at once, calls: ${calls}}
    - {name: purse, class: world, spend: 5, period: month}
rules:
  - {name: no premium, from: own-users, to: class:premium, allow: false}
  - {name: mobile, from: own-users, to: class:mobile, when: [some other day], via: gateway, allow: true}
  - {name: no mobile, from: own-users, to: class:mobile, allow: false}
  - {name: numbers, from: own-users, to: [class:national, class:world], via: gateway, allow: true}
`.replaceAll('some other day', 'other-day')

const skip = missing('sipp', 'ss') || missingNamespaces()

describe('The policy, with SIPp as callers and gateway and two workers', { skip }, () => {
  const folder = testFolder('policy')
  const edgeFolder = join(folder, 'edge')
  const user = (name: string): SippUser => ({ name, domain: DOMAIN })
  let network: TestNetwork
  let edge: EdgeProcess
  let gateway: Sipp
  let port = 6100

  const start = async (): Promise<void> => {
    const [namespace = ''] = network.hosts
    edge = await startEdgeProcess({ yaml: yamlOf(2), domain: DOMAIN, namespace, folder: edgeFolder })
  }

  before(async () => {
    network = makeNetwork('po', 3)
    importUsers(edgeFolder, yamlOf(2), ['alice', 'bob', 'carol', 'dave'].map(user))
    await start()
    const [, , host = ''] = network.hosts
    gateway = startSipp(folder, {
      scenario: 'answer',
      host,
      ip: network.ip(2),
      port: GATEWAY_PORT,
      transport: 'udp',
      calls: 1000,
      keys: { ring: 50, linger: 100 },
      timeoutSeconds: 300,
    })
    await untilOpen(host, 'udp', GATEWAY_PORT)
  })

  after(async () => {
    const isAlive = edge?.process.exitCode === null && edge.process.signalCode === null
    const said = edge?.output().slice(-4000)
    gateway?.kill()
    await edge?.remove()
    network?.remove()
    rmSync(folder, { recursive: true, force: true })
    assert.ok(isAlive, `the server ended by itself (${edge?.process.signalCode}): ${said}`)
  })

  /** One call from a port of its own, so that the workers share the callers. */
  const call = (from: string, number: string, talkMs = 100): Promise<SippEnd> => {
    const [, host = ''] = network.hosts
    const callee = `${number}@${DOMAIN}`
    port += 1
    return runSipp(folder, {
      scenario: 'call',
      host,
      ip: network.ip(1),
      port,
      towards: '10.99.0.1:5060',
      transport: 'udp',
      calls: 1,
      t1Ms: T1_MS,
      keys: { domain: DOMAIN, callee, talk: talkMs, linger: 100 },
      lines: [fieldsOf(user(from))],
      digestUri: callee,
    })
  }

  /** The final answer to the INVITE that had credentials. */
  const statusOf = (end: SippEnd): string => {
    const statuses = end.messages
      .filter(({ direction }) => direction === 'received')
      .map(({ startLine }) => / ([2-6]\d\d)/.exec(startLine)?.[1] ?? '')
      .filter(status => status !== '' && status !== '407')
    return statuses[0] ?? 'none'
  }

  it('a number goes out by the class that it has, however it is written', async () => {
    for (const number of ['+442079460123', '02079460123', '00442079460123']) {
      assert.equal(statusOf(await call('alice', number)), '200', number)
    }
    for (const number of ['+44900123', '0900123', '0044900123', '%2B44(0)900123', '+44900123;rn=+4420']) {
      assert.equal(statusOf(await call('alice', number)), '403', number)
    }
    assert.equal(edge.metric('aspis_policy_decisions_total{rule="no premium"}'), 4)
    assert.equal(edge.metric('aspis_policy_decisions_total{rule="unreadable-number"}'), 1)
  })

  it('check says beforehand what the server decides, and by which rule', () => {
    const file = join(edgeFolder, 'aspis.yaml')
    const ask = ['check', '--explain', '-c', file, '--as', `alice@${DOMAIN}`, '--call', '02079460123']
    assert.match(
      aspis(ask),
      /aspis\.yaml:\d+ numbers: fits: allowed\nallowed by rule "numbers", by trunk gateway/,
    )
  })

  it('a rule of another day does not hold today', async () => {
    assert.equal(statusOf(await call('alice', '+447700900123')), '403')
    assert.equal(edge.metric('aspis_policy_decisions_total{rule="no mobile"}'), 1)
  })

  it('of eight calls of one user at once, from eight places and at two workers, two go through', async () => {
    const ends = await Promise.all(Array.from({ length: 8 }, () => call('bob', '+442079460123', 4000)))
    const statuses = ends.map(statusOf).sort()
    assert.deepEqual(statuses, ['200', '200', '480', '480', '480', '480', '480', '480'])
    assert.equal(edge.metric('aspis_policy_full_total{limit="at once"}'), 6)
    await until(() => edge.metric('aspis_policy_calls{limit="at once"}') === 0)
    assert.equal(statusOf(await call('bob', '+442079460123')), '200')
  })

  it('what was spent is spent, over calls and over a restart', async () => {
    assert.equal(statusOf(await call('carol', '+33123')), '200')
    assert.equal(statusOf(await call('carol', '+33123')), '403')
    assert.equal(statusOf(await call('carol', '+442079460123')), '200')
    assert.equal(await edge.stop(), 0)
    await start()
    assert.equal(statusOf(await call('carol', '+33123')), '403')
    assert.equal(statusOf(await call('dave', '+33123')), '200')
  })

  it('a reload changes bounds, and what runs stays counted', async () => {
    const long = Promise.all([call('bob', '+442079460123', 6000), call('bob', '+442079460124', 6000)])
    await until(() => edge.metric('aspis_policy_calls{limit="at once"}') === 2)
    assert.equal(statusOf(await call('bob', '+442079460125')), '480')
    const file = join(edgeFolder, 'aspis.yaml')
    writeFileSync(file, readFileSync(file, 'utf8').replace('calls: 2', 'calls: 3'))
    edge.process.kill('SIGHUP')
    await until(() => edge.metric('aspis_reloads_total{result="taken"}') === 1)
    const third = call('bob', '+442079460126', 1500)
    await until(() => edge.metric('aspis_policy_calls{limit="at once"}') === 3)
    assert.equal(statusOf(await call('bob', '+442079460127')), '480')
    assert.deepEqual([...(await long), await third].map(statusOf), ['200', '200', '200'])
  })
})

/** Waits for what comes soon. */
async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (holds()) return
    await new Promise(done => setTimeout(done, 100))
  }
  assert.fail(`waited in vain: ${holds}`)
}
