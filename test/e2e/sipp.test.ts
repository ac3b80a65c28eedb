import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type EdgeProcess, startEdgeProcess, testFolder } from '../support/edge-process.ts'
import { fieldsOf, importUsers, type SippUser } from '../support/imported-users.ts'
import { makeNetwork, type TestNetwork } from '../support/namespaces.ts'
import { missing, missingNamespaces } from '../support/programs.ts'
import { type Recording, record, untilOpen } from '../support/record.ts'
import { runSipp, type Sipp, type SippEnd, type SippRun, startSipp } from '../support/sipp.ts'
import { judge } from '../support/tshark.ts'

const DOMAIN = 'a.test'
const REDIRECTING = 'red.test'
/** A machine with much else to do answers late, and what is repeated then is answered twice. */
const T1_MS = 3000
const YAML = `
domains: [${DOMAIN}, {name: ${REDIRECTING}, mode: redirect}]
listen: [udp://10.99.0.1:5060, tcp://10.99.0.1:5060]
timers: {t1: ${T1_MS}ms}
`
const PORTS = { caller: 6070, first: 6061, second: 6062 }

const skip = missing('sipp', 'tcpdump', 'tshark', 'ss') || missingNamespaces()

describe('SIPp and Aspis', { skip }, () => {
  const folder = testFolder('sipp')
  let network: TestNetwork
  let edge: EdgeProcess
  let recording: Recording
  const running: Sipp[] = []

  before(async () => {
    network = makeNetwork('sp', 2)
    const users = ['udp', 'tcp'].flatMap(transport => [
      ...['alice', 'bob', 'carol', 'dave'].map(name => ({ name: `${name}-${transport}`, domain: DOMAIN })),
      ...['erin', 'frank'].map(name => ({ name: `${name}-${transport}`, domain: REDIRECTING })),
    ])
    importUsers(join(folder, 'edge'), YAML, users)
    const [host = ''] = network.hosts
    edge = await startEdgeProcess({
      yaml: YAML,
      domain: DOMAIN,
      namespace: host,
      folder: join(folder, 'edge'),
    })
    recording = await record(host, join(folder, 'edge.pcap'), 'udp or tcp')
  })

  after(async () => {
    const isAlive = edge?.process.exitCode === null && edge.process.signalCode === null
    const said = edge?.output().slice(-4000)
    for (const sipp of running) sipp.kill()
    await edge?.remove()
    await recording?.stop()
    network?.remove()
    rmSync(folder, { recursive: true, force: true })
    assert.ok(isAlive, `the server ended by itself (${edge?.process.signalCode}): ${said}`)
  })

  for (const transport of ['udp', 'tcp'] as const) {
    const user = (name: string, domain = DOMAIN): SippUser => ({ name: `${name}-${transport}`, domain })
    const alice = user('alice')
    const bob = user('bob')

    /** Runs a scenario of a phone that begins. */
    const begin = (scenario: string, more: Partial<SippRun>): Promise<SippEnd> => {
      const [, host = ''] = network.hosts
      const place = { host, ip: network.ip(1), port: PORTS.caller, towards: '10.99.0.1:5060', t1Ms: T1_MS }
      return runSipp(folder, { scenario, ...place, transport, calls: 1, ...more })
    }
    /** Starts a phone that waits for a call. */
    const wait = async (scenario: string, port: number, more: Partial<SippRun> = {}): Promise<Sipp> => {
      const [, host = ''] = network.hosts
      const sipp = startSipp(folder, {
        scenario,
        host,
        ip: network.ip(1),
        port,
        transport,
        calls: 1,
        ...more,
      })
      running.push(sipp)
      await untilOpen(host, transport, port)
      return sipp
    }
    const register = (who: SippUser, port: number, params = ''): Promise<SippEnd> =>
      begin('register', {
        port,
        keys: { domain: who.domain, params },
        lines: [fieldsOf(who)],
        digestUri: who.domain,
      })
    const call = (
      scenario: string,
      from: SippUser,
      to: SippUser,
      keys: Readonly<Record<string, string | number>> = {},
      calls = 1,
    ): Promise<SippEnd> => {
      const callee = `${to.name}@${to.domain}`
      return begin(scenario, {
        calls,
        keys: { domain: from.domain, callee, talk: 100, linger: 100, ...keys },
        lines: [fieldsOf(from)],
        digestUri: callee,
      })
    }

    describe(`over ${transport}`, () => {
      it('a phone registers with its password, is told its contact, and takes it away again', async () => {
        asWritten(await register(bob, PORTS.first))
        asWritten(
          await begin('unregister', {
            port: PORTS.first,
            keys: { domain: DOMAIN },
            lines: [fieldsOf(bob)],
            digestUri: DOMAIN,
          }),
        )
      })

      it('a call is challenged, rings, is answered and ends by the Record-Route', async () => {
        asWritten(await register(bob, PORTS.first))
        const callee = await wait('answer', PORTS.first, { calls: 5, keys: { ring: 100, linger: 500 } })
        const caller = await call('call', alice, bob, {}, 5)
        asWritten(caller, 5)
        asWritten(await callee.ended, 5)
        assert.deepEqual(statusesOf(caller, '1-'), ['407', '100', '180', '200', '200'])
      })

      it('a callee who hangs up reaches the caller by the same route', async () => {
        asWritten(await register(bob, PORTS.first))
        const callee = await wait('hang-up', PORTS.first, { keys: { ring: 100, talk: 200 } })
        asWritten(await call('call-hung-up', alice, bob))
        asWritten(await callee.ended)
      })

      it('a caller who gives up while it rings is answered 487, and the callee is cancelled', async () => {
        asWritten(await register(bob, PORTS.first))
        const callee = await wait('cancelled', PORTS.first)
        asWritten(await call('call-cancelled', alice, bob))
        asWritten(await callee.ended)
      })

      it('of two contacts that ring, one answers and the other is cancelled', async () => {
        const carol = user('carol')
        asWritten(await register(carol, PORTS.first))
        asWritten(await register(carol, PORTS.second))
        const slow = await wait('cancelled', PORTS.first)
        const fast = await wait('answer', PORTS.second, { keys: { ring: 500, linger: 500 } })
        asWritten(await call('call', alice, carol))
        asWritten(await fast.ended)
        const end = await slow.ended
        asWritten(end)
        assert.deepEqual(
          end.messages.map(message => message.startLine.split(' ').slice(0, 2).join(' ')),
          [
            `INVITE sip:${carol.name}@10.99.0.2:6061;transport=${transport.toUpperCase()}`,
            'SIP/2.0 180',
            `CANCEL sip:${carol.name}@10.99.0.2:6061;transport=${transport.toUpperCase()}`,
            'SIP/2.0 200',
            'SIP/2.0 487',
            `ACK sip:${carol.name}@10.99.0.2:6061;transport=${transport.toUpperCase()}`,
          ],
        )
      })

      it('contacts of lower q are tried once those of higher q have refused', async () => {
        const dave = user('dave')
        asWritten(await register(dave, PORTS.first, ';q=0.3'))
        asWritten(await register(dave, PORTS.second, ';q=0.9'))
        const preferred = await wait('busy', PORTS.second, { keys: { ring: 400 } })
        const other = await wait('answer', PORTS.first, { keys: { ring: 100, linger: 500 } })
        asWritten(await call('call', alice, dave))
        const [busy, answered] = await Promise.all([preferred.ended, other.ended])
        asWritten(busy)
        asWritten(answered)
        const refusedMs = busy.messages.find(each => each.startLine.includes('486'))?.atMs ?? Infinity
        const triedMs = answered.messages.find(each => each.startLine.startsWith('INVITE'))?.atMs ?? 0
        assert.ok(refusedMs <= triedMs, `refused at ${refusedMs}, the next tried at ${triedMs}`)
      })

      it('a domain in mode redirect names the contacts in a 302', async () => {
        const erin = user('erin', REDIRECTING)
        asWritten(await register(erin, PORTS.first))
        const contact = `sip:${erin.name}@10.99.0.2:6061`
        asWritten(await call('call-redirected', user('frank', REDIRECTING), erin, { contact }))
      })

      it('a wrong password is challenged again, for REGISTER and INVITE', async () => {
        const wrong = [fieldsOf(bob, 'not-his-password')]
        asWritten(
          await begin('register-refused', {
            port: PORTS.first,
            keys: { domain: DOMAIN, params: '' },
            lines: wrong,
            digestUri: DOMAIN,
          }),
        )
        const callee = `${alice.name}@${DOMAIN}`
        asWritten(
          await begin('call-refused', { keys: { domain: DOMAIN, callee }, lines: wrong, digestUri: callee }),
        )
      })
    })
  }

  it('tshark finds nothing wrong in what Aspis sent', async () => {
    await recording.stop()
    const { messages, problems } = judge(recording.file, { from: '10.99.0.1', ports: Object.values(PORTS) })
    assert.deepEqual(problems, [])
    assert.ok(messages > 150, `only ${messages} messages`)
  })
})

/** Every call of a run went as the scenario says, and nothing else came. */
function asWritten(end: SippEnd, calls = 1): void {
  assert.deepEqual(
    { exitCode: end.exitCode, errors: end.errors, successful: end.successful, unexpected: end.unexpected },
    { exitCode: 0, errors: '', successful: calls, unexpected: 0 },
    end.messages.map(message => `${message.direction} ${message.startLine}`).join('\n'),
  )
}

/** Status codes that came in the call whose Call-ID begins so, in order. */
function statusesOf(end: SippEnd, callId: string): readonly string[] {
  return end.messages
    .filter(message => message.callId.startsWith(callId) && message.startLine.startsWith('SIP/2.0'))
    .map(message => message.startLine.split(' ')[1] ?? '')
}
