import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { DIGESTS } from '../src/mechanisms/smime/algorithms.ts'
import { contentOf, fieldOf, parseMediaType, typeOf } from '../src/mechanisms/smime/mime.ts'
import { bodyEntity, partsOf } from '../src/mechanisms/smime/multipart.ts'
import { openSigned } from '../src/mechanisms/smime/multipart-signed.ts'
import { parseSignedData } from '../src/mechanisms/smime/signed-data.ts'
import { missing } from './support/programs.ts'

const RFC = resolve(import.meta.dirname, '../../shared/rfc/rfc6216.txt')
const skip = existsSync(RFC) ? missing('tar') : 'needs rfc6216.txt in ../shared/rfc, beside this checkout'

describe('V-6: the S/MIME messages of RFC 6216', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'aspis-rfc6216-'))
  after(() => rmSync(folder, { recursive: true }))

  before(() => {
    const text = readFileSync(RFC, 'latin1')
    const [, archive = ''] = /-- BEGIN MESSAGE ARCHIVE --([\s\S]*)-- END MESSAGE ARCHIVE --/.exec(text) ?? []
    // Pages have headers and footers between the lines of base64.
    const lines = archive.split('\n').filter(line => /^ *[A-Za-z0-9+/]+={0,2}$/.test(line))
    writeFileSync(join(folder, 'archive.tgz'), Buffer.from(lines.join(''), 'base64'))
    execFileSync('tar', ['xzf', 'archive.tgz'], { cwd: folder })
  })

  /** The body of a message as a signed entity. */
  function signed(name: string) {
    const message = readFileSync(join(folder, name), 'latin1')
    const at = message.indexOf('\r\n\r\n')
    const contentType = /^Content-Type: (.*)\r$/m.exec(message.slice(0, at))?.[1] ?? ''
    return bodyEntity(message.slice(at + 4), { contentType })
  }

  function partsIn(name: string) {
    const entity = signed(name)
    const type = parseMediaType(fieldOf(entity, 'content-type') ?? '')
    assert.ok(type.ok)
    const parts = partsOf(entity.body, type.value)
    assert.ok(parts.ok)
    return parts.value
  }

  for (const name of [
    'smime-msg.dat',
    'noeku-smime-msg.dat',
    'cms-smime-msg.dat',
    'noeku-cms-smime-msg.dat',
  ]) {
    it(`${name}: both parts are found, the binary signature among them, and SHA-1 is refused as weak`, () => {
      const [text, signature, ...left] = partsIn(name)
      assert.ok(text !== undefined && signature !== undefined && left.length === 0)
      assert.equal(text.body, 'Hello!')
      const type = typeOf(signature)
      assert.equal(type.ok ? type.value.name : '', 'application/pkcs7-signature')
      const octets = contentOf(signature)
      assert.ok(octets.ok)
      // On the way into the RFC each LF of the DER became CR LF.
      const der = Buffer.from(octets.value.toString('latin1').replaceAll('\r\n', '\n'), 'latin1')
      const data = parseSignedData(der)
      assert.ok(data.ok)
      assert.equal(data.value.content, undefined)
      assert.equal(data.value.signers.length, 1)
      assert.equal(DIGESTS[data.value.signers[0]?.digest.id ?? ''], undefined)
    })
  }

  it('as it stands in the RFC the structure is broken, and is refused as that', () => {
    const opened = openSigned(signed('smime-msg.dat'), [], Date.UTC(2011, 1, 7))
    assert.deepEqual(opened, { ok: false, error: 'cms-malformed' })
  })
})
