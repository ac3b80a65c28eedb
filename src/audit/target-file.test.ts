import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import type { Target } from './target.ts'
import { loadTargetFile, parseTargetFile } from './target-file.ts'
import { TargetError } from './target-problem.ts'
import { TargetFile } from './target-settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'aspis-target-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const FILE = join(folder, 'target.yaml')

const parse = (text: string, environment: Record<string, string> = {}) =>
  parseTargetFile(text, FILE, environment)

/** Every message about a file, without its path. */
function wrong(text: string, environment: Record<string, string> = {}): readonly string[] {
  try {
    parse(text, environment)
  } catch (error) {
    assert.ok(error instanceof TargetError)
    return error.message.split('\n').map(line => line.replace(`${FILE}:`, ''))
  }
  return []
}

describe('a target file', () => {
  test('the least is a target: its usual ports, its host as domain', () => {
    const { host, isUsual, rest } = parse('target: sip.example.test')
    assert.equal(host, 'sip.example.test')
    assert.equal(isUsual, true)
    assert.deepEqual(rest, {
      domain: 'sip.example.test',
      ports: { UDP: 5060, TCP: 5060, TLS: 5061 },
      accounts: [],
      file: FILE,
    })
  })

  test('everything that a target may have can be written', () => {
    writeFileSync(join(folder, 'a.pem'), 'PEM')
    writeFileSync(join(folder, 'word'), 'from a file\nnot this line\n')
    const { rest, product, lines, isUsual } = parse(
      `target: 192.0.2.1
domain: example.test
ports: { udp: 5060, tcp: 5062, tls: 5061, ws: 80, wss: 443 }
websocket-path: /ws
accounts:
  - user: alice
    password: env:ALICE
  - user: bob
    auth-user: bob-1
    password: file:word
known-user: dave
rejects-anonymous: { user: carol, password: "env is no prefix" }
premium-number: "+8819999"
ca: a.pem
stir: { key: a.pem, certificate: a.pem, url: "https://x.test/a.pem", number: "+4420", domain: b.test, ip: 127.0.0.2 }
smime: { key: a.pem, certificate: a.pem, aor: alice@example.test }
zone: { domain: zone.test, listen: "127.0.0.1:5353" }
radius: { listen: "127.0.0.1:1812", secret: env:ALICE }
diameter: { host: 127.0.0.1, port: 3868, realm: example.test, peer: p.test, tls: true }
admin: http://127.0.0.1:9090
phone: { host: 192.0.2.7, mac: "00:11:22:33:44:55", tftp-port: 69, http-port: 80, telnet-port: 23 }
client-certificate: { key: a.pem, certificate: a.pem, user: alice }
product: kamailio
`,
      { ALICE: 'from the environment' },
    )
    const expected: Required<Omit<Target, 'ip'>> = {
      domain: 'example.test',
      ports: { UDP: 5060, TCP: 5062, TLS: 5061, WS: 80, WSS: 443 },
      webSocketPath: '/ws',
      accounts: [
        { user: 'alice', password: 'from the environment' },
        { user: 'bob', authUser: 'bob-1', password: 'from a file' },
      ],
      knownUser: 'dave',
      rejectsAnonymous: { user: 'carol', password: 'env is no prefix' },
      premiumNumber: '+8819999',
      ca: 'PEM',
      stir: {
        key: 'PEM',
        certificate: 'PEM',
        url: 'https://x.test/a.pem',
        number: '+4420',
        domain: 'b.test',
        ip: '127.0.0.2',
      },
      smime: { key: 'PEM', certificate: 'PEM', aor: 'alice@example.test' },
      zone: { domain: 'zone.test', listen: '127.0.0.1:5353' },
      radius: { listen: '127.0.0.1:1812', secret: 'from the environment' },
      diameter: { host: '127.0.0.1', port: 3868, realm: 'example.test', peer: 'p.test', isTls: true },
      admin: 'http://127.0.0.1:9090',
      phone: { host: '192.0.2.7', mac: '00:11:22:33:44:55', tftpPort: 69, httpPort: 80, telnetPort: 23 },
      clientCertificate: { key: 'PEM', certificate: 'PEM', user: 'alice' },
      file: FILE,
    }
    assert.deepEqual(rest, expected)
    assert.equal(product, 'kamailio')
    assert.equal(isUsual, false)
    assert.equal(lines?.accounts, 5)
    assert.equal(lines?.['ports.tls'], 3)
  })

  test('the one of docs/audit.md is one, and the page names every setting', () => {
    const page = readFileSync(new URL('../../docs/audit.md', import.meta.url), 'utf8')
    const [, text = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? []
    writeFileSync(join(folder, 'bob.password'), 'b')
    const { rest } = parse(text, { ALICE: 'a', CAROL: 'c' })
    assert.deepEqual(
      rest.accounts.map(({ password }) => password),
      ['a', 'b', 'c'],
    )
    for (const setting of Object.keys(TargetFile.shape))
      assert.match(page, new RegExp(`\\b${setting}\\b`), setting)
  })

  test('a mistake is told with its line, what was found and what is allowed; all at once', () => {
    assert.deepEqual(
      wrong(`target: 192.0.2.1
ports: { udp: 70000, tpc: 5060 }
acounts: []
accounts:
  - user: alice
  - password: 12345678
product: cisco
`),
      [
        '2:10: ports.udp: found "70000"; write a number from 1 to 65535',
        '2:22: ports.tpc: no such setting; allowed are udp, tcp, tls, ws, wss',
        '5:5: accounts[0].password: missing: write a text in quotes, env:NAME or file:PATH',
        '6:5: accounts[1].user: missing: write the user part of an address-of-record: alice',
        '6:5: accounts[1].password: found a number: write a text in quotes, env:NAME or file:PATH',
        '7:1: product: found "cisco"; write one of aspis, kamailio, opensips, asterisk',
        '3:1: acounts: no such setting; allowed are target, domain, ports, websocket-path, accounts, known-user, rejects-anonymous, premium-number, ca, stir, smime, zone, radius, diameter, admin, phone, client-certificate, product',
      ],
    )
  })

  test('a password is in no message', () => {
    const said = wrong('target: 192.0.2.1\naccounts: [{ user: alice, password: [very-secret] }]\n')
    assert.equal(said.length, 1)
    assert.ok(!said.join().includes('very-secret'))
  })

  test('a secret that is not there is told by its name', () => {
    const text =
      'target: 192.0.2.1\naccounts:\n  - { user: alice, password: env:NOT_SET }\n  - { user: bob, password: file:gone }\n'
    assert.deepEqual(wrong(text), [
      '3:20: accounts[0].password: the environment has no NOT_SET',
      '4:18: accounts[1].password: gone: no such file',
    ])
  })

  test('what is no YAML, no object, or an alias is told with its line', () => {
    assert.match(wrong('target: [')[0] ?? '', /^1:\d+: /)
    assert.match(wrong('- target')[0] ?? '', /^1:1: found a list; write an object with target, domain/)
    assert.match(wrong('')[0] ?? '', /^1:1: found nothing; write an object/)
    assert.match(wrong('target: &a x\ndomain: *a')[0] ?? '', /^2:9: anchors and aliases are not used here/)
    assert.match(
      wrong('target: "no host"')[0] ?? '',
      /^1:1: target: "no host" is no target: write an address/,
    )
  })

  test('a file that is not there is told', () => {
    assert.throws(() => loadTargetFile(join(folder, 'none.yaml'), {}), /none\.yaml: no such file/)
  })
})
