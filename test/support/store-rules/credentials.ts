import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Secret } from '../../../src/base/secret.ts'
import { type Credential, makeCredential, userhashOf } from '../../../src/store/credentials.ts'
import { openStore } from '../../../src/store/open-store.ts'
import type { Store, StoreOptions } from '../../../src/store/store.ts'
import { NOW_MS, type StoreKind, withoutDisk, withStore } from '../stores.ts'

const HOSTILE = [`'; DROP TABLE credential; --`, `%' OR '1'='1`, '"; UPDATE credential SET user = 1; --']

function account(user: string, options = { md5: false }, domain = 'example.com'): Credential {
  return makeCredential(user, domain, new Secret('secret'), options)
}

/** What every credential store does, whatever stores it. */
export function credentialRules(kind: StoreKind): void {
  it('an account is found by name, by address-of-record and by userhash of each algorithm (DIG-13)', async () => {
    await withStore(await kind.fresh(), async ({ credentials }) => {
      await credentials.put(account('alice'), account('bob'))
      assert.equal(credentials.find('alice', 'example.com')?.user, 'alice')
      assert.equal(credentials.find('alice', 'example.org'), undefined)
      assert.equal(credentials.find('carol', 'example.com'), undefined)
      for (const name of ['md5', 'sha256', 'sha512_256'] as const) {
        const userhash = userhashOf(name, 'bob', 'example.com')
        assert.equal(credentials.findByHash(name, userhash, 'example.com')?.user, 'bob')
        assert.equal(credentials.findByHash(name, userhash, 'example.org'), undefined)
      }
      assert.equal(credentials.aorExists('sip:alice@example.com'), true)
      assert.equal(credentials.aorExists('sip:carol@example.com'), false)
      assert.deepEqual(
        credentials
          .list('example.com')
          .map(each => each.user)
          .sort(),
        ['alice', 'bob'],
      )
      assert.deepEqual(credentials.list('example.org'), [])
    })
  })

  it('a user name is found in any Unicode form, and stored in NFC (DIG-14)', async () => {
    await withStore(await kind.fresh(), async ({ credentials }) => {
      await credentials.put(account('Ja\u0308sø'))
      assert.equal(credentials.find('Ja\u0308sø', 'example.com')?.user, 'Jäsø')
      assert.equal(credentials.find('Jäsø', 'example.com')?.user, 'Jäsø')
    })
  })

  it('a domain offers MD5 as long as an enabled user is marked for it', async () => {
    await withStore(await kind.fresh(), async ({ credentials }) => {
      await credentials.put(account('alice'), account('bob', { md5: true }))
      assert.equal(credentials.hasMd5('example.com'), true)
      assert.equal(credentials.hasMd5('example.org'), false)
      await credentials.put({ ...account('bob', { md5: true }), disabled: true })
      assert.equal(credentials.hasMd5('example.com'), false)
      await credentials.put(account('bob', { md5: true }))
      assert.equal(await credentials.remove('bob', 'example.com'), true)
      assert.equal(credentials.hasMd5('example.com'), false)
    })
  })

  it('a removed account is not found in any way', async () => {
    await withStore(await kind.fresh(), async ({ credentials }) => {
      const shared = 'sip:office@example.com'
      await credentials.put({ ...account('alice'), aors: ['sip:alice@example.com', shared] })
      await credentials.put({ ...account('bob'), aors: [shared] })
      assert.equal(await credentials.remove('alice', 'example.com'), true)
      assert.equal(await credentials.remove('alice', 'example.com'), false)
      assert.equal(credentials.find('alice', 'example.com'), undefined)
      const userhash = userhashOf('sha256', 'alice', 'example.com')
      assert.equal(credentials.findByHash('sha256', userhash, 'example.com'), undefined)
      assert.equal(credentials.aorExists('sip:alice@example.com'), false)
      assert.equal(credentials.aorExists(shared), true)
    })
  })

  it('one bad account refuses the whole put', async () => {
    await withStore(await kind.fresh(), async ({ credentials }) => {
      const bad = { ...account('bob'), user: 'b:b' }
      await assert.rejects(credentials.put(account('alice'), bad), { code: 'ERR_ASPIS_STORE_CREDENTIAL' })
      assert.deepEqual(credentials.list(), [])
    })
  })

  it('SQL in every field of an account changes nothing but its own row (MSG-14)', async () => {
    const options = await kind.fresh()
    await withStore(options, async ({ credentials }) => {
      await credentials.put(account('alice'), ...HOSTILE.map(text => account(text)))
      assert.equal(await credentials.remove(`' OR 1=1 --`, 'example.com'), false)
      assert.equal(await credentials.remove('alice', `' OR 1=1 --`), false)
      assert.equal(await credentials.refreshIfChanged(), false)
      await credentials.reload()
      const users = credentials.list().map(each => each.user)
      assert.deepEqual(users.sort(), ['alice', ...HOSTILE].sort())
    })
  })

  it('accounts and secrets are there after opening again', { skip: withoutDisk(kind) }, async () => {
    const options = await kind.fresh()
    const alice = { ...account('alice', { md5: true }), disabled: true, aors: ['sip:100@example.com'] }
    const made = await withStore(options, async ({ credentials, meta }) => {
      await credentials.put(alice)
      await meta.set('node', new Secret('n'))
      return meta.getOrMake('flow', () => new Secret('made'))
    })
    await withStore(options, async ({ credentials, meta }) => {
      const found = credentials.find('alice', 'example.com')
      assert.deepEqual(plain(found), plain(alice))
      assert.equal((await meta.get('node'))?.reveal(), 'n')
      assert.equal((await meta.getOrMake('flow', () => new Secret('other'))).reveal(), made.reveal())
      assert.equal(await meta.get('none'), undefined)
    })
  })

  it('a running server takes over what another process changes', { skip: withoutDisk(kind) }, async () => {
    await withTwo(await kind.fresh(), async (server, command) => {
      const { credentials } = server
      await command.credentials.put(account('alice'), account('bob'))
      assert.equal(credentials.find('alice', 'example.com'), undefined)
      assert.equal(await server.refreshIfChanged(), true)
      assert.equal(credentials.list().length, 2)
      assert.equal(await server.refreshIfChanged(), false)

      await command.credentials.put({ ...account('alice'), disabled: true })
      assert.equal(await server.refreshIfChanged(), true)
      assert.equal(credentials.find('alice', 'example.com')?.disabled, true)

      await command.credentials.remove('alice', 'example.com')
      await command.credentials.put(account('carol'))
      await credentials.put(account('dave'))
      assert.equal(await server.refreshIfChanged(), true)
      assert.deepEqual(
        credentials
          .list()
          .map(each => each.user)
          .sort(),
        ['bob', 'carol', 'dave'],
      )
      assert.equal(await server.refreshIfChanged(), false)

      await command.credentials.remove('bob', 'example.com')
      await command.credentials.remove('carol', 'example.com')
      await command.credentials.put(account('carol'))
      assert.equal(await server.refreshIfChanged(), true)
      assert.equal(credentials.find('bob', 'example.com'), undefined)
      assert.equal(credentials.find('carol', 'example.com')?.user, 'carol')
    })
  })
}

/** A server and a command that have the same store open. */
async function withTwo(
  options: StoreOptions,
  work: (server: Store, command: Store) => Promise<void>,
): Promise<void> {
  await withStore(options, async server => {
    const command = await openStore(options, NOW_MS)
    try {
      await work(server, command)
    } finally {
      await command.close()
    }
  })
}

function plain(credential: Credential | undefined): unknown {
  if (credential === undefined) return undefined
  const { md5, sha256, sha512_256 } = credential.ha1
  return { ...credential, ha1: [md5?.reveal(), sha256?.reveal(), sha512_256?.reveal()] }
}
