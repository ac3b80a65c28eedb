import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseConfig } from './load.ts'
import { printConfig } from './print.ts'
import { printProblems } from './problem.ts'

const read = (text: string) => parseConfig(`domains: [example.test]\n${text}\n`, '/etc/aspis.yaml', {})
const good = (text: string) => {
  const loaded = read(text)
  assert.ok(loaded.config, printProblems(loaded.problems))
  return loaded.config
}

test('RFB-09 RFB-10: without a setting only own users send REFER outside a call, and take over calls', () => {
  assert.deepEqual(good('').refer, {
    authorities: [],
    hosts: [],
    outOfDialog: { ownUsers: true, trunks: [] },
    replaces: { ownUsers: true, trunks: [] },
    requireToken: { everywhere: false, domains: [], ownUsers: false, trunks: [] },
    tokenAgeSeconds: 3600,
  })
})

const WHOLE = `trunks: [{name: pbx, uri: "sip:pbx.test;transport=tls"}]
refer:
  authorities: [{certificate: ca.pem, domains: [Partner.TEST]}]
  hosts: [conference.test, 192.168.1.9]
  out-of-dialog: [own-users, trunk:pbx]
  replaces: []
  require-token: [own-users, trunk:pbx, other.test, "*"]
  token-age: 5m`

test('RFB-05: what is written is in force, and printed as it can be read again', () => {
  const config = good(WHOLE)
  assert.deepEqual(config.refer, {
    authorities: [{ certificate: '/etc/ca.pem', domains: ['partner.test'] }],
    hosts: ['conference.test', '192.168.1.9'],
    outOfDialog: { ownUsers: true, trunks: ['pbx'] },
    replaces: { ownUsers: false, trunks: [] },
    requireToken: { everywhere: true, domains: ['other.test'], ownUsers: true, trunks: ['pbx'] },
    tokenAgeSeconds: 300,
  })
  const printed = parseConfig(printConfig(config), '/elsewhere/aspis.yaml', {})
  assert.deepEqual(printed.config?.refer, config.refer)
})

test('mistakes in refer are told with their place', () => {
  for (const [text, message] of [
    ['refer: {replaces: [trunk:pbx]}', /aspis.yaml:2:\d+: error: refer.replaces.*no trunk "pbx" is defined/],
    ['refer: {out-of-dialog: [strangers]}', /write own-users or trunk:NAME/],
    ['refer: {require-token: ["*.test"]}', /wildcards are not domains; write own-users/],
    ['refer: {authorities: [{certificate: a.pem}]}', /domains/],
    ['refer: {token-age: 2h}', /out of range: 30 to 3600 s/],
    ['refer: {token: 1}', /no such setting|[Uu]nrecognized|unknown/],
  ] as const)
    assert.match(printProblems(read(text).problems), message, text)
})
