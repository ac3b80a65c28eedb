import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explainIdentity } from './identity.ts'
import { parseConfig } from './load.ts'
import { printConfig } from './print.ts'

const HEAD = ['domains: [example.test]', 'trunks: [{name: partner, uri: "sip:partner.test;transport=tls"}]']
const SIGN = '{key: a.key, certificate: a.pem, x5u: "https://certs.example.test/a.pem"}'

const read = (...lines: readonly string[]) =>
  parseConfig([...HEAD, ...lines, ''].join('\n'), '/etc/aspis.yaml', {})
const problemOf = (...lines: readonly string[]): string => {
  const [first] = read(...lines).problems
  return first === undefined ? '' : `${first.place?.line}: ${first.message}`
}

test('without a word of it Identity passes untouched', () => {
  assert.equal(read().config?.identity, undefined)
})

test('what is written is read, with paths from the folder of the file', () => {
  const { config } = read(
    'identity:',
    '  verify: ask',
    '  country-code: "+44"',
    `  sign: ${SIGN}`,
    '  domains: [{name: example.test, verify: demand}]',
    '  trunks: [{name: partner, verify: report, attest: B}]',
    'insecure: [{allow: private-certificates, hosts: [10.0.0.0/8, certs.internal], because: a private network}]',
  )
  assert.deepEqual(config?.identity, {
    verify: 'ask',
    countryCode: '44',
    domains: [{ name: 'example.test', verify: 'demand' }],
    trunks: [{ name: 'partner', verify: 'report', attest: 'B' }],
    sign: { key: '/etc/a.key', certificate: '/etc/a.pem', x5u: 'https://certs.example.test/a.pem' },
    privateHosts: ['10.0.0.0/8', 'certs.internal'],
  })
  assert.ok(config !== undefined)
  const again = parseConfig(printConfig(config), '/etc/aspis.yaml', {})
  assert.deepEqual(again.config?.identity, config.identity)
})

test('a mistake is told with its line', () => {
  assert.match(problemOf('identity: {verify: alwasy}'), /^3: "alwasy" is not one of off, report, ask, demand/)
  assert.match(
    problemOf('identity: {trunks: [{name: partnr, verify: ask}]}'),
    /^3: "partnr" is not a trunk \(did you mean "partner"/,
  )
  assert.match(
    problemOf('identity: {domains: [{name: other.test, verify: ask}]}'),
    /^3: "other.test" is not a domain of ours/,
  )
  assert.match(problemOf('identity: {trunks: [{name: partner, attest: A}]}'), /^3: nothing is signed without/)
  for (const x5u of [
    'http://certs.test/a.pem',
    'https://user@certs.test/a',
    'https://certs.test/a>b',
    'a.pem',
  ])
    assert.match(problemOf(`identity: {sign: {key: k, certificate: c, x5u: "${x5u}"}}`), /^3: "/, x5u)
  assert.match(
    problemOf(
      `identity: {sign: {key: k, certificate: c, x5u: "https://c.test/a", publish: "http://0.0.0.0:80"}}`,
    ),
    /https/,
  )
  assert.match(problemOf('identity: {country-code: "044"}'), /no country code/)
})

test('the policy is said in sentences', () => {
  const { config } = read('identity:', '  verify: demand', `  sign: ${SIGN}`)
  assert.ok(config?.identity !== undefined)
  const said = explainIdentity(config.identity).join('\n')
  assert.match(said, /DEMANDED/)
  assert.match(said, /others fetch https:\/\/certs\.example\.test\/a\.pem/)
})
