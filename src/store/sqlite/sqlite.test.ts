import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, it } from 'node:test'
import { binding } from '../../../test/support/store-rules/location.ts'
import { NOW_MS, temporaryFolder, withStore } from '../../../test/support/stores.ts'
import { Secret } from '../../base/secret.ts'
import { makeCredential } from '../credentials.ts'
import { openStore } from '../open-store.ts'
import type { Store, StoreOptions } from '../store.ts'
import { checkBindings } from './check-bindings.ts'

const ALICE = 'sip:alice@example.com'
const BOB = 'sip:bob@example.com'
const root = temporaryFolder()
let folders = 0

function freshFolder(): string {
  folders += 1
  return join(root, String(folders))
}

function at(folder: string): StoreOptions {
  return { kind: 'sqlite', folder }
}

async function filled(folder: string): Promise<string> {
  await withStore(at(folder), async ({ location, credentials }) => {
    const accounts = ['alice', 'bob'].map(user =>
      makeCredential(user, 'example.com', new Secret('pw'), { md5: true }),
    )
    await credentials.put(...accounts)
    await Promise.all(
      Array.from({ length: 500 }, (_, n) => `sip:user${n}@example.com`).map(aor =>
        location.replace(aor, [binding({ aor })]),
      ),
    )
  })
  return join(folder, 'aspis.db')
}

function filesIn(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries.filter(each => each.isFile()).map(each => relative(folder, join(each.parentPath, each.name)))
}

function mode(path: string): number {
  return statSync(path).mode & 0o777
}

async function isUnavailable(written: Promise<void>, message: RegExp): Promise<void> {
  await assert.rejects(written, { code: 'ERR_ASPIS_STORE_UNAVAILABLE', message })
}

after(() => rmSync(root, { recursive: true }))

describe('sqlite: files', () => {
  it('the folder is open to its owner alone, and so is every file in it', async () => {
    const folder = freshFolder()
    mkdirSync(folder, { mode: 0o755 })
    await withStore(at(folder), async ({ location }) => {
      await location.replace(ALICE, [binding({ aor: ALICE })])
      assert.equal(mode(folder), 0o700)
      const files = filesIn(folder)
      assert.ok(files.includes('ha1.key') && files.includes('aspis.db-wal'))
      assert.ok(files.includes('bindings/00000002.log'))
      for (const file of files) assert.equal(mode(join(folder, file)), 0o600, file)
      assert.equal(mode(join(folder, 'bindings')), 0o700)
    })
  })

  it('no HA1 value, no password and no secret stands in the files (DIG-30)', async () => {
    const folder = freshFolder()
    await withStore(at(folder), async ({ credentials, meta }) => {
      const alice = makeCredential('alice', 'example.com', new Secret('correct horse'), { md5: true })
      await credentials.put(alice)
      await meta.set('node', new Secret('battery staple'))
      const { md5, sha256, sha512_256 } = alice.ha1
      const secrets = [md5, sha256, sha512_256].map(ha1 => ha1?.reveal() ?? '')
      for (const file of filesIn(folder)) {
        const bytes = readFileSync(join(folder, file))
        for (const text of [...secrets, 'correct horse', 'battery staple']) {
          assert.notEqual(text, '')
          assert.ok(!bytes.includes(text), file)
          if (/^[0-9a-f]+$/.test(text)) assert.ok(!bytes.includes(Buffer.from(text, 'hex')), file)
        }
      }
    })
  })

  it('a damaged database stops the start with file, reason and way back, and is left as it is', async () => {
    for (const damage of [
      (path: string) => writeFileSync(path, 'not a database, whatever it was before'.repeat(100)),
      (path: string) => {
        const bytes = readFileSync(path)
        bytes.fill(0xa5, 4096 * 3, 4096 * 8)
        writeFileSync(path, bytes)
      },
      (path: string) => truncateSync(path, 4096 * 5),
    ]) {
      const folder = freshFolder()
      const path = await filled(folder)
      damage(path)
      const before = readFileSync(path)
      await assert.rejects(openStore(at(folder), NOW_MS), error => {
        assert.ok(error instanceof Error)
        assert.match(
          error.message,
          /aspis\.db: the database is damaged \(.+\); restore a backup.*aspis doctor/,
        )
        return true
      })
      assert.deepEqual(readFileSync(path), before)
    }
  })

  it('a database that is gone is not made anew while its key is there', async () => {
    for (const lose of [(path: string) => rmSync(path), (path: string) => truncateSync(path, 0)]) {
      const folder = freshFolder()
      lose(await filled(folder))
      const code = 'ERR_ASPIS_STORE_MISSING'
      await assert.rejects(openStore(at(folder), NOW_MS), { code, message: /aspis\.db.*ha1\.key.*restore/ })
    }
  })

  it('a database of another program is left as it is; it, or one of a newer Aspis, is refused and named', async () => {
    const foreign = freshFolder()
    mkdirSync(foreign)
    const other = new DatabaseSync(join(foreign, 'aspis.db'))
    other.exec('CREATE TABLE subscriber (x)')
    other.close()
    chmodSync(join(foreign, 'aspis.db'), 0o644)
    const before = readFileSync(join(foreign, 'aspis.db'))
    await assert.rejects(openStore(at(foreign), NOW_MS), {
      code: 'ERR_ASPIS_STORE_FOREIGN',
      message: /aspis\.db/,
    })
    assert.deepEqual(readFileSync(join(foreign, 'aspis.db')), before)
    assert.equal(statSync(join(foreign, 'aspis.db')).mode & 0o777, 0o644)
    const newer = freshFolder()
    const database = new DatabaseSync(await filled(newer))
    database.exec("INSERT INTO migration VALUES (9999, 'from the future', 0)")
    database.close()
    await assert.rejects(openStore(at(newer), NOW_MS), { code: 'ERR_ASPIS_STORE_NEWER', message: /9999/ })
  })
})

describe('sqlite: key', () => {
  const code = 'ERR_ASPIS_STORE_KEY'

  it('a key that is lost, another, malformed or readable by others stops the start', async () => {
    for (const [spoil, message] of [
      [(key: string) => rmSync(key), /ha1\.key: the key of the stored passwords is missing/],
      [(key: string) => writeFileSync(key, 'f'.repeat(64)), /does not open .*aspis\.db/],
      [(key: string) => writeFileSync(key, 'f'), /not a key/],
      [(key: string) => chmodSync(key, 0o640), /chmod 600/],
    ] as const) {
      const folder = freshFolder()
      await filled(folder)
      spoil(join(folder, 'ha1.key'))
      await assert.rejects(openStore(at(folder), NOW_MS), { code, message })
    }
  })

  it('a sealed account that was moved to another name, or altered, stops the start and is named', async () => {
    for (const change of [
      `UPDATE credential SET sealed = (SELECT sealed FROM credential WHERE user = 'bob') WHERE user = 'alice'`,
      `UPDATE credential SET sealed = zeroblob(200) WHERE user = 'alice'`,
      `UPDATE credential SET sealed = x'00' WHERE user = 'alice'`,
    ]) {
      const folder = freshFolder()
      const database = new DatabaseSync(await filled(folder))
      database.exec(change)
      database.close()
      await assert.rejects(openStore(at(folder), NOW_MS), {
        code: 'ERR_ASPIS_STORE_SEAL',
        message: /alice@example/,
      })
    }
  })
})

describe('sqlite: bindings that lie in the database, as they once did', () => {
  /** A folder as the version before left it. */
  async function oldFolder(): Promise<string> {
    const folder = freshFolder()
    const path = await filled(folder)
    rmSync(join(folder, 'bindings'), { recursive: true })
    const database = new DatabaseSync(path)
    database.exec("DELETE FROM meta WHERE name = 'bindings-in-log'")
    const put = database.prepare('INSERT INTO location VALUES (?, ?, ?, ?)')
    for (const aor of [ALICE, BOB]) {
      const row = binding({ aor, pubGruu: 'sip:x;gr' })
      put.run(aor, row.key, row.expiresAtMs, JSON.stringify(row))
    }
    database.close()
    return folder
  }

  function rowsIn(folder: string): number {
    const database = new DatabaseSync(join(folder, 'aspis.db'))
    const rows = database.prepare('SELECT * FROM location').all().length
    database.close()
    return rows
  }

  it('go to the log at the first start, once, and leave the table', async () => {
    const folder = await oldFolder()
    await withStore(at(folder), async ({ location }) => {
      assert.deepEqual(location.bindings(ALICE, NOW_MS), [binding({ aor: ALICE, pubGruu: 'sip:x;gr' })])
      await location.replace(ALICE, [])
    })
    assert.equal(rowsIn(folder), 0)
    await withStore(at(folder), async ({ location }) => assert.deepEqual([...location.aors()], [BOB]))
  })

  it('are all there when the first start was cut off before the table was left', async () => {
    const folder = await oldFolder()
    mkdirSync(join(folder, 'bindings.new'))
    writeFileSync(join(folder, 'bindings.new', '00000001.snapshot.new'), 'half')
    await withStore(at(folder), async ({ location }) => assert.equal(location.count(), 2))
    const database = new DatabaseSync(join(folder, 'aspis.db'))
    database.exec("DELETE FROM meta WHERE name = 'bindings-in-log'")
    database.exec(`INSERT INTO location VALUES ('x', 'x', 1, 'what the log has in a newer form')`)
    database.close()
    await withStore(at(folder), async ({ location }) => assert.equal(location.count(), 2))
    assert.equal(rowsIn(folder), 0)
  })

  it('stop the start when a row cannot be read, and stay', async () => {
    const folder = await oldFolder()
    const database = new DatabaseSync(join(folder, 'aspis.db'))
    database.exec(`UPDATE location SET binding = '{"aor":1}' WHERE aor = '${ALICE}'`)
    database.close()
    await assert.rejects(openStore(at(folder), NOW_MS), { code: 'ERR_ASPIS_STORE_CORRUPT' })
    assert.equal(rowsIn(folder), 2)
  })
})

describe('sqlite: a look at bindings beside a server', () => {
  it('finds what would stop a start, and changes nothing, not even what is torn', async () => {
    const folder = freshFolder()
    await filled(folder)
    const path = join(folder, 'bindings/00000002.log')
    const whole = readFileSync(path)
    writeFileSync(path, whole.subarray(0, -1))
    await checkBindings(folder)
    assert.equal(statSync(path).size, whole.length - 1)
    truncateSync(path, 10)
    await assert.rejects(checkBindings(folder), { code: 'ERR_ASPIS_STORE_CORRUPT', message: /00000002\.log/ })
    rmSync(join(folder, 'bindings'), { recursive: true })
    await assert.rejects(checkBindings(folder), { code: 'ERR_ASPIS_STORE_MISSING' })
  })
})

describe('sqlite: a database that goes away', () => {
  it('a file that is gone rejects changes, memory serves on, and its return heals', async () => {
    const folder = freshFolder()
    const one = binding({ aor: ALICE })
    const store = await openStore(at(folder), NOW_MS)
    await store.location.replace(ALICE, [one])
    const elsewhere = `${folder}-away`
    renameSync(folder, elsewhere)
    await isUnavailable(store.location.replace(ALICE, []), /bindings.*gone/)
    await isUnavailable(store.location.replace(BOB, [binding({ aor: BOB })]), /gone/)
    assert.deepEqual(store.location.bindings(ALICE, NOW_MS), [one])
    assert.equal(store.location.count(), 1)
    assert.equal(store.healthy(), false)
    await assert.rejects(store.refreshIfChanged(), { code: 'ERR_ASPIS_STORE_UNAVAILABLE' })
    renameSync(elsewhere, folder)
    await store.refreshIfChanged()
    assert.equal(store.healthy(), true)
    await store.location.replace(BOB, [binding({ aor: BOB })])
    await store.close()
    await withStore(at(folder), async ({ location }) => {
      assert.deepEqual(location.bindings(ALICE, NOW_MS), [one])
      assert.equal(location.count(), 2)
    })
  })

  it('an older copy that is put back gets every acknowledged binding again', async () => {
    const folder = freshFolder()
    const path = await filled(folder)
    const files = ['aspis.db', 'bindings']
    const copy = (from: string, to: string): void => {
      for (const file of files) cpSync(join(from, file), join(to, file), { recursive: true })
    }
    copy(folder, `${folder}-backup`)
    const store = await openStore(at(folder), NOW_MS)
    await store.location.replace(ALICE, [binding({ aor: ALICE })])
    await store.location.replace('sip:user1@example.com', [])
    for (const file of ['', '-wal', '-shm']) rmSync(`${path}${file}`, { force: true })
    rmSync(join(folder, 'bindings'), { recursive: true })
    copy(`${folder}-backup`, folder)
    await store.location.replace(BOB, [binding({ aor: BOB })])
    await store.refreshIfChanged()
    assert.equal(store.credentials.list().length, 2)
    await store.close()
    await withStore(at(folder), async ({ location }) => {
      assert.equal(location.count(), 501)
      assert.equal(location.bindings(ALICE, NOW_MS).length, 1)
      assert.equal(location.bindings('sip:user1@example.com', NOW_MS).length, 0)
    })
  })

  it('bindings of another database in their place are not written', async () => {
    const mine = freshFolder()
    const other = freshFolder()
    await filled(other)
    const store = await openStore(at(mine), NOW_MS)
    rmSync(join(mine, 'bindings'), { recursive: true })
    cpSync(join(other, 'bindings'), join(mine, 'bindings'), { recursive: true })
    const before = filesIn(join(mine, 'bindings')).map(file => readFileSync(join(mine, 'bindings', file)))
    await isUnavailable(store.location.replace(ALICE, [binding({ aor: ALICE })]), /another database/)
    await store.close()
    const after = filesIn(join(mine, 'bindings')).map(file => readFileSync(join(mine, 'bindings', file)))
    assert.deepEqual(after, before)
    await assert.rejects(openStore(at(mine), NOW_MS), { code: 'ERR_ASPIS_STORE_FOREIGN' })
  })

  const isRoot = process.getuid?.() === 0
  it('a full disk rejects changes, memory serves on, and room heals', {
    skip: isRoot ? false : 'needs root to mount a small disk',
  }, async () => {
    const disk = freshFolder()
    mkdirSync(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk])
    try {
      await onFullDisk(disk, await openStore(at(join(disk, 'data')), NOW_MS))
    } finally {
      execFileSync('umount', [disk])
    }
  })
})

async function onFullDisk(disk: string, store: Store): Promise<void> {
  const filler = join(disk, 'filler')
  await store.location.replace(ALICE, [binding({ aor: ALICE })])
  fill(filler)
  const long = binding({ aor: BOB, userAgent: 'x'.repeat(200_000) })
  await isUnavailable(store.location.replace(BOB, [long]), /disk is full/)
  assert.equal(store.healthy(), false)
  assert.equal(store.location.bindings(ALICE, NOW_MS).length, 1)
  assert.equal(store.location.bindings(BOB, NOW_MS).length, 0)
  rmSync(filler)
  await store.refreshIfChanged()
  assert.equal(store.healthy(), true)
  await store.location.replace(BOB, [long])
  await store.close()
  assert.ok(!existsSync(filler))
  await withStore(at(join(disk, 'data')), async ({ location }) => assert.equal(location.count(), 2))
}

/** Writes until nothing more fits. */
function fill(path: string): void {
  for (let kilobytes = 2048; kilobytes > 0; kilobytes = Math.floor(kilobytes / 2)) {
    try {
      writeFileSync(path, Buffer.alloc(kilobytes * 1024), { flag: 'a' })
    } catch (error) {
      assert.match(String(error), /ENOSPC/)
    }
  }
}
