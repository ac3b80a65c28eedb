import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { test } from 'node:test'
import fc from 'fast-check'
import { MAX_WORKERS } from '../workers/mark.ts'
import { loadConfigFile, parseConfig } from './load.ts'
import { localConfig } from './local.ts'
import { printProblem, printProblems } from './problem.ts'

const read = (text: string, environment: NodeJS.ProcessEnv = {}) =>
  parseConfig(text, '/etc/aspis.yaml', environment)
const good = (text: string, environment: NodeJS.ProcessEnv = {}) => {
  const loaded = read(text, environment)
  assert.ok(loaded.config, printProblems(loaded.problems))
  return loaded.config
}
const bad = (text: string, environment: NodeJS.ProcessEnv = {}) => {
  const loaded = read(text, environment)
  assert.equal(loaded.config, undefined, 'accepted')
  return printProblems(loaded.problems)
}

test('three lines give a safe server', () => {
  const config = good(
    'domains: [Example.TEST]\nlisten: [udp://0.0.0.0:5060, "tls://[::1]:5061"]\ndata: ./d\n',
  )
  assert.deepEqual(config.domains, [{ name: 'example.test', mode: 'proxy', aliases: [] }])
  assert.deepEqual(config.listen[1], { transport: 'tls', ip: '::1', port: 5061, text: 'tls://[::1]:5061' })
  assert.equal(config.data, '/etc/d')
  assert.deepEqual(config.admin, { host: '127.0.0.1', port: 9090, isSecure: false })
  assert.equal(config.unserved, 'silent')
  assert.deepEqual(config.digest.algorithms, ['SHA-256', 'SHA-512-256'])
  assert.equal(config.digest.md5ForEveryone, false)
  assert.equal(config.digest.legacyQop, false)
  assert.equal(config.registrar.foreignContacts, 'refuse')
  assert.equal(config.tls.minVersion, '1.2')
  assert.equal(config.unauthenticatedMethods.size, 0)
  assert.deepEqual(config.rules, [])
  assert.deepEqual(config.insecure, [])
  assert.deepEqual(config.wsOrigins, [])
})

test('an error names file, line, column, setting and the likely word', () => {
  const text = 'domains: [example.test]\n\n\n\n\nlisten:\n- upd://0.0.0.0:5060\n'
  const loaded = parseConfig(text, 'aspis.yaml', {})
  assert.equal(
    printProblem(loaded.problems[0] ?? assert.fail()),
    'aspis.yaml:7:3: error: listen: unknown transport "upd" (did you mean "udp"?)',
  )
})

test('all errors come at once, schema and meaning together', () => {
  const errors = bad(
    'domains: [a.test, a.test]\nlisten: [upd://0.0.0.0:5060]\nadmn: off\ntimers: {drain: soon}\n',
  ).split('\n')
  assert.equal(errors.length, 4)
})

test('everything that is weakened stands under insecure, with a reason', () => {
  const config = good(`domains: [a.test]
insecure:
  - {allow: unauthenticated-requests, methods: [REGISTER, INVITE], because: bench}
  - {allow: md5-for-everyone, because: old phones}
  - {allow: foreign-contacts, because: bench}
  - {allow: legacy-qop, because: old phones}
`)
  assert.deepEqual([...config.unauthenticatedMethods], ['REGISTER', 'INVITE'])
  assert.equal(config.digest.md5ForEveryone, true)
  assert.equal(config.digest.legacyQop, true)
  assert.equal(config.registrar.foreignContacts, 'allow')
  assert.match(bad('domains: [a.test]\ninsecure: [{allow: md5-for-everyone}]\n'), /because: missing/)
  assert.match(
    bad('domains: [a.test]\ninsecure: [{allow: no-tls, because: x y z}]\n'),
    /"no-tls" cannot be weakened/,
  )
})

test('a plain trunk needs an insecure entry and addresses; a TLS trunk neither', () => {
  assert.match(bad('domains: [a.test]\ntrunks: [{name: c, uri: "sip:c.test"}]\n'), /can be forged/)
  const plain = good(`domains: [a.test]
trunks: [{name: c, uri: "sip:c.test", addresses: [192.0.2.0/24]}]
insecure: [{allow: trunk-without-tls, trunk: c, because: the carrier offers none}]
`)
  assert.equal(plain.trunks[0]?.isPlain, true)
  const tls = good(
    'domains: [a.test]\ntrunks: [{name: c, uri: "sip:c.test:5071;transport=tls", trusted: true}]\n',
  )
  assert.deepEqual(tls.trunks[0], {
    name: 'c',
    uri: 'sip:c.test:5071;transport=tls',
    host: 'c.test',
    port: 5071,
    transport: 'tls',
    domains: [],
    identities: ['c.test'],
    addresses: [],
    isPlain: false,
    reach: 'own-users',
    trusted: true,
  })
})

test('the database URL may come from the environment, and is a secret', () => {
  const text = 'domains: [a.test]\nstorage: {kind: postgres, url: "$' + '{DB}"}\n'
  const config = good(text, { DB: 'postgres://u:hunter2@127.0.0.1/x' })
  assert.ok(config.storage.kind === 'postgres')
  assert.equal(config.storage.url.reveal(), 'postgres://u:hunter2@127.0.0.1/x')
  assert.doesNotMatch(JSON.stringify(config), /hunter2/)
  assert.match(bad(text), /the environment has no DB/)
})

test('rules: numbers need a trunk, users a domain of ours, strangers never go out', () => {
  assert.match(
    bad('domains: [a.test]\nrules: [{from: own-users, to: "+44*", allow: true}]\n'),
    /say which trunk/,
  )
  assert.match(
    bad('domains: [a.test]\nrules: [{from: x@b.test, to: "*", allow: true}]\n'),
    /not a domain of ours/,
  )
  assert.match(bad('domains: [a.test]\nrules: [{from: "*", to: "*", allow: true}]\n'), /open relay/)
  const config = good('domains: [a.test]\nrules: [{from: bob@a.test, to: b.test, allow: true}]\n')
  assert.deepEqual(config.rules, [
    {
      name: 'rule 1',
      from: [{ kind: 'user', aor: 'sip:bob@a.test' }],
      to: [{ kind: 'domain', domain: 'b.test' }],
      allow: true,
    },
  ])
})

test('two rules are told apart from a rule that is never reached', () => {
  assert.match(
    bad(
      'domains: [a.test]\nrules:\n  - {from: own-users, to: "*", allow: false}\n  - {from: bob@a.test, to: b.test, allow: true}\n',
    ),
    /:4:.*never reached: rule 1/,
  )
  good(
    'domains: [a.test]\nrules:\n  - {from: bob@a.test, to: b.test, allow: true}\n  - {from: own-users, to: "*", allow: false}\n',
  )
})

test('broken YAML, an empty file, a list and a missing file are told, never thrown', () => {
  assert.match(bad('domains: [a.test\nlisten: x\n'), /aspis\.yaml:\d+:\d+: error/)
  assert.match(
    bad('domains: [a.test]\nlisten: [tls://[::1]:5061]\n'),
    /:2:\d+: error: .*quote an address with brackets/,
  )
  assert.match(bad(''), /holds no settings/)
  assert.match(bad('- a\n'), /holds no settings/)
  assert.match(bad('domains: &a [a.test]\nredirect: *a\n'), /anchors and aliases/)
  assert.match(bad('domains: [a.test]\ndomains: [b.test]\n'), /:2:1: error/)
  assert.match(
    printProblems(loadConfigFile('/nowhere/aspis.yaml', {}).problems),
    /no such file; "aspis init <domain>" writes one/,
  )
})

test('no text makes the reader throw', () => {
  const words = fc.constantFrom(
    'domains',
    ':',
    ' ',
    '\n',
    '- ',
    '[',
    ']',
    '{',
    '}',
    ',',
    'listen',
    'udp://',
    '"',
    'a.test',
    '&a',
    '*a',
    'insecure',
    'allow',
    '!!set',
    '? ',
    '|',
  )
  fc.assert(
    fc.property(fc.array(words, { maxLength: 30 }), parts => {
      const loaded = read(parts.join(''))
      assert.ok(loaded.config !== undefined || loaded.problems.length > 0)
    }),
    { numRuns: 300 },
  )
})

test('workers: one by default, a number, or one a processor up to the most', () => {
  const workersOf = (line: string) => read(`domains: [a.test]\n${line}`).config?.workers
  assert.equal(workersOf(''), 1)
  assert.equal(workersOf('workers: 3'), 3)
  assert.equal(workersOf('workers: auto'), Math.min(availableParallelism(), MAX_WORKERS))
  for (const wrong of ['0', String(MAX_WORKERS + 1), '1.5', 'many'])
    assert.equal(workersOf(`workers: ${wrong}`), undefined)
})

test('with no file the machine itself is served: loopback, and the first address that others reach', () => {
  const config = localConfig(
    [
      { address: '127.0.0.1', family: 'IPv4', internal: true },
      { address: 'fe80::1', family: 'IPv6', internal: false },
      { address: '192.168.1.5', family: 'IPv4', internal: false },
    ],
    '/home/me',
  )
  assert.equal(config.file, undefined)
  assert.equal(config.listen.length, 8)
  assert.ok(config.listen.every(({ ip }) => ip === '127.0.0.1' || ip === '192.168.1.5'))
  assert.deepEqual(config.domains[0]?.aliases, ['localhost', '127.0.0.1', '192.168.1.5'])
  assert.equal(config.data, '/home/me/aspis-data')
  assert.equal(localConfig([], '/x').listen.length, 4)
})
