import assert from 'node:assert/strict'
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import fc from 'fast-check'
import { binding } from '../../../test/support/store-rules/location.ts'
import { temporaryFolder } from '../../../test/support/stores.ts'
import { GroupCommit } from '../group-commit.ts'
import type { Binding } from '../location.ts'
import { LocationService } from '../location-service.ts'
import { LocationIndex } from '../memory/location-index.ts'
import { FILE_HEAD_BYTES } from './format.ts'
import { openLog } from './open-log.ts'

const ID = 'ab'.repeat(16)
const ALICE = 'sip:alice@example.com'
const LARGE = 1_000_000_000
const root = temporaryFolder()
let folders = 0

after(() => rmSync(root, { recursive: true }))

function freshFolder(): string {
  folders += 1
  return join(root, String(folders))
}

interface Opened {
  readonly location: LocationService
  readonly cutBytes: number
}

async function open(folder: string, minLogBytes = LARGE, wasMade = false): Promise<Opened> {
  const index = new LocationIndex()
  const order = { folder, databaseId: ID, index, minLogBytes, wasMade, fill: () => {} }
  const { log, cutBytes } = await openLog(order)
  return { location: new LocationService(index, new GroupCommit(log, index)), cutBytes }
}

type Content = ReadonlyMap<string, readonly Binding[]>

function contentOf({ location }: Opened): Content {
  return new Map([...location.aors()].sort().map(aor => [aor, location.bindings(aor, 0)]))
}

/** Opens, looks and closes. */
async function contentIn(folder: string): Promise<Content> {
  const opened = await open(folder)
  const content = contentOf(opened)
  await opened.location.close()
  return content
}

function aorOf(n: number): string {
  return `sip:user${n}@example.com`
}

/** A folder with changes one after the other, each a frame of its own. @returns what it held after each */
async function written(folder: string, changes: number): Promise<{ path: string; after: Content[] }> {
  const opened = await open(folder)
  const after: Content[] = [contentOf(opened)]
  for (let n = 0; n < changes; n++) {
    await opened.location.replace(aorOf(n % 3), n % 4 === 3 ? [] : [binding({ aor: aorOf(n % 3), cseq: n })])
    after.push(contentOf(opened))
  }
  await opened.location.close()
  return { path: join(folder, '00000002.log'), after }
}

/** Where each frame of a log ends, its head first. */
function endsOf(bytes: Buffer): number[] {
  const ends = [FILE_HEAD_BYTES]
  for (let at = FILE_HEAD_BYTES; at < bytes.length; ) {
    at += 12 + bytes.readUInt32LE(at + 8)
    ends.push(at)
  }
  return ends
}

describe('the log', () => {
  it('gives back what any changes left, however often it is compacted meanwhile', async () => {
    const change = fc.record({ aor: fc.nat(20), keys: fc.uniqueArray(fc.nat(3)), chars: fc.nat(2000) })
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 80 }), async changes => {
        const folder = freshFolder()
        const opened = await open(folder, 5000)
        for (const [i, { aor, keys, chars }] of changes.entries()) {
          const next = keys.map(key =>
            binding({ aor: aorOf(aor), key: String(key), userAgent: 'x'.repeat(chars) }),
          )
          const done = opened.location.replace(aorOf(aor), next)
          if (i % 3 === 0) await done
        }
        await opened.location.close()
        assert.deepEqual(await contentIn(folder), contentOf(opened))
        rmSync(folder, { recursive: true })
      }),
      { numRuns: 15 },
    )
  })

  it('torn at any octet of its last frame is as before that frame, goes on, and says what was cut', async () => {
    const folder = freshFolder()
    const { path, after } = await written(folder, 6)
    const whole = readFileSync(path)
    const ends = endsOf(whole)
    const [before = 0, end = 0] = ends.slice(-2)
    assert.equal(end, whole.length)
    for (let size = before + 1; size < end; size++) {
      // Also where zeros were written ahead, of which the frame covered a part.
      const torn = [whole.subarray(0, size), Buffer.concat([whole.subarray(0, size), Buffer.alloc(5000)])]
      for (const bytes of torn) {
        writeFileSync(path, bytes)
        const opened = await open(folder)
        assert.deepEqual(contentOf(opened), after.at(-2))
        const left = whole.subarray(before, size)
        assert.equal(opened.cutBytes, left.findLastIndex(octet => octet !== 0) + 1)
        await opened.location.close()
        assert.equal(statSync(path).size, before)
      }
    }
    const opened = await open(folder)
    await opened.location.replace(ALICE, [binding({ aor: ALICE })])
    await opened.location.close()
    const content = await contentIn(folder)
    assert.equal(content.size, (after.at(-2)?.size ?? 0) + 1)
  })

  it('cut at the end of any frame is what it was then', async () => {
    const folder = freshFolder()
    const { path, after } = await written(folder, 8)
    const whole = readFileSync(path)
    for (const [frames, end] of endsOf(whole).entries()) {
      writeFileSync(path, whole.subarray(0, end))
      assert.deepEqual(await contentIn(folder), after[frames])
    }
  })

  it('with any bit turned over stops the start with file and place, or loses the last frame, and never lies', async () => {
    const folder = freshFolder()
    const { path, after } = await written(folder, 5)
    const whole = readFileSync(path)
    const ends = endsOf(whole)
    const lastAt = ends.at(-2) ?? 0
    for (let at = 0; at < whole.length; at++) {
      const bytes = Buffer.from(whole)
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8))
      writeFileSync(path, bytes)
      if (at >= lastAt) {
        assert.deepEqual(await contentIn(folder), after.at(-2))
        continue
      }
      const frameAt = at < FILE_HEAD_BYTES ? 0 : ends.findLast(end => end <= at)
      await assert.rejects(open(folder), (error: Error & { code?: string }) => {
        const isHeadOfOther =
          error.code === 'ERR_ASPIS_STORE_FOREIGN' || error.code === 'ERR_ASPIS_STORE_NEWER'
        if (at < FILE_HEAD_BYTES && isHeadOfOther) return true
        assert.equal(error.code, 'ERR_ASPIS_STORE_CORRUPT')
        assert.match(error.message, new RegExp(`00000002\\.log: .* damaged at octet ${frameAt};`))
        return true
      })
      assert.deepEqual(readFileSync(path), bytes)
    }
  })

  it('that goes on has zeros ahead, which no other file may have', async () => {
    const folder = freshFolder()
    const { path, after } = await written(folder, 4)
    const whole = readFileSync(path)
    writeFileSync(path, Buffer.concat([whole, Buffer.alloc(100_000)]))
    assert.deepEqual(await contentIn(folder), after.at(-1))
    assert.equal(statSync(path).size, whole.length)
    appendFileSync(join(folder, '00000001.snapshot'), Buffer.alloc(100))
    await assert.rejects(open(folder), { code: 'ERR_ASPIS_STORE_CORRUPT', message: /snapshot/ })
  })

  it('misses no file of its row', async () => {
    const folder = freshFolder()
    await written(folder, 4)
    cpSync(join(folder, '00000002.log'), join(folder, '00000004.log'))
    await assert.rejects(open(folder), { code: 'ERR_ASPIS_STORE_MISSING', message: /00000003\.log/ })
    rmSync(join(folder, '00000001.snapshot'))
    await assert.rejects(open(folder), { code: 'ERR_ASPIS_STORE_MISSING', message: /00000001\.snapshot/ })
  })

  it('is not begun anew where there was one, unless somebody made an empty folder', async () => {
    const folder = freshFolder()
    await assert.rejects(open(folder, LARGE, true), { code: 'ERR_ASPIS_STORE_MISSING', message: /restore/ })
    mkdirSync(folder)
    const { location } = await open(folder, LARGE, true)
    await location.replace(ALICE, [binding({ aor: ALICE })])
    await location.close()
    assert.equal((await contentIn(folder)).size, 1)
  })
})

describe('a snapshot', () => {
  /** A folder whose snapshot holds many bindings. */
  async function compacted(): Promise<{ folder: string; content: Content; path: string }> {
    const folder = freshFolder()
    const opened = await open(folder, 20_000)
    for (let n = 0; n < 400; n++) {
      const done = opened.location.replace(aorOf(n % 150), [binding({ aor: aorOf(n % 150), cseq: n })])
      if (n % 20 === 0) await done
    }
    await opened.location.close()
    const name = readdirSync(folder).findLast(each => each.endsWith('.snapshot')) ?? ''
    return { folder, content: await contentIn(folder), path: join(folder, name) }
  }

  it('that was cut anywhere stops the start', async () => {
    const { folder, path } = await compacted()
    const whole = readFileSync(path)
    for (const size of [0, 10, FILE_HEAD_BYTES, 1000, whole.length - 12, whole.length - 1]) {
      truncateSync(path, 0)
      writeFileSync(path, whole.subarray(0, size))
      await assert.rejects(open(folder), { code: 'ERR_ASPIS_STORE_CORRUPT', message: /snapshot.*octet/ })
    }
  })

  it('replaces what it holds: files before it are gone, and one that was not finished is none', async () => {
    const { folder, content, path } = await compacted()
    const files = readdirSync(folder)
    assert.equal(files.filter(each => each.endsWith('.snapshot')).length, 1)
    assert.ok(!files.includes('00000001.snapshot') && !files.includes('00000002.log'))
    writeFileSync(`${path}.new`, 'half')
    cpSync(path, join(folder, '00000001.snapshot'))
    assert.deepEqual(await contentIn(folder), content)
    assert.deepEqual(readdirSync(folder).sort(), files.sort())
  })

  it('under load loses nothing, whenever the power goes', async () => {
    const folder = freshFolder()
    const opened = await open(folder, 30_000)
    const acknowledged = new Map<string, number>()
    let copies = 0
    let most = 0
    for (let n = 0; n < 3000; n++) {
      const aor = aorOf(n % 97)
      const done = opened.location
        .replace(aor, [binding({ aor, cseq: n })])
        .then(() => acknowledged.set(aor, n))
      if (n % 15 === 0) await done
      most = Math.max(
        most,
        readdirSync(folder).reduce((sum, each) => sum + sizeOf(join(folder, each)), 0),
      )
      if (n % 100 !== 50) continue
      copies += 1
      const copy = freshFolder()
      const then = new Map(acknowledged)
      cpSync(folder, copy, { recursive: true })
      const content = await contentIn(copy)
      for (const [each, cseq] of then) assert.ok((content.get(each)?.[0]?.cseq ?? -1) >= cseq, each)
      rmSync(copy, { recursive: true })
    }
    await opened.location.close()
    assert.equal(copies, 30)
    assert.ok(most < 300_000, `${most} octets at a time, where 97 bindings are registered`)
  })

  it('that cannot be written stops nobody, and is tried again', async () => {
    const folder = freshFolder()
    const opened = await open(folder, 10_000)
    const obstacle = join(folder, '00000002.snapshot.new')
    mkdirSync(obstacle)
    for (let n = 0; n < 60; n++) await opened.location.replace(ALICE, [binding({ aor: ALICE, cseq: n })])
    assert.ok(readdirSync(folder).includes('00000002.log'))
    rmSync(obstacle, { recursive: true })
    for (let n = 60; n < 200; n++) await opened.location.replace(ALICE, [binding({ aor: ALICE, cseq: n })])
    await opened.location.close()
    assert.ok(!readdirSync(folder).includes('00000002.log'))
    assert.equal((await contentIn(folder)).get(ALICE)?.[0]?.cseq, 199)
  })
})

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
