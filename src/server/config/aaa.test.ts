import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseConfig } from './load.ts'
import { printConfig } from './print.ts'
import { printProblems } from './problem.ts'

const ENVIRONMENT = { GOOD: 'a secret of 16 oct', SHORT: 'fifteen octets!' }

function read(lines: readonly string[], insecure: readonly string[] = []) {
  const text = ['domains: [example.test]', 'aaa:', ...lines.map(line => `  ${line}`), ...insecure].join('\n')
  return parseConfig(text, 'aspis.yaml', ENVIRONMENT)
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
const local = `radius: {servers: [{address: 127.0.0.1, secret: "\${GOOD}"}]}`

test('RAD-12: beyond this machine RADIUS is TLS, and UDP needs an entry that says why', () => {
  const { aaa } = good(['radius: {servers: [{address: radius.example.net}]}'])
  const [server] = aaa?.radius?.servers ?? []
  assert.equal(server?.transport, 'tls')
  assert.equal(server.port, 2083)
  assert.equal(server.certificateName, 'radius.example.net')
  assert.equal(server.demandsMessageAuthenticator, true)
  const udp = [`radius: {servers: [{address: 192.0.2.7, transport: udp, secret: "\${GOOD}"}]}`]
  assert.match(bad(udp), /aspis.yaml:3:\d+: error: aaa.radius.servers.transport: UDP beyond this machine/)
  const entry = ['insecure: [{allow: radius-without-tls, server: 192.0.2.7, because: a private cable}]']
  assert.equal(good(udp, entry).aaa?.radius?.servers[0]?.port, 1812)
})

test('RAD-12: a shared secret has 16 octets at least, and never stands in the file', () => {
  assert.equal(good([local]).aaa?.radius?.servers[0]?.transport, 'udp')
  const short = bad([local.replace('GOOD', 'SHORT')])
  assert.match(short, /SHORT has 15 octets; at least 16/)
  assert.doesNotMatch(short, /fifteen/)
  assert.match(bad([local.replace('GOOD', 'ABSENT')]), /the environment has no ABSENT/)
  assert.match(
    bad(['radius: {servers: [{address: 127.0.0.1, secret: in the clear itself}]}']),
    /not the secret itself/,
  )
  assert.match(bad(['radius: {servers: [{address: 127.0.0.1}]}']), /missing: a variable of the environment/)
  assert.doesNotMatch(printConfig(good([local])), /16 oct/)
})

test('what is printed can be read again', () => {
  const config = good([local])
  const again = parseConfig(printConfig(config), 'aspis.yaml', ENVIRONMENT)
  assert.deepEqual(again.config?.aaa, config.aaa)
})

test('draft-sterman needs a word on MD5, and an entry of insecure a server that there is', () => {
  const draft = [local.replace('{servers', '{form: sterman, servers')]
  assert.match(bad(draft), /draft-sterman knows MD5 alone/)
  assert.equal(good(draft, ['insecure: [{allow: aaa-md5, because: old servers}]']).aaa?.md5, true)
  const nobody = [
    'insecure: [{allow: radius-without-message-authenticator, server: 192.0.2.9, because: old}]',
  ]
  assert.match(bad([local], nobody), /insecure.server: no server or peer "192.0.2.9" stands in aaa/)
})

test('RAD-04: one server may be excused from Message-Authenticator, by name', () => {
  const entry = ['insecure: [{allow: radius-without-message-authenticator, server: 127.0.0.1, because: old}]']
  assert.equal(good([local], entry).aaa?.radius?.servers[0]?.demandsMessageAuthenticator, false)
})

test('the order of sources names what there is, each once', () => {
  assert.deepEqual(good([local]).aaa?.sources, ['local', 'radius'])
  assert.match(bad([local, 'sources: [local, local]']), /"local" stands twice/)
  assert.match(bad(['sources: [local, radius]']), /aaa has no radius/)
  const { problems, config } = read([local, 'sources: [radius, local]'])
  assert.ok(config !== undefined)
  assert.match(printProblems(problems), /aspis.yaml:4:\d+: warning: aaa.sources: RADIUS cannot say/)
})
