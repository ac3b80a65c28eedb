import assert from 'node:assert/strict'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { startPostgres, type TestPostgres, whyNoPostgres } from '../../../test/support/postgres.ts'
import { binding } from '../../../test/support/store-rules/location.ts'
import { NOW_MS, temporaryFolder, withStore } from '../../../test/support/stores.ts'
import { Secret } from '../../base/secret.ts'
import { makeCredential } from '../credentials.ts'
import { openStore } from '../open-store.ts'
import type { Store, StoreOptions } from '../store.ts'

const ALICE = 'sip:alice@example.com'
const BOB = 'sip:bob@example.com'
const UNAVAILABLE = { code: 'ERR_ASPIS_STORE_UNAVAILABLE' }

describe('postgres', { skip: whyNoPostgres() ?? false }, () => {
  const folder = temporaryFolder()
  const keyFile = join(folder, 'ha1.key')
  let server: TestPostgres

  before(async () => {
    server = await startPostgres()
  })
  after(async () => {
    await server.stop()
    rmSync(folder, { recursive: true })
  })

  function at(url: string): StoreOptions {
    return { kind: 'postgres', url: new Secret(url), keyFile }
  }

  async function withTwoNodes(work: (one: Store, two: Store, url: string) => Promise<void>): Promise<void> {
    rmSync(keyFile, { force: true })
    const url = await server.freshUrl()
    await withStore(at(url), one => withStore(at(url), two => work(one, two, url)))
  }

  it('a binding written by one node is known to the others, and so is its removal', async () => {
    await withTwoNodes(async (one, two) => {
      const long = `sip:${'x'.repeat(7500)}@example.com`
      const rows = [ALICE, 'sip:"\0\\ü@example.com', long].map(aor => binding({ aor }))
      for (const row of rows) {
        await one.location.replace(row.aor, [row])
        await until(() => two.location.bindings(row.aor, NOW_MS).length === 1)
        assert.deepEqual(two.location.bindings(row.aor, NOW_MS), [row])
      }
      await two.location.replace(ALICE, [])
      await until(() => one.location.count() === 2)
      assert.deepEqual(one.location.bindings(ALICE, NOW_MS), [])
    })
  })

  it('a lost database rejects changes, memory serves on, and its return heals; nodes hear each other again', async () => {
    await withTwoNodes(async (one, two) => {
      await one.location.replace(ALICE, [binding({ aor: ALICE })])
      await until(() => two.location.count() === 1)
      await server.crash()
      await assert.rejects(one.location.replace(BOB, [binding({ aor: BOB })]), UNAVAILABLE)
      await assert.rejects(one.credentials.put(account('alice')), UNAVAILABLE)
      await assert.rejects(one.refreshIfChanged(), UNAVAILABLE)
      assert.equal(one.healthy(), false)
      assert.equal(one.location.bindings(ALICE, NOW_MS).length, 1)
      assert.equal(one.location.bindings(BOB, NOW_MS).length, 0)
      await server.start()
      await heal(one)
      await heal(two)
      await one.location.replace(BOB, [binding({ aor: BOB })])
      await until(() => two.location.bindings(BOB, NOW_MS).length === 1)
      await two.location.replace(ALICE, [])
      await until(() => one.location.bindings(ALICE, NOW_MS).length === 0)
    })
  })

  it('after a change whose outcome is unknown the node reads what holds', async () => {
    await withTwoNodes(async (one, _two, url) => {
      await one.location.replace(ALICE, [binding({ aor: ALICE })])
      await server.sql(url, "ALTER TABLE location ADD CHECK (aor NOT LIKE '%alice%') NOT VALID")
      await assert.rejects(one.location.replace(ALICE, [binding({ aor: ALICE, cseq: 2 })]), UNAVAILABLE)
      assert.equal(one.location.bindings(ALICE, NOW_MS)[0]?.cseq, 1)
      await server.sql(url, "DELETE FROM location WHERE aor LIKE '%alice%'")
      await heal(one)
      assert.deepEqual(one.location.bindings(ALICE, NOW_MS), [])
    })
  })

  it('a server that falls silent is as good as gone, and its return heals', async () => {
    rmSync(keyFile, { force: true })
    const url = new URL(await server.freshUrl())
    const relay = await startRelay(Number(url.port))
    url.port = String(relay.port)
    await withStore(at(url.href), async store => {
      await store.location.replace(ALICE, [binding({ aor: ALICE })])
      relay.freeze()
      await assert.rejects(store.location.replace(BOB, [binding({ aor: BOB })]), UNAVAILABLE)
      assert.equal(store.healthy(), false)
      assert.equal(store.location.bindings(ALICE, NOW_MS).length, 1)
      relay.thaw()
      await heal(store)
      await store.location.replace(BOB, [binding({ aor: BOB })])
    })
    await relay.close()
  })

  it('with a login of its own the registrar can touch the location table only', async () => {
    rmSync(keyFile, { force: true })
    const url = await server.freshUrl()
    await withStore(at(url), ({ credentials }) => credentials.put(account('alice')))
    await server.sql(
      url,
      `CREATE ROLE registrar LOGIN PASSWORD 'pw';
      GRANT SELECT, INSERT, UPDATE, DELETE ON location TO registrar`,
    )
    const own = new URL(url)
    own.username = 'registrar'
    await assert.rejects(server.sql(own.href, 'SELECT * FROM credential'), /permission denied/)
    await assert.rejects(server.sql(own.href, 'UPDATE credential SET version = 1'), /permission denied/)
    const options = {
      kind: 'postgres',
      url: new Secret(url),
      locationUrl: new Secret(own.href),
      keyFile,
    } as const
    await withStore(options, async ({ location, credentials }) => {
      await location.replace(ALICE, [binding({ aor: ALICE })])
      assert.equal(credentials.list().length, 1)
      const owners = await server.sql(
        url,
        "SELECT DISTINCT usename FROM pg_stat_activity WHERE application_name = 'aspis'",
      )
      assert.deepEqual(owners.trim().split('\n').sort(), ['aspis', 'registrar'])
    })
  })

  it('a second node without the key is refused', async () => {
    const url = await server.freshUrl()
    rmSync(keyFile, { force: true })
    await withStore(at(url), async () => {
      rmSync(keyFile)
      await assert.rejects(openStore(at(url), NOW_MS), {
        code: 'ERR_ASPIS_STORE_KEY',
        message: /key is|missing/,
      })
    })
  })

  it('nodes that ask for a secret at once get the same', async () => {
    await withTwoNodes(async (one, two) => {
      const made = [one, two].map((node, n) => node.meta.getOrMake('flow', () => new Secret(`made by ${n}`)))
      const [a, b] = await Promise.all(made)
      assert.equal(a?.reveal(), b?.reveal())
    })
  })

  it('a database that cannot be reached stops the start, and the message holds no password', async () => {
    const url = 'postgres://aspis:topsecret@127.0.0.1:1/aspis'
    await assert.rejects(openStore(at(url), NOW_MS), error => {
      assert.ok(error instanceof Error)
      assert.match(error.message, /PostgreSQL 127\.0\.0\.1:1\/aspis: .*ECONNREFUSED/)
      assert.doesNotMatch(error.message, /topsecret/)
      return true
    })
  })

  it('over a network only a verified TLS connection is used', async () => {
    const code = 'ERR_ASPIS_STORE_URL'
    for (const url of ['postgres://a:b@db.example.com/x', 'postgres://a:b@192.0.2.1/x?sslmode=require']) {
      await assert.rejects(openStore(at(url), NOW_MS), { code, message: /sslmode=verify-full/ })
    }
    await assert.rejects(openStore(at('nonsense'), NOW_MS), { code, message: /malformed/ })
  })
})

function account(user: string): ReturnType<typeof makeCredential> {
  return makeCredential(user, 'example.com', new Secret('pw'), { md5: false })
}

/** What another process does shows within a moment; the runner's own limit ends a wait that is in vain. */
async function until(claim: () => boolean): Promise<void> {
  while (!claim()) await new Promise(resolve => setImmediate(resolve))
}

/** As the server does once a second, until the store is well. */
async function heal(store: Store): Promise<void> {
  do {
    await store.refreshIfChanged().catch(error => assert.equal(error.code, UNAVAILABLE.code))
  } while (!store.healthy())
}

/** A way to the server that can fall silent without closing. */
async function startRelay(
  to: number,
): Promise<{ port: number; freeze(): void; thaw(): void; close(): Promise<void> }> {
  const sockets = new Set<Socket>()
  let isFrozen = false
  const relay: Server = createServer(socket => {
    const onward = connect(to, '127.0.0.1')
    for (const [from, into] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      sockets.add(from)
      from.on('data', bytes => {
        if (!isFrozen) into.write(bytes)
      })
      from.on('error', () => into.destroy())
      from.on('close', () => into.destroy())
    }
  }).listen(0, '127.0.0.1')
  await once(relay, 'listening')
  const address = relay.address()
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    freeze: () => {
      isFrozen = true
    },
    thaw: () => {
      isFrozen = false
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      relay.close()
      await once(relay, 'close')
    },
  }
}
