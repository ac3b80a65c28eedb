import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseConfig } from './load.ts'
import { printConfig } from './print.ts'
import { printProblems } from './problem.ts'

function read(lines: readonly string[], insecure: readonly string[] = []) {
  const diameter = ['diameter:', ...lines.map(line => `  ${line}`)]
  const text = ['domains: [example.test]', 'aaa:', ...diameter.map(line => `  ${line}`), ...insecure].join(
    '\n',
  )
  return parseConfig(text, 'aspis.yaml', {})
}
function good(lines: readonly string[], insecure: readonly string[] = []) {
  const loaded = read(lines, insecure)
  return loaded.config ?? assert.fail(printProblems(loaded.problems))
}
const bad = (lines: readonly string[], insecure: readonly string[] = []): string => {
  const loaded = read(lines, insecure)
  assert.equal(loaded.config, undefined, 'accepted')
  return printProblems(loaded.problems)
}
const IDENTITY = 'identity: edge.example.net'

test('three lines make a safe client: TLS on 5868, own realm, watchdog of 30 s (DIA-01, C-15)', () => {
  const { aaa } = good([IDENTITY, 'peers: [{host: aaa1.example.net}]'])
  assert.deepEqual(aaa?.sources, ['local', 'diameter'])
  const { peers, ...rest } = aaa?.diameter ?? assert.fail()
  assert.deepEqual(peers, [
    { host: 'aaa1.example.net', address: 'aaa1.example.net', port: 5868, transport: 'tls' },
  ])
  assert.deepEqual(rest, {
    identity: 'edge.example.net',
    realm: 'example.net',
    serverRealm: 'example.net',
    serverUri: 'sip:example.test',
    answerMs: 2000,
    watchdogMs: 30_000,
    registrations: false,
    locate: false,
  })
})

test('beyond this machine Diameter is TLS, and TCP needs an entry that says why (DIA-01)', () => {
  const tcp = [IDENTITY, 'peers: [{host: aaa1.example.net, transport: tcp}]']
  assert.match(
    bad(tcp),
    /aspis.yaml:5:\d+: error: aaa.diameter.peers.*transport: TCP beyond this machine is in the clear/,
  )
  const entry = [
    'insecure: [{allow: diameter-without-tls, server: aaa1.example.net, because: a private cable}]',
  ]
  assert.equal(good(tcp, entry).aaa?.diameter?.peers[0]?.port, 3868)
  const local = good([IDENTITY, 'peers: [{host: aaa1.example.net, address: 127.0.0.1}]'])
  assert.equal(local.aaa?.diameter?.peers[0]?.transport, 'tcp')
  const other = [
    'insecure: [{allow: diameter-without-tls, server: aaa9.example.net, because: a private cable}]',
  ]
  assert.match(bad(tcp, other), /no server or peer "aaa9.example.net" stands in aaa/)
})

test('nobody beyond this machine may pose as a peer of this machine (DIA-01)', () => {
  const local = 'peers: [{host: a.example.net, address: 127.0.0.1}]'
  assert.match(bad([IDENTITY, 'listen: 0.0.0.0:3868', local]), /anybody could pose as one/)
  good([IDENTITY, 'listen: 127.0.0.1:3868', local])
  good([IDENTITY, 'listen: 0.0.0.0:5868', 'peers: [{host: a.example.net}]'])
})

test('mistakes are told with their line', () => {
  assert.match(bad(['peers: [{host: a.example.net}]']), /identity/)
  assert.match(bad([IDENTITY, 'peers: []']), /name at least one peer/)
  assert.match(bad(['identity: edge', 'peers: [{host: a.example.net}]']), /full host name/)
  assert.match(bad(['identity: 192.0.2.1', 'peers: [{host: a.example.net}]']), /full host name/)
  assert.match(bad([IDENTITY, 'peers: [{host: edge.example.net}]']), /our own identity/)
  const twice = bad([IDENTITY, 'peers: [{host: a.example.net}, {host: a.example.net}]'])
  assert.match(twice, /aspis.yaml:5:\d+: error: .*stands twice/)
  assert.match(bad([IDENTITY, 'watchdog: 5s', 'peers: [{host: a.example.net}]']), /watchdog/)
  assert.match(
    bad([IDENTITY, 'certificate: c.pem', 'peers: [{host: a.example.net}]']),
    /certificate and key go together/,
  )
})

test('what is printed can be read again', () => {
  const config = good([
    IDENTITY,
    'listen: 127.0.0.1:5868',
    'profile-type: aors.example.net',
    'registrations: true',
    'peers: [{host: a.example.net, address: 127.0.0.1}, {host: b.example.net}]',
  ])
  assert.deepEqual(parseConfig(printConfig(config), 'aspis.yaml', {}).config?.aaa, config.aaa)
})
