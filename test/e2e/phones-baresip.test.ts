import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { type Baresip, startBaresip } from '../support/phones/baresip.ts'
import { type RtpRecording, recordRtp } from '../support/phones/rtp.ts'
import { DOMAIN, type PhoneStage, startStage, talk } from '../support/phones/stage.ts'
import { missing, missingNamespaces } from '../support/programs.ts'

const skip = missing('baresip', 'tcpdump', 'tshark') || missingNamespaces()
const TRANSPORTS = ['tls', 'udp', 'tcp'] as const
/** Every phone has a tone of its own, so that a recording tells whom it heard. */
const PHONES = TRANSPORTS.flatMap((transport, i) => [
  { name: `anna-${transport}`, transport, hz: 440 + 20 * i },
  { name: `ben-${transport}`, transport, hz: 640 + 20 * i },
])
const PASSWORD = 'correct-horse-7'

describe('baresip, which knows MD5 only, over TLS, UDP and TCP', { skip, timeout: 90_000 }, () => {
  let stage: PhoneStage
  const phones = new Map<string, Baresip & { readonly hz: number }>()
  const phone = (name: string): Baresip & { readonly hz: number } => {
    const found = phones.get(name)
    assert.ok(found, name)
    return found
  }

  before(async () => {
    const users = [...PHONES, { name: 'absent' }].map(({ name }) => ({
      name,
      password: PASSWORD,
      isMd5: true,
    }))
    stage = await startStage('pb', PHONES.length, users)
    await Promise.all(
      PHONES.map(async ({ name, transport, hz }, i) => {
        const started = await startBaresip({
          ...{ name, transport, hz, password: PASSWORD, domain: DOMAIN, authority: stage.authority },
          namespace: stage.network.hosts[i + 1] ?? '',
          ip: stage.network.ip(i + 1),
          server: stage.network.ip(0),
          folder: join(stage.folder, name),
          isAnswering: name.startsWith('ben'),
          config: ['call_local_timeout 4'],
        })
        phones.set(name, { ...started, hz })
      }),
    )
  })

  after(async () => {
    await Promise.all([...phones.values()].map(each => each.stop()))
    await stage?.remove()
  })

  beforeEach(() => {
    for (const each of phones.values()) each.forget()
  })

  async function call(
    from: string,
    to: string,
  ): Promise<readonly [Baresip & { hz: number }, Baresip & { hz: number }]> {
    const [caller, callee] = [phone(from), phone(to)]
    await caller.command('dial', callee.uri)
    await Promise.all([caller.saw('CALL_ESTABLISHED'), callee.saw('CALL_ESTABLISHED')])
    return [caller, callee]
  }

  function record(name: string): Promise<RtpRecording> {
    const host = PHONES.findIndex(each => each.name === name) + 1
    return recordRtp(stage.network.hosts[host] ?? '', stage.network.ip(host))
  }

  function assertHeard(listener: Baresip, hz: number, seconds: number): void {
    const heard = listener.heard(hz)
    assert.ok(heard.toneSeconds >= seconds, `${listener.uri}: ${JSON.stringify(heard)}\n${listener.output()}`)
    assert.ok(Math.abs(heard.hz - hz) <= 5, JSON.stringify(heard))
  }

  for (const by of ['the caller', 'the callee']) {
    for (const shift of [0, 1]) {
      const pairs = TRANSPORTS.map((from, i) => [from, TRANSPORTS[(i + shift) % 3] ?? from] as const)
      const names = pairs.map(([from, to]) => `${from} to ${to}`).join(', ')
      test(`${names}: both hear each other until ${by} hangs up`, async () => {
        await Promise.all(
          pairs.map(async ([from, to]) => {
            const [caller, callee] = await call(`anna-${from}`, `ben-${to}`)
            await talk(1.5)
            const [first, second] = by === 'the caller' ? [caller, callee] : [callee, caller]
            await first.command('hangup')
            await second.saw('CALL_CLOSED')
            assertHeard(caller, callee.hz, 1)
            assertHeard(callee, caller.hz, 1)
          }),
        )
      })
    }
  }

  test('a caller who gives up before the answer: the other phone stops ringing', async () => {
    await Promise.all(
      TRANSPORTS.map(async (from, i) => {
        // Annas do not answer by themselves.
        const [caller, callee] = [phone(`ben-${from}`), phone(`anna-${TRANSPORTS[(i + 1) % 3]}`)]
        await caller.command('dial', callee.uri)
        await callee.saw('CALL_INCOMING')
        await caller.saw('CALL_RINGING')
        await caller.command('hangup')
        await callee.saw('CALL_CLOSED')
      }),
    )
  })

  test('a busy phone: the caller gets its 486', async () => {
    const [caller, callee] = [phone('ben-tls'), phone('anna-udp')]
    await caller.command('dial', callee.uri)
    await callee.saw('CALL_INCOMING')
    await callee.command('hangup')
    assert.match((await caller.saw('CALL_CLOSED')).param ?? '', /^486 /)
  })

  test('nobody answers: the phone that rang gives up, and the caller is told', async () => {
    const [caller, callee] = [phone('ben-udp'), phone('anna-tls')]
    await caller.command('dial', callee.uri)
    await callee.saw('CALL_INCOMING')
    await callee.saw('CALL_CLOSED')
    assert.match((await caller.saw('CALL_CLOSED')).param ?? '', /^4(08|80|86) /)
  })

  test('an unknown user: 404, and a known one without a phone: 480', async () => {
    const caller = phone('anna-tcp')
    for (const [name, status] of [
      ['nobody', '404'],
      ['absent', '480'],
    ]) {
      await caller.command('dial', `sip:${name}@${DOMAIN}`)
      assert.equal((await caller.saw('CALL_CLOSED')).param?.slice(0, 3), status)
    }
  })

  for (const holder of ['caller', 'callee']) {
    test(`hold and resume by re-INVITE of the ${holder}, one over TLS, one over UDP`, async () => {
      const recordings = await Promise.all(['anna-tls', 'ben-udp'].map(name => record(name)))
      const [caller, callee] = await call('anna-tls', 'ben-udp')
      const [holding, held] = holder === 'caller' ? [caller, callee] : [callee, caller]
      await talk(1.5)
      const part = (): void => {
        for (const each of recordings) each.part()
      }
      await holding.command('hold')
      await talk(0.3)
      part()
      await talk(1.2)
      part()
      await holding.command('resume')
      await talk(1.5)
      await caller.command('hangup')
      await callee.saw('CALL_CLOSED')
      const [byAnna, byBen] = [recordings[0]?.stop(callee.hz), recordings[1]?.stop(caller.hz)]
      const heard = await Promise.all(holder === 'caller' ? [byAnna, byBen] : [byBen, byAnna])
      const [byHolding = [], byHeld = []] = heard.map(parts => parts?.map(each => each.toneSeconds) ?? [])
      const all = JSON.stringify({ byHolding, byHeld })
      for (const by of [byHolding, byHeld]) assert.ok((by[0] ?? 0) > 1 && (by[2] ?? 0) > 1, all)
      assert.equal(byHolding[1], 0, `who holds hears nothing: ${all}\n${held.output()}`)
    })
  }

  test('tshark finds no fault with anything that Aspis sent', async () => {
    const { messages, problems, kinds } = await stage.judge()
    assert.deepEqual(problems, [])
    assert.ok(messages > 150, `${messages}`)
    for (const kind of [
      'INVITE',
      'ACK',
      'BYE',
      'CANCEL',
      '100',
      '180',
      '200',
      '401',
      '404',
      '407',
      '486',
      '487',
    ]) {
      assert.ok((kinds.get(kind) ?? 0) > 0, kind)
    }
  })
})
