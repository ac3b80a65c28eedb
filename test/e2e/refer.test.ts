import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { aspis, type EdgeProcess, ROOT, startEdgeProcess, testFolder } from '../support/edge-process.ts'
import { fieldsOf, importUsers } from '../support/imported-users.ts'
import { makeNetwork, type TestNetwork } from '../support/namespaces.ts'
import { missing, missingNamespaces } from '../support/programs.ts'
import { untilOpen } from '../support/record.ts'
import { runSipp, type Sipp, type SippEnd, startSipp } from '../support/sipp.ts'

const DOMAIN = 'a.test'
const YAML = `
domains: [${DOMAIN}]
listen: [udp://10.99.0.1:5060]
log: {format: json}
refer: {require-token: [own-users]}
`
const SDP =
  'Content-Type: application/sdp\n\nv=0\no=- 1 1 IN IP4 10.99.0.2\ns=-\nc=IN IP4 10.99.0.2\nt=0 0\nm=audio 49170 RTP/AVP 0\n'

const skip = missing('sipp', 'ss') || missingNamespaces()

/** What a referee puts into his INVITE. */
interface Reference {
  /** Value of Referred-By. */
  readonly referredBy: string
  /** The body part with the token; '' when there is none. */
  readonly part: string
}

describe('RFB-12: alice refers bob to carol through Aspis, which demands a proof', { skip }, () => {
  const folder = testFolder('refer')
  const edgeFolder = join(folder, 'edge')
  let network: TestNetwork
  let edge: EdgeProcess
  const running: Sipp[] = []

  before(async () => {
    network = makeNetwork('rf', 2)
    const users = ['alice', 'bob', 'carol', 'dave', 'mallory'].map(name => ({ name, domain: DOMAIN }))
    importUsers(edgeFolder, YAML, users)
    const [namespace = ''] = network.hosts
    edge = await startEdgeProcess({ yaml: YAML, domain: DOMAIN, namespace, folder: edgeFolder })
    for (const name of ['alice', 'mallory'])
      aspis(['cert', 'user', `${name}@${DOMAIN}`, '--out', folder, '-c', join(edgeFolder, 'aspis.yaml')])
    for (const [name, port] of [
      ['bob', 6061],
      ['carol', 6062],
      ['dave', 6063],
    ] as const) {
      const keys = { domain: DOMAIN, params: '' }
      const lines = [fieldsOf({ name, domain: DOMAIN })]
      asWritten(await begin('register', { port, keys, lines, digestUri: DOMAIN }))
    }
  })

  after(async () => {
    for (const sipp of running) sipp.kill()
    await edge?.remove()
    network?.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Runs a scenario of a phone that begins. */
  function begin(
    scenario: string,
    more: { port: number; keys: Record<string, string | number>; lines: string[]; digestUri: string },
  ): Promise<SippEnd> {
    const [, host = ''] = network.hosts
    const place = {
      host,
      ip: network.ip(1),
      towards: '10.99.0.1:5060',
      transport: 'udp',
      t1Ms: 3000,
    } as const
    return runSipp(folder, { scenario, ...place, calls: 1, ...more })
  }

  /** Starts a phone that waits. */
  async function wait(scenario: string, port: number, keys: Record<string, string | number>): Promise<Sipp> {
    const [, host = ''] = network.hosts
    const place = { host, ip: network.ip(1), port, transport: 'udp', t1Ms: 3000 } as const
    const sipp = startSipp(folder, { scenario, ...place, calls: 1, keys })
    running.push(sipp)
    await untilOpen(host, 'udp', port)
    return sipp
  }

  /** The token that somebody makes with his own key. */
  function signed(by: string, referTo = 'carol', referrer = by, more: readonly string[] = []): Reference {
    const at = (ending: string) => join(folder, `${by}@${DOMAIN}.${ending}`)
    const done = spawnSync(
      process.execPath,
      [
        ...[join(ROOT, 'src/cli/main.ts'), 'smime', 'sign', '--key', at('key'), '--certificate', at('pem')],
        ...['--refer-to', `<sip:${referTo}@${DOMAIN}>`, '--referrer', `sip:${referrer}@${DOMAIN}`, ...more],
      ],
      { encoding: 'latin1' },
    )
    assert.equal(done.status, 0, done.stderr)
    return { referredBy: done.stderr.trim().replace('Referred-By: ', ''), part: done.stdout }
  }

  /** The keys of a scenario: SIPp ends lines with CR LF by itself. */
  function carrying({ referredBy, part }: Reference, more: readonly string[] = []) {
    const parts = part === '' ? [SDP] : [SDP, part.replaceAll('\r\n', '\n')]
    return {
      domain: DOMAIN,
      reference: [`Referred-By: ${referredBy}`, ...more].join('\n'),
      type: 'multipart/mixed;boundary=whole',
      body: `${parts.map(each => `--whole\n${each}\n`).join('')}--whole--`,
    }
  }

  /** Bob calls as he was referred, or says that he was. */
  async function call(
    scenario: string,
    reference: Reference,
    callee = 'carol',
    by = 'bob',
  ): Promise<SippEnd> {
    return begin(scenario, {
      port: 6070,
      keys: { ...carrying(reference), callee: `${callee}@${DOMAIN}`, talk: 100, linger: 100 },
      lines: [fieldsOf({ name: by, domain: DOMAIN })],
      digestUri: `${callee}@${DOMAIN}`,
    })
  }

  async function isRefused(why: string, reference: Reference, callee?: string, by?: string): Promise<void> {
    const line = `aspis_requests_refused_total{reason="${why}"}`
    const before = edge.metric(line)
    asWritten(await call('referred-refused', reference, callee, by))
    assert.equal(edge.metric(line), before + 1, why)
  }

  it('the token that alice sends with her REFER lets the call of bob through to carol, once', async () => {
    const token = signed('alice')
    const cid = /cid="([^"]+)"/.exec(token.referredBy)?.[1] ?? ''
    const bob = await wait('referee', 6061, { cid, linger: 100 })
    asWritten(
      await begin('refer', {
        port: 6070,
        keys: {
          ...carrying(token, [`Refer-To: <sip:carol@${DOMAIN}>`]),
          callee: `bob@${DOMAIN}`,
          status: 200,
        },
        lines: [fieldsOf({ name: 'alice', domain: DOMAIN })],
        digestUri: `bob@${DOMAIN}`,
      }),
    )
    asWritten(await bob.ended)
    const carol = await wait('answer', 6062, { ring: 50, linger: 100 })
    asWritten(await call('referred-call', token))
    asWritten(await carol.ended)
    assert.equal(edge.metric('aspis_references_total{outcome="verified"}'), 1)
    await isRefused('token-used', token)
    await isRefused('token-used', token, 'carol', 'mallory')
  })

  it('a reference without token is refused where one is demanded', async () => {
    await isRefused('referrer-token-missing', { referredBy: `<sip:alice@${DOMAIN}>`, part: '' })
    await isRefused('token-not-there', { referredBy: signed('alice').referredBy, part: '' })
  })

  it('RFB-02: the referrer is told that a proof is demanded: bob passes the 429 on in a NOTIFY', async () => {
    const bob = await wait('referee-tells', 6061, { callee: `bob@${DOMAIN}`, linger: 100 })
    const told = await begin('refer-told', {
      port: 6070,
      keys: {
        ...carrying({ referredBy: `<sip:alice@${DOMAIN}>`, part: '' }, [`Refer-To: <sip:carol@${DOMAIN}>`]),
        callee: `bob@${DOMAIN}`,
      },
      lines: [fieldsOf({ name: 'alice', domain: DOMAIN })],
      digestUri: `bob@${DOMAIN}`,
    })
    asWritten(told)
    asWritten(await bob.ended)
  })

  it('a forged reference is refused: signed by somebody else, or with another name in the header', async () => {
    await isRefused('token-of-another-signer', signed('mallory', 'carol', 'alice'))
    const token = signed('mallory')
    const named = token.referredBy.replace('mallory', 'alice')
    await isRefused('token-of-another-referrer', { ...token, referredBy: named })
  })

  it('a token that was edited on the way is refused', async () => {
    const token = signed('alice', 'dave')
    await isRefused('content-changed', { ...token, part: token.part.replace('sip:dave@', 'sip:carol@') })
  })

  it('a token copied into a call for somebody else is refused, and so is one of another referee', async () => {
    await isRefused('token-for-another-target', signed('alice'), 'dave')
    const forBob = signed('alice', 'carol', 'alice', ['--referee', `<sip:bob@${DOMAIN}>`])
    await isRefused('token-for-another-referee', forBob, 'carol', 'mallory')
  })

  it('who forged is written to the log, and a REFER in the name of somebody else does not reach bob', async () => {
    const refused = await begin('refer', {
      port: 6070,
      keys: {
        ...carrying(signed('mallory', 'carol', 'alice'), [`Refer-To: <sip:carol@${DOMAIN}>`]),
        callee: `bob@${DOMAIN}`,
        status: 403,
      },
      lines: [fieldsOf({ name: 'mallory', domain: DOMAIN })],
      digestUri: `bob@${DOMAIN}`,
    })
    asWritten(refused)
    assert.match(edge.output(), /"name":"reference-referred-by-not-yours"/)
    assert.match(edge.output(), /"name":"reference-token-of-another-signer"/)
  })

  it('D08: a REFER to where its sender may not call does not reach bob, whoever pays for it', async () => {
    for (const target of ['sip:+4490@premium.test', `sip:+4490@${DOMAIN}`]) {
      const refused = await begin('refer', {
        port: 6070,
        keys: {
          domain: DOMAIN,
          callee: `bob@${DOMAIN}`,
          reference: `Refer-To: <${target}>`,
          type: 'text/plain',
          body: '',
          status: 403,
        },
        lines: [fieldsOf({ name: 'mallory', domain: DOMAIN })],
        digestUri: `bob@${DOMAIN}`,
      })
      asWritten(refused)
    }
    assert.equal(edge.metric('aspis_requests_refused_total{reason="refer-not-allowed"}'), 2)
  })

  it('aspis smime verify says of a message what is wrong with its token', () => {
    const token = signed('alice')
    const file = join(folder, 'invite.sip')
    const write = (target: string) => {
      const { reference, type, body } = carrying(token)
      const lines = [
        `INVITE sip:${target}@${DOMAIN} SIP/2.0`,
        'Via: SIP/2.0/UDP 10.99.0.2;branch=z9hG4bK1',
        'Max-Forwards: 70',
        `From: <sip:bob@${DOMAIN}>;tag=1`,
        `To: <sip:${target}@${DOMAIN}>`,
        'Call-ID: 1',
        'CSeq: 1 INVITE',
        reference,
        `Content-Type: ${type}`,
        `Content-Length: ${body.length + body.split('\n').length - 1}`,
        '',
        body,
      ]
      spawnSync('tee', [file], { input: lines.join('\n'), stdio: ['pipe', 'ignore', 'ignore'] })
    }
    const verify = () =>
      spawnSync(
        process.execPath,
        [join(ROOT, 'src/cli/main.ts'), 'smime', 'verify', file, '-c', join(edgeFolder, 'aspis.yaml')],
        { encoding: 'utf8' },
      )
    write('carol')
    const good = verify()
    assert.equal(good.status, 0, good.stdout + good.stderr)
    assert.match(good.stdout, /good: sip:alice@a\.test asked for this request/)
    write('dave')
    const bad = verify()
    assert.equal(bad.status, 1)
    assert.match(bad.stdout, /another target, method or dialog \(token-for-another-target\)/)
    assert.ok(readFileSync(file, 'latin1').includes('dave'))
  })
})

function asWritten(end: SippEnd): void {
  assert.deepEqual(
    { exitCode: end.exitCode, errors: end.errors, successful: end.successful, unexpected: end.unexpected },
    { exitCode: 0, errors: '', successful: 1, unexpected: 0 },
    end.messages.map(message => `${message.direction} ${message.startLine}`).join('\n'),
  )
}
