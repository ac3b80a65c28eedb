import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, test } from 'node:test'
import fc from 'fast-check'
import { FrameCutter, FrameWriter, KIND } from './frame.ts'
import { awaitHello, sayHello } from './greeting.ts'
import type { Link, LinkUser } from './link.ts'

test('frames come out as they went in, however the octets are cut', () => {
  const frames = fc.array(fc.tuple(fc.integer({ min: 1, max: 255 }), fc.string({ unit: 'binary' })))
  fc.assert(
    fc.property(frames, fc.infiniteStream(fc.integer({ min: 1, max: 40 })), (sent, sizes) => {
      const writer = new FrameWriter()
      for (const [kind, text] of sent) {
        writer.begin(kind, 3 * text.length + 8)
        writer.f64(text.length)
        writer.utf8(text)
        writer.end()
      }
      const bytes = Buffer.from(writer.gathered())
      const cutter = new FrameCutter()
      const seen: [number, string][] = []
      for (let at = 0; at < bytes.length; ) {
        const size = sizes.next().value ?? 1
        const isTaken = cutter.feed(bytes.subarray(at, at + size), (kind, frame) => {
          const length = frame.f64()
          const text = frame.restUtf8()
          assert.equal(Buffer.byteLength(text), Buffer.byteLength(text.toWellFormed()))
          assert.equal(length, sent[seen.length]?.[1].length)
          seen.push([kind, text])
        })
        assert.ok(isTaken)
        at += size
      }
      assert.deepEqual(
        seen,
        sent.map(([kind, text]) => [kind, text.toWellFormed()]),
      )
    }),
  )
})

test('what is no frame is told', () => {
  const huge = Buffer.alloc(5)
  huge.writeUInt32LE(0xffff_ffff)
  assert.equal(
    new FrameCutter().feed(huge, () => assert.fail()),
    false,
  )
  assert.equal(
    new FrameCutter().feed(Buffer.alloc(5), () => assert.fail()),
    false,
  )
})

describe('a link', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aspis-link-'))
  const path = join(folder, 'primary')
  const joined: { readonly worker: number; readonly frames: string[]; readonly link: Link }[] = []
  let server: Server
  before(async () => {
    server = createServer(socket =>
      awaitHello(socket, 'right', (worker, link): LinkUser => {
        const frames: string[] = []
        joined.push({ worker, frames, link })
        return { onFrame: (_kind, frame) => frames.push(frame.restLatin1()), onClosed: () => {} }
      }),
    )
    server.listen(path)
    await once(server, 'listening')
  })
  after(() => {
    server.close()
    rmSync(folder, { recursive: true })
  })

  it('is for who knows the token', async () => {
    const closed = Promise.withResolvers<void>()
    const user: LinkUser = { onFrame: () => assert.fail(), onClosed: () => closed.resolve() }
    await sayHello(path, 3, 'wrong', () => user)
    await closed.promise
    const stranger = connect(path)
    stranger.write('INVITE sip:a@b SIP/2.0\r\n\r\n')
    await once(stranger, 'close')
    assert.equal(joined.length, 0)
  })

  it('carries frames in their order and refuses what its other end does not read', async () => {
    const link = await sayHello(path, 3, 'right', () => ({ onFrame: () => {}, onClosed: () => {} }))
    for (let i = 0; i < 1000; i += 1) {
      link.begin(KIND.message, 8)?.latin1(String(i))
      link.end()
    }
    while ((joined[0]?.frames.length ?? 0) < 1000) await new Promise(resolve => setImmediate(resolve))
    assert.deepEqual(
      joined[0]?.frames,
      Array.from({ length: 1000 }, (_, i) => String(i)),
    )
    assert.equal(joined[0]?.worker, 3)
    // Nobody reads while this turn lasts.
    const text = 'x'.repeat(100_000)
    for (let i = 0; i < 500; i += 1) {
      const frame = link.begin(KIND.message, text.length)
      if (frame === undefined) continue
      frame.latin1(text)
      link.end()
    }
    assert.ok(link.refused > 0)
    assert.ok(link.waitingBytes < 17 * 1024 * 1024, 'and no more is held')
    await link.drained()
    assert.notEqual(link.begin(KIND.message, 1), undefined)
    link.end()
    link.close()
  })
})
