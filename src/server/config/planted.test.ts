import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { issueClientCertificate } from '../pki/authority.ts'
import { parseConfig } from './load.ts'
import { checkMachine } from './machine.ts'
import type { Problem } from './problem.ts'

/** Each planted mistake says behind `#!` what must be found in its line. */
const WRONG = `domains:
  - example.test
  - {name: other.test, mod: redirect}            #! no such setting "mod" .did you mean "mode"
  - Example.Test                                 #! "example.test" stands twice .first in line 2
  - "*.example.test"                             #! wildcards are not domains
listen:
  - upd://0.0.0.0:5060                           #! unknown transport "upd" .did you mean "udp"
  - tcp://0.0.0.0:5060
  - tls://0.0.0.0:5060                           #! needs the same port as tcp://0.0.0.0:5060
  - tcp://0.0.0.0:5060                           #! stands twice
  - "udp://::1:5062"                             #! an IPv6 address stands in brackets
  - udp://sip.example.test:5063                  #! is not an IP address of this machine
  - udp://0.0.0.0:70000                          #! is not a port
admn: http://127.0.0.1:9090                      #! no such setting "admn" .did you mean "admin"
admin: http://0.0.0.0:9090                       #! reached from outside, in the clear
advertise: 0.0.0.0                               #! no address to be reached at
unserved: silence                                #! is not one of silent, reject .did you mean "silent"
tls:                                             #! key is missing: certificate and key go together
  certificate: ./server.pem
  min-version: 1.1                               #! is not one of 1.2, 1.3
storage: {kind: postgres, url: "\${NO_SUCH_VARIABLE}"}  #! the environment has no NO_SUCH_VARIABLE
registrar:
  min-expires: 50m                               #! min-expires .3000 s. is above max-expires .1800 s
  max-expires: 30m
digest:
  qop: [auth]
  auth-int-methods: [INVITE]                     #! qop does not offer auth-int
  algorithms: [MD5]                              #! "MD5" is not one of SHA-256, SHA-512-256
timers:
  drain: soon                                    #! "soon" is not a duration
  timer-c: 60s                                   #! out of range: 181 to 3600
limits: {connections: 1000000}                   #! at most
dns: {servers: [ns.example.test]}                #! a name server is written as an IP address
log: {level: verbose}                            #! is not one of debug, info, warn, error
trunks:
  - {name: carrier, uri: "sip:192.0.2.1", addresses: [192.0.2.1]}      #! without TLS a trunk can be forged
  - {name: carrier, uri: "sips:c.example"}       #! "carrier" stands twice
  - {name: wide, uri: "sip:d.example;transport=tls", addresses: [0.0.0.0/0]}   #! is everybody
  - {name: bad, uri: "sip:e.example;transport=tlss"}    #! unknown transport "tlss" .did you mean "tls"
  - {name: mine, uri: "sips:f.example", domains: [example.test]}       #! "example.test" is served here
rules:
  - {from: own-users, to: "+44*", via: carier, allow: true}            #! no trunk "carier" is defined .did you mean "carrier"
  - {from: own-users, to: "+4420*", via: carrier, allow: false}        #! never reached: rule 1
  - {from: anyone, to: "*", allow: true}         #! strangers are never let out
  - {from: own-users, to: "+33*", allow: true}   #! say which trunk
  - {from: eve@else.test, to: "*", allow: true}  #! "else.test" is not a domain of ours
  - {from: own-users, to: class:premum, allow: false}        #! no class "premum" is defined .did you mean "premium"
  - {from: own-users, to: x.test, when: [ofice], allow: true}          #! no time "ofice" is defined .did you mean "office"
  - {from: ["*@else.test"], to: x.test, allow: true}         #! "else.test" is not a domain of ours
  - {from: own-users, to: y.test, methods: [INVIT], allow: true}       #! is not one of .*did you mean "INVITE"
  - {from: own-users, to: own-users, via: carrier, allow: false}       #! not by a trunk
  - {from: trunk:carrier, to: own-users, attestation: [A], allow: true}
  - {from: trunk:carrier, to: own-users, attestation: [A], allow: false}  #! contradicts rule 11 .line 52.: the same requests
policy:
  numbers: {country: "044", international-prefix: 00}    #! "044" is not a country code
  zone: Europe/Londn                             #! is not a time zone
  holidays: [2030-02-31]                         #! is not a date
  max-call: 1s                                   #! out of range
  classes:
    - {name: premium, numbers: ["+449*"], per-minute: 1.2345678}       #! "1.2345678" is not an amount
    - {name: none, numbers: []}                  #! name at least one
    - {name: odd, numbers: ["+44-20*"]}          #! is not a number such as
  times:
    - {name: office, days: [mon-fry]}            #! "mon-fry": write mon, tue
    - {name: never, hours: "08:00-08:00"}        #! is no time at all
  limits:
    - {calls: 1, periot: day}                    #! no such setting "periot"
    - {spend: 5, period: week}                   #! "week" is not one of
redirect: [bob@exmple.test]                      #! is not a domain of ours .did you mean "example.test"
next-hop: {uri: "pbx.example.test"}              #! is not a SIP URI
ws-origins: [phone.example.test]                 #! is not an origin
insecure:
  - allow: md5-for-everyone                      #! missing
  - {allow: no-authentication, because: none}    #! cannot be weakened
  - {allow: trunk-without-tls, trunk: nobody, because: none at all}    #! no trunk "nobody" is defined
`

/** What is wrong only beside something else. */
const ILL_MATCHED = `domains: [example.test]
trunks: [{name: carrier, uri: "sips:c.example"}]
policy:
  numbers: {country: 44}
  classes:
    - {name: premium, numbers: ["+449*"]}
    - {name: premium, numbers: ["+43*"]}         #! "premium" stands twice
    - {name: own-users, numbers: ["+45*"]}       #! is there without being defined
    - {name: dear, numbers: ["09*"]}             #! .+449.. has class premium already
  times:
    - {name: office, days: [mon-fri]}
    - {name: office}                             #! "office" stands twice
  limits:
    - {per: user}                                #! say calls, or spend
    - {per: trunk, of: carier, calls: 2}         #! no trunk "carier" is defined
    - {class: premum, calls: 1}                  #! no class "premum" is defined .did you mean "premium"
    - {per: all, of: bob@example.test, calls: 1} #! per: all is of nobody alone
    - {per: user, of: bob, calls: 1}             #! "bob" is not a user
    - {per: all, calls: 1}
    - {per: all, calls: 2}                       #! limit 6 .line 19. bounds the same calls
    - {spend: 10}                                #! no class has a price
    - {name: limit 1, calls: 1}                  #! "limit 1" stands twice
rules:
  - {name: own-users, from: own-users, to: x.test, allow: true}   #! is what the server itself decides by
`

const folder = mkdtempSync(join(tmpdir(), 'aspis-planted-'))
after(() => rmSync(folder, { recursive: true }))

function assertAllFound(text: string, problems: readonly Problem[]): number {
  const wanted = text.split('\n').flatMap((line, at) => {
    const mark = line.split('#!')[1]
    return mark === undefined ? [] : [{ line: at + 1, pattern: new RegExp(mark.trim()) }]
  })
  for (const { line, pattern } of wanted) {
    const found = problems.filter(problem => problem.place?.line === line).map(problem => problem.message)
    assert.ok(
      found.some(message => pattern.test(message)),
      `line ${line}: ${pattern} not in ${JSON.stringify(found)}`,
    )
  }
  const lines = new Set(wanted.map(each => each.line))
  const invented = problems.filter(problem => !lines.has(problem.place?.line ?? 0))
  assert.deepEqual(
    invented.map(problem => `${problem.place?.line}: ${problem.message}`),
    [],
    'found where nothing is wrong',
  )
  return wanted.length
}

test('more than 20 planted mistakes are all found at once, each with its line, and nothing else is', () => {
  const loaded = parseConfig(WRONG, join(folder, 'aspis.yaml'), {})
  assert.equal(loaded.config, undefined)
  const count = assertAllFound(WRONG, loaded.problems)
  assert.ok(count >= 40, `${count} planted`)
})

test('what is wrong only beside something else is found with its line', () => {
  const loaded = parseConfig(ILL_MATCHED, join(folder, 'aspis.yaml'), {})
  assert.equal(loaded.config, undefined)
  assert.equal(assertAllFound(ILL_MATCHED, loaded.problems), 13)
})

test('what is wrong on the machine is found with its line too', async () => {
  const pair = issueClientCertificate({
    folder: join(folder, 'ca'),
    nowMs: Date.now() - 100 * 86_400_000,
    name: 'example.test',
    domains: ['example.test'],
    days: 50,
  })
  writeFileSync(join(folder, 'server.pem'), pair.certificate)
  writeFileSync(join(folder, 'server.key'), pair.key)
  chmodSync(join(folder, 'server.key'), 0o644)
  const held = createSocket('udp4')
  held.bind(0, '127.0.0.1')
  await once(held, 'listening')
  const text = `domains: [example.test]
listen:
  - udp://127.0.0.1:${held.address().port}       #! in use by .*, process ${process.pid}
  - udp://198.51.100.7:5060                      #! this machine has no such address
data: ./server.pem/data                          #! is not a folder
admin: off
tls:
  certificate: server.pem                        #! ended|expired
  key: server.key                                #! can be read by every user
  ca: nowhere.pem                                #! no such file
dns: {servers: ["127.0.0.1:9"], timeout: 100ms}
trunks: [{name: c, uri: "sips:no-such-host.test"}]   #! is not found in DNS
`
  const loaded = parseConfig(text, join(folder, 'aspis.yaml'), {})
  assert.ok(loaded.config, JSON.stringify(loaded.problems))
  const problems = await checkMachine(loaded.config, loaded.source, {
    nowMs: Date.now(),
    ports: true,
    dns: true,
  })
  held.close()
  assert.equal(assertAllFound(text, problems), 7)
})
