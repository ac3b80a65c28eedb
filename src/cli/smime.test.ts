import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

const folder = mkdtempSync(join(tmpdir(), 'aspis-smime-'))
after(() => rmSync(folder, { recursive: true }))

function aspis(...args: readonly string[]) {
  const main = join(import.meta.dirname, 'main.ts')
  const done = spawnSync(process.execPath, [main, ...args], {
    cwd: folder,
    encoding: 'latin1',
    env: { ...process.env, NO_COLOR: '1' },
  })
  return { code: done.status, out: done.stdout, err: done.stderr }
}

const SIGN = [
  ...['smime', 'sign', '--key', 'alice@example.test.key', '--certificate', 'alice@example.test.pem'],
  ...['--referrer', 'sip:alice@example.test'],
]

before(() => {
  writeFileSync(join(folder, 'aspis.yaml'), 'domains: [example.test]\nlisten: [udp://127.0.0.1:5060]\n')
})

test('cert user: a key that only its owner reads, for users of served domains, and nothing is overwritten', () => {
  assert.equal(aspis('cert', 'user', 'alice@example.test').code, 0)
  assert.equal(statSync(join(folder, 'alice@example.test.key')).mode & 0o777, 0o600)
  assert.match(aspis('cert', 'user', 'alice@example.test').err, /exists; it is not touched/)
  const foreign = aspis('cert', 'user', 'alice@elsewhere.test')
  assert.equal(foreign.code, 2)
  assert.match(foreign.err, /not of a served domain \(example\.test\)/)
  assert.equal(aspis('cert', 'user', 'alice@example.test', '--days', '0').code, 2)
})

test('smime sign: what is no Refer-To, no SIP URI or another key is refused in words', () => {
  assert.match(aspis(...SIGN, '--refer-to', 'carol').err, /"carol" is no Refer-To/)
  const noUri = aspis(...SIGN, '--refer-to', '<sip:c@x.test>', '--referrer', 'alice')
  assert.notEqual(noUri.code, 0)
  assert.equal(aspis('cert', 'user', 'bob@example.test').code, 0)
  const swapped = SIGN.map(word => word.replace('alice@example.test.key', 'bob@example.test.key'))
  const other = aspis(...swapped, '--refer-to', '<sip:c@x.test>')
  assert.match(other.err, /the key is not the one of the certificate/)
})

test('smime verify: good, and each kind of wrong, with exit code 0 and 1', () => {
  const made = aspis(...SIGN, '--refer-to', '<sip:carol@example.test>')
  assert.equal(made.code, 0, made.err)
  const message = (uri: string, lines: readonly string[], part: string): string => {
    const body = `--b\r\n${part}\r\n--b--\r\n`
    const fields = [
      'Via: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1',
      'Max-Forwards: 70',
      'From: <sip:bob@example.test>;tag=1',
      `To: <${uri}>`,
      'Call-ID: 1',
      'CSeq: 1 INVITE',
      ...lines,
      'Content-Type: multipart/mixed;boundary=b',
      `Content-Length: ${body.length}`,
    ]
    return `INVITE ${uri} SIP/2.0\r\n${fields.join('\r\n')}\r\n\r\n${body}`
  }
  const verify = (text: string) => {
    writeFileSync(join(folder, 'message.sip'), text, 'latin1')
    return aspis('smime', 'verify', 'message.sip')
  }
  const by = made.err.trim()
  const good = verify(message('sip:carol@example.test', [by], made.out))
  assert.equal(good.code, 0, good.out + good.err)
  assert.match(good.out, /signed by sip:alice@example\.test/)
  assert.match(good.out, /good: sip:alice@example\.test asked for this request/)
  for (const [text, words] of [
    [message('sip:dave@example.test', [by], made.out), /another target, method or dialog/],
    [
      message('sip:carol@example.test', [by], made.out.replace('carol', 'karol')),
      /has been changed \(content-changed\)/,
    ],
    [message('sip:carol@example.test', [by], 'A: b\r\n\r\n'), /no body part has the Content-ID/],
    [message('sip:carol@example.test', ['b: <sip:alice@example.test>'], made.out), /anybody can write that/],
    [message('sip:carol@example.test', [], made.out), /has no Referred-By/],
    ['hello', /no SIP request/],
  ] as const) {
    const bad = verify(text)
    assert.equal(bad.code, 1, bad.out + bad.err)
    assert.match(bad.out, words)
  }
})
