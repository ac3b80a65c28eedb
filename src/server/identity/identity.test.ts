import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { response } from '../../../test/support/sip-text.ts'
import { contextOf, KEYS, say, type Trial } from '../../../test/support/stage-context.ts'
import { type Holder, holder, identityValue } from '../../../test/support/stir.ts'
import { failed, ok } from '../../base/result.ts'
import { SipKey } from '../../base/sip-hash.ts'
import { ReplayMemory, trustRoots } from '../../mechanisms/identity/index.ts'
import type { FetchOutcome } from '../../net/https-fetch.ts'
import type { IdentityMode } from '../../pipeline/identity.ts'
import type { KnownTrunk } from '../../pipeline/ports.ts'
import type { Place, RequestContext } from '../../pipeline/stage.ts'
import { authenticate } from '../../pipeline/stages/authenticate.ts'
import { inDialogProof } from '../../pipeline/stages/in-dialog-proof.ts'
import { signIdentity } from '../../pipeline/stages/sign-identity.ts'
import { verifyIdentity } from '../../pipeline/stages/verify-identity.ts'
import { makeDialogToken } from '../../sip/proxy/dialog-proof.ts'
import { parseConfig } from '../config/load.ts'
import { createLog } from '../log.ts'
import { Metrics } from '../metrics.ts'
import { Neighbours } from '../neighbours.ts'
import { CallerCertificates } from './certificates.ts'
import { SignedDialogs } from './dialogs.ts'
import { IdentityEvents } from './events.ts'
import { SignedIdentities } from './identity.ts'
import { loadSigner } from './material.ts'

const WALL_MS = Date.now()
const root = holder(undefined, { isAuthority: true })
const roots = trustRoots([root.chain])
const X5U = 'https://certs.example.test/own.pem'
const own = holder(root, { domains: ['example.test'] })
const other = holder(root, { domains: ['example.test'] })
const stranger = holder(root, { domains: ['elsewhere.test'] })

const TRUNK: KnownTrunk = {
  name: 'partner',
  identities: [],
  reachesOwnUsers: true,
  isTrusted: false,
  domains: ['example.test'],
}

interface House {
  readonly identities: SignedIdentities
  readonly metrics: Metrics
  /** URLs that were fetched. */
  readonly fetched: string[]
}

/** A house that signs with a key, and trusts what `root` issued. */
function house(
  verify: IdentityMode,
  signer: Holder = own,
  x5u = X5U,
  attest: 'A' | 'B' | 'none' = 'none',
): House {
  const folder = mkdtempSync(join(tmpdir(), 'aspis-signer-'))
  const sign = { certificate: join(folder, 'own.pem'), key: join(folder, 'own.key'), x5u }
  writeFileSync(sign.certificate, signer.chain)
  writeFileSync(sign.key, signer.keyPem)
  const metrics = new Metrics()
  const fetched: string[] = []
  const chains: Readonly<Record<string, string>> = {
    [X5U]: own.chain,
    'https://certs.example.test/other.pem': other.chain,
    'https://certs.example.test/stranger.pem': stranger.chain,
  }
  const fetch = async (url: string): Promise<FetchOutcome> => {
    fetched.push(url)
    const chain = chains[url]
    return chain === undefined ? failed('status') : ok({ url, body: Buffer.from(chain), untilMs: 1e9 })
  }
  const loaded = parseConfig('domains: [example.test]\n', '/aspis.yaml', {})
  assert.ok(loaded.config !== undefined)
  const identities = new SignedIdentities({
    config: {
      verify,
      domains: [],
      trunks: [{ name: 'partner', attest }],
      privateHosts: [],
    },
    material: { roots, signer: loadSigner(sign, WALL_MS) },
    certificates: new CallerCertificates({ fetch }, roots),
    memory: {
      replay: new ReplayMemory(new SipKey(Buffer.alloc(16, 7)), 100, 0),
      dialogs: new SignedDialogs(),
      events: new IdentityEvents(
        metrics,
        createLog({ level: 'error', format: 'json', write: () => {}, nowMs: () => 0 }),
      ),
    },
    neighbours: new Neighbours(loaded.config),
    nowMs: () => 0,
    isTrustedPeer: () => false,
  })
  rmSync(folder, { recursive: true })
  return { identities, metrics, fetched }
}

const place = (uri: string, peer: Place['peer'], changes: Partial<Place> = {}): Place => {
  return {
    uri,
    path: [],
    flowKey: '',
    isFlowOnly: false,
    needsTls: false,
    isRegistered: false,
    peer,
    ...changes,
  }
}
const outside = place('sip:bob@192.0.2.7', 'outside')
const byTrunk = place('sip:bob@partner.test', 'trunk:partner', { isRegistered: true })
const phone = place('sip:bob@192.0.2.9:5060', 'user', { flowKey: 'udp:192.0.2.9:5060', isRegistered: true })
const pbx = place('sip:bob@example.test', 'outside', { isRegistered: true })
const forwarded = place('sip:carol@elsewhere.test', 'user', { isRegistered: true })

function contextFor(at: House, trial: Trial = {}, isTrunk = false): RequestContext {
  return contextOf({
    ...trial,
    ports: { identity: at.identities, trunkOf: () => (isTrunk ? TRUNK : undefined), ...trial.ports },
    context: { wallMs: WALL_MS, ...trial.context },
  })
}

/** As `authenticate` leaves it: alice gave her password. */
async function fromAlice(at: House, to: Place, trial: Trial = {}): Promise<RequestContext> {
  const caller = {
    kind: 'user',
    user: 'alice',
    domain: 'example.test',
    aors: ['sip:alice@example.test'],
  } as const
  const verifyCredentials = () => ({ kind: 'accepted', caller, authenticationInfo: undefined }) as const
  const context = contextFor(at, {
    ...trial,
    ports: { verifyCredentials, ...trial.ports },
    context: { rounds: [[{ place: to, otherFlows: [] }]] },
  })
  assert.equal(say(await authenticate.run(context)), 'next')
  return context
}

/** A request that our house signed, as the one at the other end gets it. */
async function signedLines(by: House): Promise<readonly string[]> {
  const context = await fromAlice(by, outside)
  assert.equal(say(await signIdentity.run(context)), 'next')
  assert.ok(context.signed !== undefined)
  return [`Date: ${context.signed.date}`, `Identity: ${context.signed.identity}`]
}

test('STA-01: what leaves for others is signed for who proved himself; what stays on our side is not', async () => {
  const at = house('off')
  for (const [to, isSigned] of [
    [outside, true],
    [byTrunk, true],
    [phone, false],
    [pbx, false],
    [forwarded, false],
  ] as const) {
    const context = await fromAlice(at, to)
    await signIdentity.run(context)
    assert.equal(context.signed !== undefined, isSigned, to.uri)
  }
})

test('STA-01: nothing is signed for a name that the certificate does not speak for, and that is counted', async () => {
  const at = house('off', stranger)
  const context = await fromAlice(at, outside)
  assert.equal(say(await signIdentity.run(context)), 'next')
  assert.equal(context.signed, undefined)
  assert.match(at.metrics.print(), /aspis_identity_unsigned_total\{reason="not-covered"\} 1/)
})

test('STA-01: a trunk is signed for as far as the configuration vouches for it, and nobody who proved nothing is', async () => {
  const rounds = [[{ place: outside, otherFlows: [] }]]
  const signedFor = async (at: House, isTrunk: boolean): Promise<boolean> => {
    const context = contextFor(at, { context: { rounds } }, isTrunk)
    await signIdentity.run(context)
    return context.signed !== undefined
  }
  assert.equal(await signedFor(house('off', own, X5U, 'B'), true), true)
  assert.equal(await signedFor(house('off'), true), false)
  assert.equal(await signedFor(house('off'), false), false)
})

test('what is signed already stays as it is', async () => {
  const at = house('off')
  const context = await fromAlice(at, outside, { lines: ['Identity: by.the.phone;info=<https://p.test/>'] })
  await signIdentity.run(context)
  assert.equal(context.signed, undefined)
})

test('STA-02: a request that bears another date is not signed but refused', async () => {
  const date = new Date(WALL_MS - 3_600_000).toUTCString()
  const context = await fromAlice(house('off'), outside, { lines: [`Date: ${date}`] })
  const verdict = await signIdentity.run(context)
  assert.equal(say(verdict), 'reply 403 date-off')
  assert.equal(verdict.kind === 'reply' && verdict.reason, 'Stale Date')
})

test('what one house signs, the other takes, and its certificate is fetched once', async () => {
  const lines = await signedLines(house('off'))
  const at = house('demand')
  for (const callId of ['c1', 'c1']) {
    const context = contextFor(at, { lines, callId }, true)
    assert.equal(say(await verifyIdentity.run(context)), 'next')
    assert.equal(context.identity?.isValid, true)
  }
  assert.deepEqual(at.fetched, [X5U])
})

test('STV-07: of another Call-ID the same token is refused', async () => {
  const lines = await signedLines(house('off'))
  const at = house('ask')
  assert.equal(say(await verifyIdentity.run(contextFor(at, { lines, callId: 'c1' }, true))), 'next')
  const again = contextFor(at, { lines, callId: 'c2' }, true)
  assert.equal(say(await verifyIdentity.run(again)), 'reply 438 replayed')
})

test('off, report, ask and demand: what becomes of a request without token, and of one with a bad one', async () => {
  const lines = await signedLines(house('off'))
  const forged = lines.map(line => line.replace('alg=ES256', 'alg=none'))
  const outcome = async (mode: IdentityMode, with_: readonly string[]): Promise<string> =>
    say(await verifyIdentity.run(contextFor(house(mode), { lines: with_ }, true)))
  assert.equal(await outcome('off', forged), 'next')
  assert.equal(await outcome('report', forged), 'next')
  assert.equal(await outcome('ask', forged), 'reply 438 alg-not-es256')
  assert.equal(await outcome('demand', forged), 'reply 438 alg-not-es256')
  assert.equal(await outcome('report', []), 'next')
  assert.equal(await outcome('ask', []), 'next')
  assert.equal(await outcome('demand', []), 'reply 428 no-identity')
})

test('STV-09: what is reported goes on, and the reason stands in the next response, once', async () => {
  const lines = (await signedLines(house('off'))).map(line => line.replace('alg=ES256', 'alg=none'))
  const at = house('report')
  const context = contextFor(at, { lines }, true)
  assert.equal(say(await verifyIdentity.run(context)), 'next')
  const ringing = response(180)
  assert.deepEqual(at.identities.back(context, ringing)?.stirReasons, [
    'STIR;cause=438;text="Invalid Identity Header"',
  ])
  assert.equal(at.identities.back(context, ringing)?.stirReasons, undefined)
})

test('STV-10: what others say of a token of ours goes no further up, and the rest does', async () => {
  const at = house('off')
  const context = await fromAlice(at, outside)
  await signIdentity.run(context)
  const said = ['Reason: STIR;cause=438;text="Invalid Identity Header"', 'Reason: Q.850;cause=16']
  const back = at.identities.back(context, response(180, said))
  assert.deepEqual(back?.stirReasons, ['Q.850;cause=16'])
  assert.equal(back?.removeRows?.length, 2)
})

test('STA-14: a call that is forwarded to another domain gets a div token beside its own', async () => {
  const at = house('ask')
  const context = contextFor(at, { lines: await signedLines(house('off')) }, true)
  assert.equal(say(await verifyIdentity.run(context)), 'next')
  const edits = at.identities.on(context, forwarded, 'sip:carol@elsewhere.test')
  assert.equal(edits?.identities?.length, 1)
  assert.match(edits?.identities?.[0] ?? '', /ppt="?div"?$/)
  assert.equal(at.identities.on(context, phone, phone.uri)?.identities, undefined)
})

test('STA-15: who is reached is signed for in the response, to who proved himself only', async () => {
  const at = house('ask')
  const lines = await signedLines(house('off'))
  const proven = contextFor(at, { lines, context: { scope: 'own' } }, true)
  assert.equal(say(await verifyIdentity.run(proven)), 'next')
  const answer = at.identities.back(proven, response(200))
  assert.match(answer?.identity ?? '', /ppt="?rsp"?$/)
  assert.equal(at.identities.back(proven, response(486)), undefined)
  const unsigned = contextFor(at, { context: { scope: 'own' } }, true)
  assert.equal(say(await verifyIdentity.run(unsigned)), 'next')
  assert.equal(at.identities.back(unsigned, response(200)), undefined)
})

test('STV-13: however many signed responses come to one request, few make us fetch', async () => {
  const lines = await signedLines(house('off'))
  const at = house('off')
  const context = await fromAlice(at, outside)
  await signIdentity.run(context)
  for (let answer = 0; answer < 40; answer++) {
    const by = house('ask', own, `https://certs.example.test/${answer}.pem`)
    const proven = contextFor(by, { lines, context: { scope: 'own' } }, true)
    assert.equal(say(await verifyIdentity.run(proven)), 'next')
    const said = by.identities.back(proven, response(180))
    at.identities.back(context, response(180, [`Identity: ${said?.identity}`, `Date: ${said?.date}`]))
  }
  assert.equal(at.fetched.length, 16)
  assert.match(at.metrics.print(), /aspis_identity_answers_total\{outcome="too-many"\} 1/)
})

test('STV-15: what is no number of the world is not asserted as one', async () => {
  const at = house('ask')
  const context = contextFor(at, { lines: await signedLines(house('off')) }, true)
  assert.equal(say(await verifyIdentity.run(context)), 'next')
  const { identity } = context
  assert.ok(identity?.decision !== undefined)
  const shown = (value: string) => {
    context.identity = { ...identity, decision: { ...decision, caller: { kind: 'tn', value } } }
    return at.identities.on(context, phone, phone.uri)?.pAssertedIdentity
  }
  const { decision } = identity
  assert.deepEqual(shown('442079460001'), ['<tel:+442079460001;verstat=TN-Validation-Passed>'])
  assert.equal(shown('*72'), undefined)
})

test('STV-13: a certificate that cannot be had is 436, and is not asked for again at once', async () => {
  const lines = await signedLines(house('off', own, 'https://certs.example.test/none.pem'))
  const at = house('ask')
  for (const callId of ['c1', 'c2']) {
    const verdict = await verifyIdentity.run(contextFor(at, { lines, callId }, true))
    assert.equal(say(verdict), 'reply 436 credential-fetch-failed')
  }
  assert.equal(at.fetched.length, 1)
})

test('own users are not asked for tokens, and what they bring along goes on', async () => {
  const at = house('demand')
  const context = await fromAlice(at, phone, { lines: ['Identity: x.y.z;info=<https://p.test/>'] })
  assert.equal(say(await verifyIdentity.run(context)), 'next')
})

const TOKEN = makeDialogToken(KEYS, 'AA', {
  callId: 'call-1@192.0.2.1',
  initialFromTag: 'a1',
  callerAor: 'sip:alice@example.test',
  calleeAor: 'sip:bob@example.test',
  callerSource: 'ip:192.0.2.1',
  calleeSource: 'ip:192.0.2.2',
})

test('RFC 9970 §6: in a dialog who signs is the one who began it; another holder of the same domain is refused', async () => {
  const at = house('demand')
  const begin = contextFor(at, { lines: await signedLines(house('off')) }, true)
  assert.equal(say(await verifyIdentity.run(begin)), 'next')
  const inside = async (method: string, signer: Holder | undefined, page = ''): Promise<string> => {
    const token =
      signer === undefined
        ? []
        : [
            `Identity: ${identityValue({
              x5u: `https://certs.example.test/${page}.pem`,
              orig: { uri: 'sip:alice@example.test' },
              dest: { uri: ['sip:bob@example.test'] },
              key: signer.key,
            })}`,
          ]
    const lines = [`Route: <sip:${TOKEN}@192.0.2.99;lr>`, ...token]
    const context = contextFor(at, { method, uri: 'sip:bob@192.0.2.2', toTag: 'b1', lines }, true)
    assert.equal(say(await inDialogProof.run(context)), 'next')
    assert.equal(context.inDialog?.from, 'caller')
    return say(await verifyIdentity.run(context))
  }
  assert.equal(await inside('INVITE', undefined), 'next', 'who was never seen to sign in a dialog need not')
  assert.equal(await inside('UPDATE', own, 'own'), 'next')
  assert.equal(await inside('BYE', other, 'other'), 'reply 438 signer-differs')
  assert.equal(await inside('INVITE', undefined), 'reply 428 no-identity')
  assert.equal(await inside('BYE', undefined), 'next')
})
