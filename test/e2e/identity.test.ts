/**
 * Calls between two domains of ours with signed identity (RFC 8224): a call goes through with its attestation shown, is
 * answered and ended by who was reached (RFC 9970); and whatever a neighbour puts in the place of an honest token is
 * refused with its code, its phrase and its reason.
 */
import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { missing } from '../support/programs.ts'
import { ackOf, answer, askProved, type RawUa, say, token, uaOn } from '../support/raw-ua.ts'
import { ask, headerOf, headersOf, statusOf, udpPeer } from '../support/sip-peer.ts'
import {
  type Holder,
  holder,
  identityValue,
  startWeb,
  type TokenWish,
  type WebServer,
} from '../support/stir.ts'
import {
  CALLEE,
  CALLER,
  NEIGHBOUR_IP,
  registeredUa,
  type StirDomains,
  startStirDomains,
} from '../support/stir-domains.ts'

const NUMBER = '15550100'

describe('signed identity between two domains', { skip: missing('curl'), timeout: 120_000 }, () => {
  let domains: StirDomains
  let alice: RawUa
  let bob: RawUa
  let neighbour: RawUa
  let web: WebServer
  let silent: WebServer
  let good: Holder
  const open: RawUa[] = []

  before(async () => {
    domains = await startStirDomains()
    alice = await registeredUa(domains.ports.a, '127.0.0.2', `+${CALLER}`, 'a.test')
    bob = await registeredUa(domains.ports.b, '127.0.0.3', `+${CALLEE}`, 'b.test')
    neighbour = { ...uaOn(await udpPeer(domains.ports.b, NEIGHBOUR_IP), 'm'), aor: `sip:+${NUMBER}@m.test` }
    open.push(alice, bob, neighbour)
    const { root } = domains
    good = holder(root, { numbers: [NUMBER] })
    const longAgo = Date.now() - 40 * 86_400_000
    const chains: Record<string, string> = {
      '/good.pem': good.chain,
      '/expired.pem': holder(root, {
        numbers: [NUMBER],
        notBeforeMs: longAgo,
        notAfterMs: longAgo + 86_400_000,
      }).chain,
      '/other-number.pem': holder(root, { numbers: ['15550199'] }).chain,
      '/stranger.pem': holder(holder(undefined, { isAuthority: true }), { numbers: [NUMBER] }).chain,
    }
    const page = (request: IncomingMessage, response: ServerResponse): void => {
      const path = request.url ?? ''
      const chain = chains[path]
      if (path === '/redirect.pem')
        response.writeHead(302, { Location: `https://127.0.0.9:${web.port}/good.pem` }).end()
      else if (path === '/huge.pem') response.writeHead(200).end(Buffer.alloc(1_048_576, 'x'))
      else if (path === '/slow.pem') return
      else if (chain === undefined) response.writeHead(404).end()
      else response.writeHead(200).end(chain)
    }
    const channel = holder(root, { addresses: ['127.0.0.1', '127.0.0.9'] })
    web = await startWeb(channel, '127.0.0.1', page)
    silent = await startWeb(channel, '127.0.0.9', page)
  })
  after(async () => {
    for (const ua of open) ua.peer.close()
    await web?.close()
    await silent?.close()
    await domains?.remove()
  })

  const outcomes = (why: string): number => domains.b.metric(`aspis_identity_judged_total{outcome="${why}"}`)

  test('STA-12, STV-15, STA-15: a call is accepted with its attestation shown, answered and ended by who was reached', async () => {
    const callId = token()
    const fromTag = token()
    const uri = `sip:+${CALLEE}@b.test`
    const before = outcomes('valid')
    const asking = askProved(alice, { method: 'INVITE', uri, callId, fromTag })
    const isOf = (method: string) => (message: string) =>
      message.startsWith(`${method} `) && message.includes(callId)
    const arrived = await bob.peer.next('the INVITE', isOf('INVITE'))
    assert.equal(headerOf(arrived, 'P-Attestation-Indicator'), 'A')
    assert.equal(headerOf(arrived, 'P-Asserted-Identity'), `<tel:+${CALLER};verstat=TN-Validation-Passed>`)
    assert.match(headerOf(arrived, 'P-Origination-ID') ?? '', /^[0-9a-f-]{36}$/)
    assert.equal(headersOf(arrived, 'Identity').length, 1)
    const calleeTag = token()
    bob.peer.send(answer(bob, arrived, 200, calleeTag))
    const { response } = await asking
    assert.equal(statusOf(response), 200)
    assert.match(headerOf(response, 'Identity') ?? '', /;ppt="?rsp"?$/)
    const routes = headersOf(response, 'Record-Route').reverse()
    const inside = { uri: bob.contact, to: uri, callId, fromTag, toTag: calleeTag }
    alice.peer.send(say(alice, { ...inside, method: 'ACK', cseq: 2, routes }))
    await bob.peer.next('the ACK', isOf('ACK'))
    const answered = 'aspis_identity_answers_total{outcome="valid"}'
    for (let tries = 0; tries < 50 && domains.a.metric(answered) < 1; tries++)
      await new Promise(done => setTimeout(done, 100))
    assert.equal(domains.a.metric(answered), 1)

    const update = say(alice, { ...inside, method: 'UPDATE', cseq: 3, routes })
    const updating = ask(alice.peer, update)
    const updated = await bob.peer.next('the UPDATE', isOf('UPDATE'))
    assert.equal(headersOf(updated, 'Identity').length, 1)
    bob.peer.send(answer(bob, updated, 200, calleeTag))
    assert.equal(statusOf(await updating), 200)
    assert.equal(outcomes('valid'), before + 2)

    const calleeRoutes = headersOf(arrived, 'Record-Route')
    const bye = say(bob, {
      method: 'BYE',
      uri: alice.contact,
      from: uri,
      fromTag: calleeTag,
      to: alice.aor,
      toTag: fromTag,
      callId,
      cseq: 7,
      routes: calleeRoutes,
    })
    const ending = ask(bob.peer, bye)
    const ended = await alice.peer.next('the BYE', isOf('BYE'))
    assert.equal(headersOf(ended, 'Identity').length, 1)
    alice.peer.send(answer(alice, ended, 200, fromTag))
    assert.equal(statusOf(await ending), 200)
    assert.equal(domains.a.metric('aspis_identity_judged_total{outcome="valid"}'), 1)
  })

  test('a name is signed for by its domain', async () => {
    const caller = await registeredUa(domains.ports.a, '127.0.0.4', 'alice', 'a.test')
    const callee = await registeredUa(domains.ports.b, '127.0.0.5', 'bob', 'b.test')
    open.push(caller, callee)
    const asking = askProved(caller, { method: 'MESSAGE', uri: 'sip:bob@b.test', contact: false })
    const arrived = await callee.peer.next('the MESSAGE', message => message.startsWith('MESSAGE '))
    assert.doesNotMatch(headerOf(arrived, 'Identity') ?? '', /ppt=/)
    callee.peer.send(answer(callee, arrived, 200, token()))
    assert.equal(statusOf((await asking).response), 200)
  })

  /** A token that is right in everything but what is said. */
  const wish = (changes: Partial<TokenWish> = {}): TokenWish => ({
    x5u: `https://127.0.0.1:${web.port}/good.pem`,
    orig: { tn: NUMBER },
    dest: { tn: [CALLEE] },
    key: good.key,
    ...changes,
  })
  const of = (changes: Partial<TokenWish> = {}): readonly string[] => [identityValue(wish(changes))]
  const at = (path: string, ip = '127.0.0.1') => ({ x5u: `https://${ip}:${web.port}${path}` })

  async function invite(identities: readonly string[], callId = token()): Promise<string> {
    const lines = identities.map(value => `Identity: ${value}`)
    const saying = { method: 'INVITE', uri: `sip:+${CALLEE}@b.test`, lines, callId }
    const response = await ask(neighbour.peer, say(neighbour, saying))
    neighbour.peer.send(ackOf(neighbour, saying, response))
    return response
  }

  const busy = async (callId: string): Promise<void> => {
    const arrived = await bob.peer.next(
      'the INVITE',
      text => text.startsWith('INVITE ') && text.includes(callId),
    )
    bob.peer.send(answer(bob, arrived, 486, token()))
  }

  test('an honest token of the neighbour is taken, and no word about the caller that is not ours comes along', async () => {
    const callId = token()
    const lines = [
      ...of({ attest: 'B' }).map(value => `Identity: ${value}`),
      'P-Attestation-Indicator: A',
      'P-Asserted-Identity: <tel:+15550999;verstat=TN-Validation-Passed>',
    ]
    const asking = ask(
      neighbour.peer,
      say(neighbour, { method: 'INVITE', uri: `sip:+${CALLEE}@b.test`, lines, callId }),
    )
    const arrived = await bob.peer.next(
      'the INVITE',
      text => text.startsWith('INVITE ') && text.includes(callId),
    )
    assert.deepEqual(headersOf(arrived, 'P-Attestation-Indicator'), ['B'])
    assert.deepEqual(headersOf(arrived, 'P-Asserted-Identity'), [
      `<tel:+${NUMBER};verstat=TN-Validation-Passed>`,
    ])
    bob.peer.send(answer(bob, arrived, 486, token()))
    assert.equal(statusOf(await asking), 486)
  })

  interface Row {
    readonly what: string
    readonly identities: () => readonly string[] | Promise<readonly string[]>
    readonly line: string
    readonly why: string
  }
  const stale = 'SIP/2.0 403 Stale Date'
  const missingOne = 'SIP/2.0 428 Use Identity Header'
  const badInfo = 'SIP/2.0 436 Bad Identity Info'
  const unsupported = 'SIP/2.0 437 Unsupported Credential'
  const invalid = 'SIP/2.0 438 Invalid Identity Header'
  // biome-ignore format: one a line
  const rows: readonly Row[] = [
    { what: 'no token where one is demanded', identities: () => [], line: missingOne, why: 'no-identity' },
    { what: 'orig changed', identities: () => of({ orig: { tn: '15550101' } }), line: invalid, why: 'orig-differs' },
    { what: 'dest changed', identities: () => of({ dest: { tn: ['442079460002'] } }), line: invalid, why: 'dest-differs' },
    { what: 'the same token twice, for two calls', identities: usedToken, line: invalid, why: 'replayed' },
    { what: 'a token of another call, to another callee', identities: tokenOfAlice, line: invalid, why: 'orig-differs' },
    { what: 'stale iat', identities: () => of({ iat: Math.floor(Date.now() / 1000) - 61 }), line: stale, why: 'iat-stale' },
    { what: 'iat in the future', identities: () => of({ iat: Math.floor(Date.now() / 1000) + 90 }), line: stale, why: 'iat-future' },
    { what: 'wrong key', identities: () => of({ key: holder(undefined, {}).key }), line: invalid, why: 'signature-wrong' },
    { what: 'expired certificate', identities: () => of(at('/expired.pem')), line: unsupported, why: 'certificate-expired' },
    { what: 'certificate of an authority that nobody trusts', identities: () => of(at('/stranger.pem')), line: unsupported, why: 'certificate-untrusted' },
    { what: 'number outside TNAuthList', identities: () => of(at('/other-number.pem')), line: invalid, why: 'number-not-authorised' },
    { what: 'alg none', identities: () => of({ alg: 'none', isUnsigned: true }), line: invalid, why: 'signature-malformed' },
    { what: 'alg none, with a signature all the same', identities: () => of({ alg: 'none' }), line: invalid, why: 'alg-not-es256' },
    { what: 'HS256 with the public key as secret', identities: () => of({ alg: 'HS256', secret: good.publicPem }), line: invalid, why: 'alg-not-es256' },
    { what: 'x5u at a private address', identities: () => of(at('/good.pem', '127.0.0.9')), line: badInfo, why: 'credential-address-refused' },
    { what: 'x5u at the metadata of a cloud', identities: () => of({ x5u: 'https://169.254.169.254/latest/meta-data' }), line: badInfo, why: 'credential-address-refused' },
    { what: 'x5u over plain HTTP', identities: () => of({ x5u: 'http://127.0.0.1/good.pem' }), line: badInfo, why: 'info-scheme-refused' },
    { what: 'redirect to another host', identities: () => of(at('/redirect.pem')), line: badInfo, why: 'credential-fetch-failed' },
    { what: 'a certificate of 1 MB', identities: () => of(at('/huge.pem')), line: badInfo, why: 'credential-too-large' },
    { what: 'a server that says nothing', identities: () => of(at('/slow.pem')), line: badInfo, why: 'credential-fetch-failed' },
    { what: 'no such certificate', identities: () => of(at('/none.pem')), line: badInfo, why: 'credential-fetch-failed' },
    { what: 'a broken token beside another', identities: () => [...of({ orig: { tn: '15550101' } }), 'x'], line: invalid, why: 'orig-differs' },
    { what: 'duplicate Identity header fields', identities: twice, line: invalid, why: 'header-duplicate' },
    { what: 'a token of 10 kB', identities: () => of({ more: { note: 'x'.repeat(7500) } }), line: invalid, why: 'header-too-large' },
    { what: 'no token at all', identities: () => ['...;info=<>;alg=ES256'], line: invalid, why: 'header-malformed' },
  ]

  function twice(): readonly string[] {
    const [value = ''] = of()
    return [value, value]
  }

  /** A token that went with a call already. */
  async function usedToken(): Promise<readonly string[]> {
    const identities = of()
    const callId = token()
    const [response] = await Promise.all([invite(identities, callId), busy(callId)])
    assert.equal(statusOf(response), 486, response)
    return identities
  }

  /** A token that a user of the other domain got for a call of his own. */
  async function tokenOfAlice(): Promise<readonly string[]> {
    const asking = askProved(alice, { method: 'INVITE', uri: `sip:+${CALLEE}@b.test` })
    const arrived = await bob.peer.next(
      'the call',
      text => text.startsWith('INVITE ') && text.includes('a.test'),
    )
    bob.peer.send(answer(bob, arrived, 486, token()))
    await asking
    return headersOf(arrived, 'Identity')
  }

  for (const { what, identities, line, why } of rows) {
    test(`refused: ${what}`, async () => {
      const values = await identities()
      const before = outcomes(why)
      const response = await invite(values)
      assert.equal(response.split('\r\n')[0], line)
      assert.equal(outcomes(why), before + 1, why)
    })
  }

  test('STV-15: what only a verifier says does not come along in From', async () => {
    const from = `sip:+${NUMBER}@m.test;verstat=TN-Validation-Passed`
    const lines = of().map(value => `Identity: ${value}`)
    const saying = { method: 'MESSAGE', uri: `sip:+${CALLEE}@b.test`, from, lines, contact: false } as const
    assert.equal(statusOf(await ask(neighbour.peer, say(neighbour, saying))), 403)
  })
})
