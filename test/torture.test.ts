import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { parseNameAddr } from '../src/sip/headers/name-addr.ts'
import { checkMessage } from '../src/sip/message/check.ts'
import { H } from '../src/sip/message/header-id.ts'
import type { SipMessage } from '../src/sip/message/message.ts'
import { parseMessage } from '../src/sip/message/parse.ts'
import { aorOf, uriEquals } from '../src/sip/uri/equals.ts'
import { CORPUS, corpusCases, missingCorpus } from './support/corpus.ts'
import { exercise } from './support/exercise.ts'

const TORTURE = resolve(import.meta.dirname, '../../shared/rfc/torture')
const missingTorture = existsSync(TORTURE)
  ? false
  : 'needs the messages of RFC 4475 and RFC 5118 in ../shared/rfc/torture, which is not beside this checkout'

/** MSG-19, as far as the message alone decides; stages and endpoints refuse more. */
const RFC4475: Readonly<Record<string, string>> = {
  accept: `wsinv intmeth esc01 escnull esc02 lwsdisp longreq dblreq semiuri transports mpart01 unreason noreason inv2543
    baddate unksm2 bext01 invut regaut01 zeromf sdp01 bcast cparam01 cparam02 regescrt regbadct`,
  '400': `badinv01 clerr ncl scalar02 quotbal ltgtruri lwsruri lwsstart trws escruri badaspec baddn mismatch01
    mismatch02 insuf multi01 mcl01 badbranch`,
  '416': 'novelsc unkscm',
  '505': 'badvers',
  drop: 'scalarlg bigcode',
}

function rfc4475(name: string): string {
  return readFileSync(join(TORTURE, 'rfc4475', `${name}.dat`), 'latin1')
}

/** As it is sent: CR LF, the empty line that two lack, and a length that fits (MSG-20). */
function rfc5118(name: string): string {
  const crlf = readFileSync(join(TORTURE, 'rfc5118', name), 'latin1').replaceAll('\n', '\r\n')
  const whole = crlf.includes('\r\n\r\n') ? crlf : `${crlf}\r\n`
  const body = whole.slice(whole.indexOf('\r\n\r\n') + 4)
  return whole.replace(/^(Content-Length: *)\d+/im, `$1${body.length}`)
}

function outcomeOf(text: string): string {
  const parsed = parseMessage(text, true)
  const refusal = parsed.ok ? checkMessage(parsed.value) : parsed.error
  if (refusal === undefined) return 'accept'
  const message = parsed.ok ? parsed.value : parsed.error.partial
  return refusal.status === 0 || message?.kind === 'response' ? 'drop' : String(refusal.status)
}

function messageOf(text: string): SipMessage {
  const parsed = parseMessage(text, true)
  assert.ok(parsed.ok)
  assert.equal(checkMessage(parsed.value), undefined)
  return parsed.value
}

test('MSG-19: each message of RFC 4475 is accepted, refused or dropped as its section asks', {
  skip: missingTorture,
}, () => {
  let count = 0
  for (const [outcome, names] of Object.entries(RFC4475)) {
    for (const name of names.split(/\s+/)) {
      assert.equal(outcomeOf(rfc4475(name)), outcome, name)
      count += 1
    }
  }
  assert.equal(count, 49)
})

test('MSG-20: each message of RFC 5118 but ipv6-bad is accepted', { skip: missingTorture }, () => {
  const names = `ipv4-mapped-ipv6 ipv6-bug-abnf-3-colons ipv6-correct-abnf-2-colons ipv6-good ipv6-in-sdp mult-ip-in-header
    mult-ip-in-sdp port-ambiguous port-unambiguous via-received-param-no-delim via-received-param-with-delim`
  for (const name of names.split(/\s+/)) assert.equal(outcomeOf(rfc5118(name)), 'accept', name)
  assert.equal(outcomeOf(rfc5118('ipv6-bad')), '400')
})

test('MSG-19: what the accepted ones of RFC 4475 mean is read from them', { skip: missingTorture }, () => {
  const wsinv = messageOf(rfc4475('wsinv'))
  assert.equal(wsinv.vias.length, 3)
  assert.equal(wsinv.from.tag, '98asjd8')
  assert.equal(messageOf(rfc4475('dblreq')).body, '')
  const escnull = messageOf(rfc4475('escnull'))
    .list(H.contact)
    .map(each => parseNameAddr(each))
  const [one, two] = escnull
  assert.ok(one?.ok && two?.ok && !uriEquals(one.value.uri, two.value.uri))
  assert.match(aorOf(messageOf(rfc4475('escnull')).to.uri), /^sip:null-%00-null@/)
  const semiuri = messageOf(rfc4475('semiuri'))
  assert.ok(semiuri.kind === 'request' && semiuri.uri.user?.includes(';'))
  const cparam = [1, 2].map(number =>
    parseNameAddr(messageOf(rfc4475(`cparam0${number}`)).list(H.contact)[0] ?? ''),
  )
  assert.deepEqual(
    cparam.map(
      each => each.ok && [each.value.params.has('unknownparam'), each.value.uri.params.has('unknownparam')],
    ),
    [
      [true, false],
      [false, true],
    ],
  )
  assert.equal(parseNameAddr(messageOf(rfc4475('regbadct')).list(H.contact)[0] ?? '').ok, false)
  assert.equal(messageOf(rfc5118('ipv6-good')).topVia.host, '2001:db8::9:1')
})

const cases = missingCorpus() === false ? corpusCases().filter(each => each.template !== true) : []
const textOf = (file: string): string => readFileSync(join(CORPUS, file), 'latin1')

/** The two forms that no valid message may have for us: a scheme that we cannot route, and a line that CR ends. */
function refusalByRule(text: string): string {
  if (/^(?:[^\r\n]*\r\n)*[^\r\n]*\r(?!\n)/.test(text.split('\r\n\r\n')[0] ?? '')) return 'bare-line-end'
  return /^\S+ (?:sips?|tel):/i.test(text) || text.startsWith('SIP/') ? 'accept' : 'unknown-scheme'
}

test('every valid and every legacy message of others is accepted, read again after writing, and keeps its lines', {
  skip: missingCorpus(),
}, () => {
  const good = cases.filter(each => each.validity === 'valid' || each.validity === 'legacy')
  assert.ok(good.length > 200)
  for (const each of good) {
    const text = textOf(each.file)
    assert.equal(exercise(text), refusalByRule(text.trimStart()), each.file)
  }
})

test('what is not SIP gets no answer, and the broken messages of others never throw', {
  skip: missingCorpus(),
}, () => {
  for (const each of cases) {
    const outcome = exercise(textOf(each.file))
    if (each.validity === 'garbage') assert.equal(outcome, 'not-sip', each.file)
  }
})

/** Octets that mean something to a reader, in turn. */
const OCTETS = '\r\n\0 \t,;:<>"\\@%?=[]/&a0\xff'
/** Every place of every message would take minutes; the messages begin at different ones. */
const STEP = 11

test('MSG-17: no prefix of a message of others throws or breaks what we write', {
  skip: missingCorpus(),
}, () => {
  for (const [number, each] of cases.entries()) {
    const text = textOf(each.file)
    for (let end = number % STEP; end < text.length; end += STEP) exercise(text.slice(0, end), end % 2 === 0)
  }
})

test('MSG-17: nor does one octet changed, put in or left out', { skip: missingCorpus() }, () => {
  for (const [number, each] of cases.entries()) {
    const text = textOf(each.file)
    const headerEnd = text.indexOf('\r\n\r\n')
    const last = Math.min(text.length, headerEnd < 0 ? 2000 : headerEnd + 6)
    for (let at = number % STEP; at < last; at += STEP) {
      const octet = OCTETS.charAt((at + number) % OCTETS.length)
      exercise(text.slice(0, at) + octet + text.slice(at + 1))
      exercise(text.slice(0, at) + octet + text.slice(at))
      exercise(text.slice(0, at) + text.slice(at + 1))
    }
  }
})
