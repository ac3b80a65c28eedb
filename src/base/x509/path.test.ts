import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { missing } from '../../../test/support/programs.ts'
import { extensionsOf, KEY_USAGE, useOf } from './extensions.ts'
import { readX509, verifyPath } from './path.ts'

const folder = mkdtempSync(join(tmpdir(), 'aspis-path-'))
after(() => rmSync(folder, { recursive: true }))

const AUTHORITY = 'basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign'

/** Makes a certificate by OpenSSL, under another one or its own key. */
function make(name: string, extensions: string, issuer = name, key = 'ec:P-256'): X509Certificate {
  const at = (ending: string) => join(folder, `${name}.${ending}`)
  const [kind = '', size = ''] = key.split(':')
  const option = kind === 'ec' ? 'ec_paramgen_curve' : 'rsa_keygen_bits'
  execFileSync(
    'openssl',
    ['genpkey', '-algorithm', kind, '-pkeyopt', `${option}:${size}`, '-out', at('key')],
    {
      stdio: 'ignore',
    },
  )
  execFileSync('openssl', ['req', '-new', '-key', at('key'), '-subj', `/CN=${name}`, '-out', at('csr')])
  writeFileSync(at('ext'), extensions)
  const signer =
    issuer === name
      ? ['-signkey', at('key')]
      : ['-CA', join(folder, `${issuer}.pem`), '-CAkey', join(folder, `${issuer}.key`), '-CAcreateserial']
  execFileSync(
    'openssl',
    ['x509', '-req', '-in', at('csr'), ...signer, '-days', '2', '-extfile', at('ext'), '-out', at('pem')],
    { stdio: 'ignore' },
  )
  return new X509Certificate(readFileSync(at('pem')))
}

describe('a path of certificates', { skip: missing('openssl') }, () => {
  const nowMs = Date.now() + 60_000
  const say = (
    certificate: X509Certificate,
    between: readonly X509Certificate[],
    authorities: readonly X509Certificate[],
    understood: readonly string[] = [],
  ): string => {
    const path = verifyPath(certificate, between, authorities, nowMs, understood)
    return path.ok ? path.value.map(each => each.subject.slice(3)).join(' ') : path.error
  }

  it('leads from a certificate over those that came along to an authority, in whatever order they came', () => {
    const root = make('root', AUTHORITY)
    const middle = make('middle', AUTHORITY, 'root')
    const lower = make('lower', AUTHORITY, 'middle')
    const leaf = make('leaf', 'keyUsage=digitalSignature', 'lower')
    assert.equal(say(leaf, [middle, lower], [root]), 'leaf lower middle root')
    assert.equal(say(leaf, [root, lower, leaf, middle], [root]), 'leaf lower middle root')
    assert.equal(say(leaf, [lower], [middle]), 'leaf lower middle')
    assert.equal(say(leaf, [middle], [root]), 'certificate-untrusted')
    assert.equal(say(leaf, [middle, lower], []), 'certificate-untrusted')
  })

  it('RFC 5280 §6.1: who is no authority, may not sign certificates, or is too far above, vouches for nobody', () => {
    const user = make('user', 'basicConstraints=CA:false', 'root')
    const root = new X509Certificate(readFileSync(join(folder, 'root.pem')))
    assert.equal(say(make('under-user', '', 'user'), [user], [root]), 'certificate-untrusted')
    const other = make('no-sign', 'basicConstraints=CA:true\nkeyUsage=digitalSignature', 'root')
    assert.equal(say(make('under-no-sign', '', 'no-sign'), [other], [root]), 'certificate-untrusted')
    const short = make('short', 'basicConstraints=CA:true,pathlen:0', 'root')
    const below = make('below', AUTHORITY, 'short')
    assert.equal(say(make('direct', '', 'short'), [short], [root]), 'direct short root')
    assert.equal(say(make('deep', '', 'below'), [short, below], [root]), 'certificate-untrusted')
  })

  it('RFC 5280 §4.2: a critical extension that nobody looks at is refused', () => {
    const root = new X509Certificate(readFileSync(join(folder, 'root.pem')))
    const strange = make('strange', '1.2.3.4=critical,ASN1:NULL', 'root')
    assert.equal(say(strange, [], [root]), 'certificate-unknown-extension')
    assert.equal(say(strange, [], [root], ['1.2.3.4']), 'strange root')
    const limited = make(
      'limited',
      `${AUTHORITY}\nnameConstraints=critical,permitted;DNS:example.test`,
      'root',
    )
    assert.equal(say(make('under-limited', '', 'limited'), [limited], [root]), 'certificate-untrusted')
  })

  it('a weak key is refused wherever it stands in the path', () => {
    const root = new X509Certificate(readFileSync(join(folder, 'root.pem')))
    assert.equal(say(make('weak', '', 'root', 'rsa:1024'), [], [root]), 'certificate-weak')
    const weak = make('weak-authority', AUTHORITY, 'root', 'rsa:1024')
    assert.equal(say(make('under-weak', '', 'weak-authority'), [weak], [root]), 'certificate-untrusted')
  })

  it('use and extensions are read as OpenSSL wrote them', () => {
    const leaf = new X509Certificate(readFileSync(join(folder, 'leaf.pem')))
    const use = useOf(leaf.raw)
    assert.equal(use?.keyUsage, KEY_USAGE.digitalSignature)
    assert.equal(use?.isAuthority, false)
    assert.equal(useOf(readFileSync(join(folder, 'leaf.pem'))), undefined)
    assert.ok(extensionsOf(leaf.raw)?.some(({ id }) => id === '2.5.29.15'))
    assert.equal(readX509(leaf.raw.subarray(0, -1)), undefined)
  })
})
