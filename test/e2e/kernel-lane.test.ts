import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseNetwork } from '../../src/base/network.ts'
import type { Ban } from '../../src/server/detect/bans.ts'
import { KernelLane } from '../../src/server/detect/kernel-lane.ts'
import { createLog } from '../../src/server/log.ts'
import { Metrics } from '../../src/server/metrics.ts'
import { type EdgeProcess, ROOT, startEdgeProcess, testFolder } from '../support/edge-process.ts'
import { fieldsOf, importUsers } from '../support/imported-users.ts'
import { makeNetwork, must, type TestNetwork } from '../support/namespaces.ts'
import { missing, missingNamespaces } from '../support/programs.ts'
import { runSipp } from '../support/sipp.ts'

const skip = missing('nft', 'sipp') || missingNamespaces()
const NODE = [process.execPath, '--disable-warning=ExperimentalWarning']
const WAIT_MS = 20_000

/** The table of a host as `nft` prints it; '' when there is none of ours. */
function tableIn(host: string): string {
  const tables = must('ip', 'netns', 'exec', host, 'nft', 'list', 'tables')
  const [, name] = /table inet (aspis_\w+)/.exec(tables) ?? []
  if (name === undefined) return ''
  return spawnSync('ip', ['netns', 'exec', host, 'nft', 'list', 'table', 'inet', name], { encoding: 'utf8' })
    .stdout
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  const lastMs = Date.now() + WAIT_MS
  while (!isSo()) {
    if (Date.now() > lastMs) throw new Error(`never: ${what}`)
    await sleep(20)
  }
}

function banOf(text: string): Ban {
  const network = parseNetwork(text)
  assert.ok(network)
  return { network, id: 'x', why: 'w', by: 'operator', findings: [], beganMs: 0, endsMs: 0, inKernel: true }
}

describe('the table in the kernel', { skip, timeout: 120_000 }, () => {
  const folder = testFolder('kernel')
  const children: ChildProcess[] = []
  const metrics = new Metrics()
  const log: string[] = []
  let network: TestNetwork
  let lane: KernelLane
  let server = ''
  const received: string[] = []

  before(async () => {
    network = makeNetwork('kl', 3)
    server = network.hosts[0] ?? ''
    const program = join(folder, 'nft')
    writeFileSync(program, `#!/bin/sh\nexec ip netns exec ${server} nft "$@"\n`, { mode: 0o755 })
    lane = new KernelLane({
      program,
      known: [],
      strangersPerSecond: 40,
      flowSeconds: 600,
      log: createLog({ level: 'debug', format: 'text', write: line => log.push(line), nowMs: Date.now }),
      metrics,
      nowMs: () => performance.now(),
    })
    const listeners = [
      { transport: 'udp', address: { ip: '0.0.0.0', port: 5060 } },
      { transport: 'udp', address: { ip: 'fd99::1', port: 5060 } },
    ] as const
    assert.equal(await lane.start(listeners), undefined)
    for (const address of ['10.99.0.1', 'fd99::1']) {
      const printer = join(ROOT, 'test/support/datagram-printer.ts')
      const child = spawn('ip', ['netns', 'exec', server, ...NODE, printer, address, '5060'])
      children.push(child)
      const lines = createInterface({ input: child.stdout })
      await new Promise<void>(listening => {
        lines.once('line', () => {
          listening()
          lines.on('line', line => received.push(line))
        })
      })
    }
  })

  after(async () => {
    await lane?.close()
    for (const child of children) child.kill()
    network?.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Sends from a host; what the server's program printed of it by the time that a later word of another one is there. */
  function burst(host: number, from: string, port: number, count: number, text: string): void {
    const to = from.includes(':') ? 'fd99::1' : '10.99.0.1'
    const program = join(ROOT, 'test/support/datagram-burst.ts')
    const args = [from, String(port), to, '5060', String(count), text]
    must('ip', 'netns', 'exec', network.hosts[host] ?? '', ...NODE, program, ...args)
  }
  const seen = (text: string): number => received.filter(line => line.startsWith(`${text} `)).length

  for (const [name, banned, from, other] of [
    ['an IPv4 address', '10.99.0.2', '10.99.0.2', '10.99.0.3'],
    ['an IPv6 /64', 'fd99::/64', 'fd99::2', '10.99.0.3'],
    ['an IPv4 network of any size', '10.99.0.2/31', '10.99.0.2', 'fd99::3'],
  ] as const) {
    it(`${name} that is banned reaches nobody, until its ban ends`, async () => {
      lane.onAdded(banOf(banned), 600_000)
      const key = banned.split('/')[0] ?? ''
      await until(`${key} is in a set`, () => tableIn(server).includes(`${key} timeout 10m`))
      burst(1, from, 7001, 1, `banned-${banned}`)
      if (name === 'an IPv4 network of any size') {
        // Both hosts lie in it: the other one speaks by IPv6.
        burst(2, '10.99.0.3', 7001, 1, `banned-${banned}`)
      }
      burst(2, other, 7001, 1, `marker-${banned}`)
      await until('the other one is heard', () => seen(`marker-${banned}`) === 1)
      assert.equal(seen(`banned-${banned}`), 0)
      lane.onRemoved(banOf(banned))
      await until(`${key} is in no set`, () => !tableIn(server).includes(`${key} timeout`))
      burst(1, from, 7001, 1, `free-${banned}`)
      await until('it is heard again', () => seen(`free-${banned}`) === 1)
    })
  }

  it('a ban ends by itself, whatever becomes of the server', async () => {
    lane.onAdded(banOf('198.51.100.9'), 1000)
    await until('it is there', () => tableIn(server).includes('198.51.100.9 timeout 1s'))
    await until('it is gone', () => !tableIn(server).includes('198.51.100.9'))
  })

  it('a ban that is made longer has its new end', async () => {
    lane.onAdded(banOf('198.51.100.7'), 60_000)
    await until('the first end', () => tableIn(server).includes('198.51.100.7 timeout 1m'))
    lane.onAdded(banOf('198.51.100.7'), 3_600_000)
    await until('the second end', () => tableIn(server).includes('198.51.100.7 timeout 1h'))
  })

  for (const [version, from] of [
    [4, '10.99.0.2'],
    [6, 'fd99::2'],
  ] as const) {
    it(`a flow that logged in passes while strangers are bounded, IPv${version}`, async () => {
      lane.proved(from, 7100)
      await until('the flow is known', () => tableIn(server).includes(`${from} . 7100 timeout 10m`))
      burst(1, from, 7101, 200, `stranger-${version}`)
      burst(1, from, 7100, 200, `known-${version}`)
      await until('the flow is heard', () => seen(`known-${version}`) === 200)
      // Ten a second, and ten at once, of one network.
      assert.ok(seen(`stranger-${version}`) < 100, `${seen(`stranger-${version}`)} of 200`)
      await until('it is counted', () => /reason="network"} [1-9]/.test(metrics.print()))
    })
  }

  it('a flow is forgotten when its address is banned', async () => {
    lane.proved('203.0.113.5', 5060)
    lane.proved('203.0.113.5', 5062)
    await until('it is known', () => tableIn(server).includes('203.0.113.5 . 5062'))
    lane.onAdded(banOf('203.0.113.0/24'), 60_000)
    await until('it is not', () => !tableIn(server).includes('203.0.113.5 . '))
    assert.ok(tableIn(server).includes('203.0.113.0 timeout 1m'))
  })

  it('nothing is read as a command that comes from an address', async () => {
    lane.proved('1.2.3.4 }; flush ruleset; #', 5060)
    lane.proved('198.51.100.30', 5060)
    await until('what came after is there', () => tableIn(server).includes('198.51.100.30 . 5060'))
    assert.ok(!tableIn(server).includes('1.2.3.4'))
  })

  it('when nft ends, the table comes back with all that it held', async () => {
    const before = /table inet (\w+)/.exec(tableIn(server))?.[1]
    lane.onAdded(banOf('198.51.100.77'), 600_000)
    await until('it is banned', () => tableIn(server).includes('198.51.100.77'))
    for (const pid of must('ip', 'netns', 'pids', server).trim().split('\n')) {
      if (readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'nft') process.kill(Number(pid), 'SIGKILL')
    }
    await until('a new table is there', () => {
      const [, name = before] = /table inet (\w+)/.exec(tableIn(server)) ?? []
      return name !== before && tableIn(server).includes('198.51.100.77 timeout')
    })
    assert.equal(log.filter(line => line.includes('kernel-lane-failed')).length, 1)
  })
})

for (const workers of [1, 2]) {
  describe(`a server of ${workers} with a table in the kernel`, { skip, timeout: 120_000 }, () => {
    const folder = testFolder('kernel-edge')
    const yaml = `
domains: [a.test]
listen: [udp://10.99.0.1:5060, tcp://10.99.0.1:5060]
detection: {kernel: on}
workers: ${workers}
timers: {drain: 0s}
`
    let network: TestNetwork
    let edge: EdgeProcess

    const start = async (): Promise<EdgeProcess> =>
      startEdgeProcess({
        yaml,
        domain: 'a.test',
        namespace: network.hosts[0] ?? '',
        folder: join(folder, 'edge'),
      })

    before(async () => {
      network = makeNetwork(`ke${workers}`, 2)
      importUsers(join(folder, 'edge'), yaml, [{ name: 'alice', domain: 'a.test' }])
      edge = await start()
    })

    after(async () => {
      await edge?.remove()
      network?.remove()
      rmSync(folder, { recursive: true, force: true })
    })

    it('lets pass who logged in, for longer than a registration lasts', async () => {
      const host = network.hosts[0] ?? ''
      assert.match(tableIn(host), /flags owner/)
      const end = await runSipp(folder, {
        scenario: 'register',
        host: network.hosts[1] ?? '',
        ip: network.ip(1),
        port: 6070,
        towards: '10.99.0.1:5060',
        transport: 'udp',
        calls: 1,
        keys: { domain: 'a.test', params: '' },
        lines: [fieldsOf({ name: 'alice', domain: 'a.test' })],
        digestUri: 'a.test',
      })
      assert.equal(end.successful, 1, end.errors)
      await until('the flow is known', () => tableIn(host).includes('10.99.0.2 . 6070 timeout 1h5m'))
    })

    it('has the kernel drop what an operator bans, until he takes it back', async () => {
      const host = network.hosts[0] ?? ''
      const inside = (...args: readonly string[]): string =>
        must(
          ...(['ip', 'netns', 'exec', host, ...NODE] as const),
          ...[join(ROOT, 'src/cli/main.ts'), 'ban', ...args, '-c', join(folder, 'edge/aspis.yaml')],
        )
      inside('add', '192.0.2.0/25', '--for', '10m')
      await until('it is banned', () => tableIn(host).includes('192.0.2.0 timeout'))
      assert.match(tableIn(host), /set banned4_25 /)
      inside('remove', '192.0.2.0/25')
      await until('it is not', () => !tableIn(host).includes('192.0.2.0 timeout'))
    })

    it('leaves nothing behind when it is stopped', async () => {
      assert.equal(await edge.stop('SIGTERM'), 0)
      assert.equal(tableIn(network.hosts[0] ?? ''), '')
    })

    it('leaves nothing behind when it is killed', async () => {
      edge = await start()
      assert.notEqual(tableIn(network.hosts[0] ?? ''), '')
      await edge.stop('SIGKILL')
      await until('the table is gone', () => tableIn(network.hosts[0] ?? '') === '')
    })
  })
}
