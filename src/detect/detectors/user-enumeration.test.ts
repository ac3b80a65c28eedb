import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { readRequest, Trace, tryDetector } from '../../../test/support/trace.ts'
import { userEnumeration } from './user-enumeration.ts'

const THIEF = '192.0.2.7'
const OFFICE = '198.51.100.20'

function search(trace: Trace, count: number, pauseMs: number, method = 'REGISTER', status = 401): void {
  for (let i = 0; i < count; i += 1) {
    const aor = `sip:${100 + i}@example.test`
    const uri = method === 'REGISTER' ? 'sip:example.test' : aor
    trace.asks(THIEF, { method, uri, from: aor, to: aor }, status)
    trace.wait(pauseMs)
  }
}

/** A phone asks, is challenged, and proves itself a round trip later. */
function registers(trace: Trace, ip: string, user: string): void {
  const aor = `sip:${user}@example.test`
  trace.asks(ip, { method: 'REGISTER', uri: 'sip:example.test', from: aor, to: aor }, 401, 'no-credentials')
  trace.logsIn(ip, user)
}

tryDetector(userEnumeration, {
  alarm: [
    {
      name: 'REGISTER for extension after extension (G02)',
      subject: `source:${THIEF}`,
      trace: t => search(t, 16, 50),
    },
    {
      name: 'evasion: one in a quarter of an hour, by the fifth (G02, G04)',
      subject: `source:${THIEF}`,
      trace: t => search(t, 5, 900_000),
    },
    {
      name: 'INVITE for users that are not there (G02)',
      subject: `source:${THIEF}`,
      trace: t => search(t, 5, 100, 'INVITE', 404),
    },
    {
      name: 'OPTIONS that are challenged (G02)',
      subject: `source:${THIEF}`,
      trace: t => {
        search(t, 8, 1000, 'OPTIONS', 407)
        t.wait(20_000)
      },
    },
    {
      name: 'SUBSCRIBE for users that are not there (G02)',
      subject: `source:${THIEF}`,
      trace: t => search(t, 5, 10_000, 'SUBSCRIBE', 404),
    },
    ...['nonce-altered', 'malformed', 'other-realm'].map(why => ({
      name: `evasion: REGISTER for name after name with credentials that are refused as ${why} (G02)`,
      subject: `source:${THIEF}`,
      trace: (t: Trace) => {
        for (let i = 0; i < 20; i += 1) {
          t.logsIn(THIEF, `${100 + i}`, why, {}, { isNonceOurs: false })
          t.wait(5000)
        }
      },
    })),
    {
      name: 'evasion: where users of ours live, at 25 names',
      subject: `source:${THIEF}`,
      trace: t => {
        registers(t, THIEF, 'mallory')
        search(t, 30, 5000)
      },
    },
  ],
  quiet: [
    {
      name: 'a thousand phones behind one address, fifty a second, each challenged first (F24)',
      trace: t => {
        for (let i = 0; i < 1000; i += 1) {
          const aor = `sip:phone${i}@example.test`
          t.asks(OFFICE, { method: 'REGISTER', uri: 'sip:example.test', from: aor, to: aor }, 401)
          // Five round trips are under way at any time.
          if (i >= 5) t.logsIn(OFFICE, `phone${i - 5}`)
          t.wait(20)
        }
      },
    },
    {
      name: 'ten thousand phones come back after a power cut (F23)',
      trace: t => {
        for (let i = 0; i < 2000; i += 1) registers(t, `10.1.${i >> 8}.${i & 255}`, `phone${i}`)
        for (let i = 0; i < 2000; i += 1) registers(t, OFFICE, `phone${i}`)
      },
    },
    {
      name: 'three old phones ask for ever and never answer the challenge',
      trace: t => {
        for (let i = 0; i < 300; i += 1) {
          const aor = `sip:old${i % 3}@example.test`
          t.asks(OFFICE, { method: 'REGISTER', uri: 'sip:example.test', from: aor, to: aor }, 401)
          t.wait(30_000)
        }
      },
    },
    {
      name: 'a user dials eight numbers that do not exist',
      trace: t => {
        registers(t, OFFICE, 'alice')
        for (let i = 0; i < 8; i += 1) t.asks(OFFICE, { uri: `sip:${i}@example.test` }, 404)
      },
    },
    {
      name: 'a phone whose nonce is old at each registration, for two days',
      trace: t => {
        for (let i = 0; i < 200; i += 1) {
          t.logsIn(OFFICE, `phone${i % 40}`, 'nonce-expired')
          t.logsIn(OFFICE, `phone${i % 40}`)
          t.wait(900_000)
        }
      },
    },
    {
      name: 'an office whose people misdial forty numbers in a day: each account is counted by itself (F24)',
      trace: t => {
        for (let i = 0; i < 40; i += 1) {
          registers(t, OFFICE, `phone${i}`)
          const uri = `sip:${5000 + i}@example.test`
          const line = `Proxy-Authorization: Digest username="phone${i}", realm="example.test", nonce="n", uri="${uri}", response="00000000000000000000000000000000"`
          t.asks(OFFICE, { uri, callId: `wrong${i}` }, 407)
          t.asks(OFFICE, { uri, callId: `wrong${i}`, cseq: 2, lines: [line] }, 404)
          t.wait(600_000)
        }
      },
    },
    {
      name: 'calls are challenged and made (F25)',
      trace: t => {
        for (let i = 0; i < 100; i += 1) {
          const uri = `sip:+4930${i}@example.test`
          t.asks(OFFICE, { uri }, 407)
          t.logsIn(OFFICE, 'alice', '', { method: 'INVITE', uri, to: uri })
          t.wait(100)
        }
      },
    },
  ],
})

const TRACE = new URL('../../../../shared/corpus/trace/honeypot-2010.jsonl.gz', import.meta.url)

const skip = existsSync(TRACE) ? false : 'needs the corpus beside the project'

for (const slower of [1, 100, 1000]) {
  test(`the intruder of the honeypot trace is named by the 20th user, ${slower} times slower`, {
    skip,
  }, () => {
    const text = gunzipSync(readFileSync(TRACE)).toString('latin1')
    const trace = new Trace([userEnumeration])
    const names = new Set<string>()
    for (const line of text.split('\n').slice(0, 400)) {
      const { t: seconds, src, msg }: { t: number; src: string; msg: string } = JSON.parse(line)
      trace.wait(Math.max(0, 1000 + seconds * 1000 * slower - trace.atMs))
      if (!msg.startsWith('REGISTER')) continue
      const request = trace.request(src, readRequest(msg))
      names.add(request.to.uri.user ?? '')
      trace.answer(src, request, 401, 'no-credentials')
      if (trace.findings.length > 0) break
    }
    assert.deepEqual(trace.found, ['user-enumeration source:198.51.100.1'])
    assert.ok(names.size <= 20, `${names.size} users`)
  })
}
