import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { datagram, pcapFile, pcapngFile, timed } from '../../test/support/packets.ts'

const MAIN = join(import.meta.dirname, 'main.ts')
const SERVER = { ip: '192.0.2.2', port: 5060 }
const SCANNER = { ip: '198.51.100.7', port: 5060 }

/** As a scanner says it, with an escape sequence in its name and in the target. */
const PROBE = [
  'OPTIONS sip:100@192.0.2.2 SIP/2.0',
  'Via: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK1',
  'From: "\x1b]0;owned\x07" <sip:100@192.0.2.2>;tag=1',
  'To: <sip:100@192.0.2.2>',
  'Call-ID: 1',
  'CSeq: 1 OPTIONS',
  'User-Agent: friendly-scanner\x9b31m',
  'Content-Length: 0',
  '',
  '',
].join('\r\n')

describe('aspis replay', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aspis-replay-cli-'))
  after(() => rmSync(folder, { recursive: true, force: true }))

  const replay = (name: string, content: Buffer | string, ...more: readonly string[]) => {
    const file = join(folder, name)
    writeFileSync(file, content)
    return spawnSync(process.execPath, [MAIN, 'replay', file, ...more], { encoding: 'utf8', cwd: folder })
  }
  const scan = pcapngFile(timed([datagram(SCANNER, SERVER, PROBE)]))

  test('exit code 1 and the finding when there is one; nothing in it that a terminal obeys', () => {
    for (const format of ['text', 'json'] as const) {
      const { status, stdout } = replay('scan.pcapng', scan, '--server', '192.0.2.2', '--format', format)
      assert.equal(status, 1, stdout)
      assert.match(stdout, /scanner-fingerprint/)
      assert.match(stdout, /^[\n\x20-\x7e]*$/)
    }
  })

  test('exit code 0 when there is none, the server found by itself', () => {
    const quiet = PROBE.replace('friendly-scanner\x9b31m', 'Phone').replace('"\x1b]0;owned\x07" ', '')
    const { status, stdout } = replay('quiet.pcap', pcapFile(timed([datagram(SCANNER, SERVER, quiet)])))
    assert.equal(status, 0, stdout)
    assert.match(stdout, /^server: 192\.0\.2\.2:5060, 192\.0\.2\.2:5061 \(found\)$/m)
    assert.match(stdout, /^verdicts: sha256 [0-9a-f]{64}$/m)
  })

  test('what was cut is read as far as it goes, with a warning', () => {
    const { status, stderr } = replay('cut.pcapng', Buffer.concat([scan, scan.subarray(0, 100)]))
    assert.equal(status, 1)
    assert.match(stderr, /warning: .*cut\.pcapng: the file ends inside a packet, at octet \d+/)
  })

  test('exit code 2 and what is wrong: no file, no capture, a packed one, no address', () => {
    const wrong: readonly (readonly [ReturnType<typeof replay>, RegExp])[] = [
      [
        replay('text.pcap', 'hello, this is no capture'),
        /text\.pcap: is no capture: pcap and pcapng are read/,
      ],
      [replay('a.pcap.gz', Buffer.from('1f8b0800000000000003', 'hex')), /is compressed: unpack it first/],
      [replay('b.pcap', scan, '--server', 'example.test'), /"example\.test" is no address such as/],
      [replay('c.pcap', scan, '--server', '192.0.2.2:70000'), /is no address such as/],
    ]
    for (const [{ status, stderr }, message] of wrong) {
      assert.equal(status, 2, stderr)
      assert.match(stderr, message)
    }
    const gone = spawnSync(process.execPath, [MAIN, 'replay', 'gone.pcap'], { encoding: 'utf8', cwd: folder })
    assert.equal(gone.status, 2)
    assert.match(gone.stderr, /gone\.pcap: no such file/)
  })
})
