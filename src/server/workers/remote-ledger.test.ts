import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parseConfig } from '../config/load.ts'
import { LocalLedger } from '../policy/ledger.ts'
import { KIND } from './frame.ts'
import { awaitHello, sayHello } from './greeting.ts'
import type { Link } from './link.ts'
import { obeyLedgerOrder, RemoteLedger } from './remote-ledger.ts'

const servers: Server[] = []
const links: Link[] = []
after(() => {
  for (const link of links) link.close()
  for (const server of servers) server.close()
})

const call = { account: 'älice@a.test', aors: [], trunks: [], toClass: 'own-users' }

/** A primary that counts, and as many workers. @param isDeaf it takes what is said and answers nothing */
async function primaryAnd(workers: number, isDeaf = false) {
  const { config } = parseConfig('domains: [a.test]\npolicy: {limits: [{calls: 2}]}\n', '/nowhere', {})
  assert.ok(config)
  const ledger = new LocalLedger(config.policy, { nowMs: () => 0, wallMs: () => 0 })
  const path = join(tmpdir(), `aspis-ledger-${process.pid}-${servers.length}`)
  const server = createServer(socket =>
    awaitHello(socket, 'token', (_worker, link) => ({
      onFrame: (_kind, frame) => {
        if (!isDeaf) obeyLedgerOrder(ledger, link, frame)
      },
      onClosed: () => {},
    })),
  )
  servers.push(server)
  server.listen(path)
  await once(server, 'listening')
  const remotes = await Promise.all(
    Array.from({ length: workers }, async (_, worker) => {
      const remote = new RemoteLedger()
      const link = await sayHello(path, worker, 'token', () => ({
        onFrame: (kind, frame) => {
          assert.equal(kind, KIND.ledgerAnswer)
          remote.heard(frame)
        },
        onClosed: () => {},
      }))
      remote.use(link)
      links.push(link)
      return remote
    }),
  )
  return remotes
}

test('a bound holds over all workers, whoever of them is asked and told', async () => {
  const [one, two] = await primaryAnd(2)
  assert.ok(one !== undefined && two !== undefined)
  assert.equal(await one.begin('1', call), undefined)
  assert.equal(await two.begin('2', call), undefined)
  assert.deepEqual(await one.begin('3', call), { limit: 'limit 1', kind: 'calls' })
  one.released('1')
  one.released('3')
  two.answered('2', 'd', 600)
  assert.equal(await one.begin('4', call), undefined)
  // What one worker tells is no later than what it asks, but nothing is said of two.
  assert.deepEqual(await two.begin('5', call), { limit: 'limit 1', kind: 'calls' })
  one.ended('d')
  assert.equal(await one.begin('6', call), undefined)
})

test('a worker that gets no answer lets nobody through', async () => {
  const [only] = await primaryAnd(1, true)
  assert.equal((await only?.begin('1', call))?.kind, 'unknown')
  assert.equal((await new RemoteLedger().begin('1', call))?.kind, 'unknown')
})
