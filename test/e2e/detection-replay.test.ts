/**
 * What the server finds while it is attacked, and what `aspis replay` finds in a capture of the same: one list of
 * findings. The attackers are the tools that attackers use; ordinary phones register and call beside them.
 */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type EdgeProcess, ROOT, startEdgeProcess, testFolder } from '../support/edge-process.ts'
import { fieldsOf, importUsers, type SippUser } from '../support/imported-users.ts'
import { makeNetwork, type TestNetwork } from '../support/namespaces.ts'
import { missing, missingNamespaces } from '../support/programs.ts'
import { type Recording, record, untilOpen } from '../support/record.ts'
import { runSipp, type SippRun, startSipp } from '../support/sipp.ts'

const DOMAIN = 'example.test'
const SERVER = '10.99.0.1'
const YAML = `
domains: [${DOMAIN}]
listen: [udp://${SERVER}:5060, tcp://${SERVER}:5060]
detection: {mode: monitor}
`
const HOST = {
  server: 0,
  phones: 1,
  mapper: 2,
  enumerator: 3,
  cracker: 4,
  flooder: 5,
  streamCracker: 6,
} as const
const USERS: readonly SippUser[] = ['alice', 'bob', '100'].map(name => ({ name, domain: DOMAIN }))

const skip = missing('sipp', 'tcpdump', 'ss', 'svmap', 'svwar', 'svcrack') || missingNamespaces()

interface Verdict {
  readonly detector: string
  readonly subject: string
}

describe('a capture of attacks, replayed', { skip }, () => {
  const folder = testFolder('replay')
  const ordinary = join(folder, 'ordinary.pcap')
  const everything = join(folder, 'everything.pcap')
  let network: TestNetwork
  let edge: EdgeProcess
  let recording: Recording
  let live: readonly string[]

  before(async () => {
    network = makeNetwork('rp', 7)
    importUsers(join(folder, 'edge'), YAML, USERS)
    const host = network.hosts[HOST.server] ?? ''
    edge = await startEdgeProcess({
      ...{ yaml: YAML, domain: DOMAIN, namespace: host, folder: join(folder, 'edge') },
    })
    recording = await record(host, everything, 'udp or tcp')
    const quiet = await record(host, ordinary, 'udp or tcp')
    await ordinaryDay()
    await quiet.stop()
    await attacks()
    live = await findingsOf(edge)
    await recording.stop()
  })

  after(async () => {
    await edge?.remove()
    await recording?.stop()
    network?.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  const [alice, bob] = USERS
  assert.ok(alice !== undefined && bob !== undefined)

  /** Runs SIPp of a host towards the server. */
  const sipp = (index: number, run: Omit<SippRun, 'host' | 'ip' | 'towards'>) =>
    runSipp(folder, {
      ...{ host: network.hosts[index] ?? '', ip: network.ip(index), towards: `${SERVER}:5060`, ...run },
    })

  /** Phones register and call one another, over UDP and over TCP. */
  const ordinaryDay = async (): Promise<void> => {
    const host = network.hosts[HOST.phones] ?? ''
    for (const transport of ['udp', 'tcp'] as const) {
      const register = { scenario: 'register', calls: 1, digestUri: DOMAIN, transport } as const
      await sipp(HOST.phones, {
        ...{ ...register, port: 6061, keys: { domain: DOMAIN, params: '' }, lines: [fieldsOf(bob)] },
      })
      const callee = startSipp(folder, {
        ...{ scenario: 'answer', host, ip: network.ip(HOST.phones), port: 6061, transport, calls: 5 },
        keys: { ring: 100, linger: 500 },
      })
      await untilOpen(host, transport, 6061)
      const called = `bob@${DOMAIN}`
      const calls = await sipp(HOST.phones, {
        ...{ scenario: 'call', port: 6070, transport, calls: 5, callsPerSecond: 2, digestUri: called },
        keys: { domain: DOMAIN, callee: called, talk: 300, linger: 100 },
        lines: [fieldsOf(alice)],
      })
      assert.equal(calls.successful, 5, calls.errors)
      await callee.ended
    }
  }

  const attacks = async (): Promise<void> => {
    const at = (index: number, ...words: readonly string[]): Promise<void> =>
      tool(network, index, folder, words)
    const bound = (index: number): string[] => ['-b', network.ip(index), '-x', network.ip(index)]
    await at(HOST.mapper, 'svmap', ...bound(HOST.mapper), SERVER)
    const extensions = ['-e', '200-240', '-m', 'INVITE', '--force', `--domain=${DOMAIN}`]
    await at(HOST.enumerator, 'svwar', ...extensions, ...bound(HOST.enumerator), SERVER)
    // svcrack gives up at a challenge that offers more than MD5: SIPp tries passwords in its place.
    await at(
      HOST.cracker,
      'svcrack',
      '-u',
      '100',
      '-r',
      '1000-1010',
      `--domain=${DOMAIN}`,
      ...bound(HOST.cracker),
      SERVER,
    )
    // Over UDP a stranger gets few answers, and what is not answered no capture can tell: so few tries, and slow ones.
    for (const [index, transport, calls, callsPerSecond] of [
      [HOST.cracker, 'udp', 12, 4],
      [HOST.streamCracker, 'tcp', 40, 20],
    ] as const) {
      await sipp(index, {
        ...{ scenario: 'register-refused', port: 6080, transport, calls, callsPerSecond },
        ...{ keys: { domain: DOMAIN, params: '' }, digestUri: DOMAIN, timeoutSeconds: 10 },
        lines: Array.from({ length: calls }, (_, i) =>
          fieldsOf({ name: '100', domain: DOMAIN }, `secret${i}`),
        ),
      })
    }
    await sipp(HOST.flooder, {
      ...{ scenario: 'unanswered-invites', port: 6090, transport: 'udp', calls: 2000, callsPerSecond: 1000 },
      keys: { domain: DOMAIN },
      lines: ['alice'],
      timeoutSeconds: 20,
    })
  }

  it('names what the server named: the same detectors, the same subjects', () => {
    const found = namesOf(replay(everything, 1))
    assert.deepEqual(found, live)
    for (const [detector, index] of [
      ['user-enumeration', HOST.enumerator],
      ['password-guessing', HOST.cracker],
      ['password-guessing', HOST.streamCracker],
      ['source-flood', HOST.flooder],
    ] as const)
      assert.ok(found.includes(`${detector} source:${network.ip(index)}`), found.join('\n'))
  })

  it('says nothing of ordinary registrations and calls', () => {
    assert.deepEqual(namesOf(replay(ordinary, 0)), [])
  })

  it('says the same each time, octet by octet (D9)', () => {
    assert.equal(replay(everything, 1), replay(everything, 1))
  })

  it('finds by itself whose traffic it is', () => {
    const report: unknown = JSON.parse(run(['replay', everything, '--format', 'json'], 1))
    assert.ok(typeof report === 'object' && report !== null && 'servers' in report)
    assert.deepEqual(report.servers, [`${SERVER}:5060`, `${SERVER}:5061`])
  })
})

/** Runs a tool in a host to its end; what it says of its success is its own affair. */
async function tool(
  network: TestNetwork,
  index: number,
  cwd: string,
  words: readonly string[],
): Promise<void> {
  const args = ['netns', 'exec', network.hosts[index] ?? '', 'timeout', '40', ...words]
  const child = spawn('ip', args, { cwd, stdio: 'ignore', env: { ...process.env, HOME: cwd } })
  await new Promise<void>(done => child.once('exit', () => done()))
}

/** `aspis …` with the exit code that is expected. */
function run(args: readonly string[], exitCode: number): string {
  const done = spawnSync(process.execPath, [join(ROOT, 'src/cli/main.ts'), ...args], { encoding: 'utf8' })
  assert.equal(done.status, exitCode, `${done.stdout.slice(-3000)}${done.stderr}`)
  return done.stdout
}

function replay(file: string, exitCode: number): string {
  return run(['replay', file, '--server', `${SERVER}:5060`, '--format', 'json'], exitCode)
}

/** `detector subject`, each once, sorted. */
function namesOf(report: string): readonly string[] {
  const { findings }: { findings: readonly (Verdict & { subject: { kind: string; name: string } })[] } =
    JSON.parse(report)
  return [
    ...new Set(findings.map(({ detector, subject }) => `${detector} ${subject.kind}:${subject.name}`)),
  ].sort()
}

/** The same of what a server logged, once it has been quiet for two ticks of its detectors. */
async function findingsOf(edge: EdgeProcess): Promise<readonly string[]> {
  await new Promise(done => setTimeout(done, 2500))
  const lines = edge.output().split('\n')
  const found = lines.flatMap(line => {
    if (!line.includes('"finding"')) return []
    const { detector, subject }: Verdict = JSON.parse(line)
    return [`${detector} ${subject}`]
  })
  return [...new Set(found)].sort()
}
