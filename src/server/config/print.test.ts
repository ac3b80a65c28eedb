import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { explainConfig, insecureLines } from './explain.ts'
import { parseConfig } from './load.ts'
import { configurationPage, printConfig } from './print.ts'

const RICH = `domains: [example.test, {name: other.test, mode: redirect, aliases: [192.0.2.1]}]
listen: [udp://0.0.0.0:5060, "tls://[::1]:5061"]
advertise: sip.example.test
data: /var/lib/aspis
admin: off
unserved: reject
tls: {certificate: /etc/c.pem, key: /etc/k.pem, ca: /etc/ca.pem, client-certificates: require, min-version: 1.3}
registrar: {min-expires: 2m, max-expires: 2h, default-expires: 30m, max-contacts: 3, service-route: ['sip:edge.example.test;lr']}
digest: {nonce-ttl: 1m, qop: [auth-int], auth-int-methods: [INVITE], one-time-nonce: true, algorithms: [SHA-512-256]}
trunks:
  - {name: carrier, uri: "sip:carrier.example;transport=tls", domains: [carrier.example], trusted: true}
  - {name: old, uri: "sip:192.0.2.9:5070", addresses: [192.0.2.9, "2001:db8::/32"], reach: rules}
next-hop: {uri: "sip:10.0.0.2;transport=tcp", when: unknown, domains: [example.test]}
policy:
  numbers: {country: 44, national-prefix: "0"}
  zone: Europe/London
  holidays: [12-25, 2030-04-19]
  max-call: 2h
  classes:
    - {name: premium, numbers: ["+449*", "118"], per-minute: 1.5, per-call: 0.000001}
    - {name: emergency, numbers: ["112"], unbounded: true}
  times: [{name: office, days: [mon-fri, holiday], hours: "08:00-18:30"}, {name: ever}]
  limits: [{calls: 2}, {name: purse, of: bob@example.test, class: premium, spend: 20.25, period: month}]
rules:
  - {from: ["*@example.test", "trunk:old"], to: [class:premium, own-users, other-domains], when: [office], methods: [INVITE], attestation: [A, none], allow: false}
  - {from: own-users, to: "+44*", via: carrier, allow: true}
  - {from: "trunk:old", to: other.test, allow: false, name: no}
  - {from: bob@example.test, to: "*", allow: true}
redirect: [carol@example.test]
dns: {servers: ["192.0.2.53", "[2001:db8::1]:5353"], timeout: 1s}
limits: {connections: 100}
timers: {t1: 250ms, timer-c: 4m, drain: 0s}
log: {level: debug, format: json}
ws-origins: [https://phone.example.test]
insecure:
  - {allow: trunk-without-tls, trunk: old, because: the carrier offers none}
  - {allow: unauthenticated-requests, methods: [OPTIONS], because: a probe of the monitoring}
`

test('what config print prints reads as the same configuration', () => {
  const first = parseConfig(RICH, '/etc/aspis.yaml', {})
  assert.ok(first.config, JSON.stringify(first.problems))
  const second = parseConfig(printConfig(first.config), '/etc/aspis.yaml', {})
  assert.deepEqual(second.problems, [])
  assert.deepEqual(second.config, first.config)
})

test('a secret is not printed', () => {
  const { config } = parseConfig(
    'domains: [a.test]\nstorage: {kind: postgres, url: "postgres://u:hunter2@h/d"}\n',
    'x',
    {},
  )
  assert.ok(config)
  assert.match(printConfig(config), /url: "\[secret\]"/)
  assert.doesNotMatch(printConfig(config), /hunter2/)
})

test('the explanation names what is weakened, what that opens, and why', () => {
  const { config } = parseConfig(RICH, '/etc/aspis.yaml', {})
  assert.ok(config)
  const text = explainConfig(config, ['well-formed', 'forward'])
  assert.match(text, /NO credentials are needed for OPTIONS/)
  assert.match(text, /known by address ALONE \(192\.0\.2\.9/)
  assert.match(text, /rule 2: own-users to \+44\* by trunk carrier: allowed/)
  assert.match(text, /everything else: refused/)
  assert.match(text, /well-formed → forward/)
  assert.equal(insecureLines(config).length, 2)
  assert.match(
    insecureLines(config)[0] ?? '',
    /^trunk-without-tls \(old\): .*can be forged.*Because: the carrier offers none$/,
  )
})

test('docs/configuration.md is what the settings say', () => {
  const page = fileURLToPath(new URL('../../../docs/configuration.md', import.meta.url))
  assert.ok(existsSync(page), 'write it: aspis config docs > docs/configuration.md')
  assert.equal(
    readFileSync(page, 'utf8'),
    configurationPage(),
    'write it anew: aspis config docs > docs/configuration.md',
  )
})
