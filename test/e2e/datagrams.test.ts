import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'
import { withoutNative } from '../support/datagrams.ts'
import { ROOT } from '../support/edge-process.ts'
import { makeNetwork, must, type TestNetwork } from '../support/namespaces.ts'
import { missingNamespaces } from '../support/programs.ts'

const COUNT = 200

describe('a network that takes no more', {
  skip: withoutNative || missingNamespaces(),
  timeout: 60_000,
}, () => {
  let network: TestNetwork
  const children: ChildProcess[] = []

  before(() => {
    network = makeNetwork('dg', 2)
  })

  after(() => {
    for (const child of children) child.kill()
    network?.remove()
  })

  /** Lines of a program of ours on a host of the network. */
  function linesOf(host: number, program: string, ...args: string[]) {
    const node = [process.execPath, '--disable-warning=ExperimentalWarning']
    const command = ['netns', 'exec', network.hosts[host] ?? '', ...node, join(ROOT, program), ...args]
    const child = spawn('ip', command, { stdio: ['ignore', 'pipe', 'inherit'] })
    children.push(child)
    return createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  }

  it('is waited for: what it takes later arrives whole and in order', async () => {
    const printed = linesOf(1, 'test/support/datagram-printer.ts', network.ip(1))
    const port = String((await printed.next()).value)
    // The neighbour does not say where it is: the system keeps what is for it, and its queue is soon full.
    must('ip', '-n', network.hosts[1] ?? '', 'link', 'set', 'eth0', 'arp', 'off')
    const told = linesOf(
      0,
      'test/support/blocked-sender.ts',
      network.ip(0),
      network.ip(1),
      port,
      String(COUNT),
    )
    const [, waiting = ''] = /^waiting (\d+)$/.exec(String((await told.next()).value)) ?? []
    assert.ok(Number(waiting) > 0 && Number(waiting) < COUNT, `${waiting} of ${COUNT} wait`)
    must('ip', '-n', network.hosts[1] ?? '', 'link', 'set', 'eth0', 'arp', 'on')
    for (let number = 0; number < COUNT; number += 1) {
      assert.equal((await printed.next()).value, `OPTIONS ${number}`)
    }
    assert.equal((await told.next()).value, 'done, lost 0')
  })
})
