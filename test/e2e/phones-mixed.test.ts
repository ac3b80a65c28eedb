import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { type Baresip, startBaresip } from '../support/phones/baresip.ts'
import { type Browser, startBrowser } from '../support/phones/browser.ts'
import { type Linphone, startLinphone } from '../support/phones/linphone.ts'
import { DOMAIN, type PhoneStage, startStage, talk } from '../support/phones/stage.ts'
import { until } from '../support/phones/wait.ts'
import { missing, missingNamespaces } from '../support/programs.ts'

const skip = missing('baresip', 'linphonec', 'chromium', 'tcpdump', 'tshark') || missingNamespaces()
const PASSWORD = 'correct-horse-7'
const HZ = { baresip: 620, linphone: 520, browser: 740 } as const
/** The tones lie 100 Hz apart; a phone that catches up with lost time plays them a little higher. */
const NEAR_HZ = 30
type Kind = keyof typeof HZ

describe('linphone over TLS, JsSIP in Chromium over WSS and baresip over TCP', {
  skip,
  timeout: 120_000,
}, () => {
  let stage: PhoneStage
  let baresip: Baresip
  let linphone: Linphone
  let browser: Browser

  before(async () => {
    stage = await startStage('pm', 3, [
      { name: 'baresip', password: PASSWORD, isMd5: true },
      { name: 'linphone', password: PASSWORD },
      { name: 'browser', password: PASSWORD, isMd5: true },
    ])
    const setup = <K extends Kind>(name: K, host: number) => ({
      ...{ name, password: PASSWORD, domain: DOMAIN, hz: HZ[name], authority: stage.authority },
      namespace: stage.network.hosts[host] ?? '',
      folder: join(stage.folder, name),
    })
    // All three can do what browsers ask for: ICE, DTLS-SRTP, RTCP on the port of RTP.
    const started = await Promise.all([
      startBaresip({
        ...setup('baresip', 1),
        ip: stage.network.ip(1),
        server: stage.network.ip(0),
        transport: 'tcp',
        account: ';mediaenc=dtls_srtp;medianat=ice',
        config: ['rtcp_mux yes', 'call_local_timeout 3'],
        isAnswering: false,
      }),
      startLinphone({ ...setup('linphone', 2), encryption: 'dtls', isAnswering: false }),
      startBrowser({ ...setup('browser', 3), isAnswering: false }),
    ])
    ;[baresip, linphone, browser] = started
  })

  after(async () => {
    await Promise.all([baresip?.stop(), linphone?.stop(), browser?.stop()])
    await stage?.remove()
  })

  async function forgetAll(): Promise<void> {
    baresip.forget()
    linphone.forget()
    await browser.forget()
  }

  /** A test that failed leaves no call behind for the next one. */
  beforeEach(async () => {
    await baresip.command('hangup').catch(() => {})
    linphone.type('terminate all')
    await browser.hangUp().catch(() => {})
    await forgetAll()
  })

  /** What the three can do, in the same words. */
  const phones = {
    baresip: {
      call: (uri: string) => baresip.command('dial', uri),
      rings: async () => void (await baresip.saw('CALL_INCOMING')),
      answer: () => baresip.command('accept'),
      hangUp: () => baresip.command('hangup'),
      refuse: () => baresip.command('hangup'),
      refusal: 486,
      wasRefused: async (status: number) =>
        assert.equal((await baresip.saw('CALL_CLOSED')).param?.slice(0, 3), `${status}`),
      isTalking: async () => void (await baresip.saw('CALL_ESTABLISHED')),
      hasEnded: async () => void (await baresip.saw('CALL_CLOSED')),
      missed: async () => void (await baresip.saw('CALL_CLOSED')),
      unanswered: 486,
      transfer: (uri: string) => baresip.command('transfer', uri),
    },
    linphone: {
      call: async (uri: string) => linphone.type(`call ${uri}`),
      rings: () => linphone.saw('CallIncomingReceived'),
      answer: async () => linphone.type('answer'),
      hangUp: async () => linphone.type('terminate'),
      refuse: async () => linphone.type('terminate'),
      refusal: 603,
      wasRefused: async (status: number) => {
        await linphone.saw('Call(Error|End)')
        assert.equal(linphone.refusal(), `${status}`)
      },
      isTalking: async () => {
        await linphone.saw('CallStreamsRunning')
        linphone.record()
      },
      hasEnded: () => linphone.saw('CallEnd'),
      missed: () => linphone.saw('CallEnd'),
      unanswered: 486,
      transfer: async (uri: string) => linphone.type(`transfer ${uri}`),
    },
    browser: {
      call: (uri: string) => browser.call(uri),
      rings: async () => void (await browser.saw('session:remote')),
      answer: () => browser.answer(),
      hangUp: () => browser.hangUp(),
      refuse: () => browser.hangUp(486),
      refusal: 486,
      wasRefused: async (status: number) =>
        assert.match(await browser.saw('failed'), new RegExp(` ${status}$`)),
      isTalking: async () => void (await browser.saw('confirmed')),
      hasEnded: async () => void (await browser.saw('ended')),
      missed: async () => void (await browser.saw('failed')),
      unanswered: 408,
      transfer: (uri: string) => browser.transfer(uri),
    },
  } as const

  const uriOf = (kind: Kind): string => `sip:${kind}@${DOMAIN}`

  async function call(from: Kind, to: Kind): Promise<void> {
    await phones[from].call(uriOf(to))
    await phones[to].rings()
    await phones[to].answer()
    await Promise.all([phones[from].isTalking(), phones[to].isTalking()])
  }

  /** Measures while the call goes on what the browser hears; the others keep recordings. */
  async function browserHears(hz: number): Promise<void> {
    let loudest = 0
    let heard = await browser.heard()
    const look = async (): Promise<void> => {
      loudest = await browser.loudest()
      heard = await browser.heard()
    }
    await until(
      `${hz} Hz in the browser`,
      () => {
        look().catch(() => {})
        return Math.abs(loudest - hz) <= NEAR_HZ && heard.packets > 25 && heard.energy > 0
      },
      () => `${loudest} Hz, ${JSON.stringify(heard)}\n${browser.output()}\n${baresip.output().slice(-6000)}`,
    )
    assert.match(heard.cipher, /^(SRTP_AES128_CM|SRTP_AEAD|AEAD)/)
  }

  /** Both hear the tone of the other; ends the call. */
  async function assertTalk(one: Kind, other: Kind, hangsUp: Kind): Promise<void> {
    await talk(2)
    if (one === 'browser') await browserHears(HZ[other])
    if (other === 'browser') await browserHears(HZ[one])
    await phones[hangsUp].hangUp()
    await Promise.all([phones[one].hasEnded(), phones[other].hasEnded()])
    for (const [listener, speaker] of [
      [one, other],
      [other, one],
    ] as const) {
      if (listener === 'browser') continue
      const heard = listener === 'baresip' ? baresip.heard(HZ[speaker]) : linphone.heard(HZ[speaker])
      assert.ok(heard.toneSeconds > 1, `${listener} heard ${JSON.stringify(heard)}`)
      assert.ok(Math.abs(heard.hz - HZ[speaker]) <= NEAR_HZ, JSON.stringify(heard))
    }
  }

  test('linphone registers with SHA-256 and finds the name of the server in its certificate', () => {
    assert.match(linphone.log(), /algorithm=SHA-256, opaque="[^"]*", username="linphone"/)
    assert.match(linphone.log(), /Found certificate depth=\[0\], flags=\[\]/)
  })

  const kinds = ['baresip', 'linphone', 'browser'] as const
  const rounds = [
    ['baresip', 'linphone'],
    ['linphone', 'browser'],
    ['browser', 'baresip'],
  ] as const
  const pairs = [
    ['linphone', 'browser'],
    ['browser', 'linphone'],
    ['linphone', 'baresip'],
    ['baresip', 'linphone'],
    ['browser', 'baresip'],
    ['baresip', 'browser'],
  ] as const
  for (const [i, [from, to]] of pairs.entries()) {
    const hangsUp = i % 2 === 0 ? from : to
    test(`${from} calls ${to}: both hear each other, ${hangsUp} hangs up`, async () => {
      await call(from, to)
      await assertTalk(from, to, hangsUp)
    })
  }

  for (const [from, to] of rounds) {
    test(`${from} gives up before ${to} answers: it stops ringing`, async () => {
      await phones[from].call(uriOf(to))
      await phones[to].rings()
      await talk(0.3)
      await phones[from].hangUp()
      await phones[to].missed()
    })

    test(`${from} calls ${to}, who is busy, and then nobody who is known`, async () => {
      await phones[from].call(uriOf(to))
      await phones[to].rings()
      await phones[to].refuse()
      await phones[from].wasRefused(phones[to].refusal)
      await forgetAll()
      await phones[from].call(`sip:nobody@${DOMAIN}`)
      await phones[from].wasRefused(404)
    })

    test(`${from} calls ${to}, who does not answer: it gives up and ${from} is told`, async () => {
      await phones[from].call(uriOf(to))
      await phones[to].rings()
      await phones[from].wasRefused(phones[to].unanswered)
    })
  }

  test('linphone holds the browser by re-INVITE, and comes back', async () => {
    await call('linphone', 'browser')
    await browserHears(HZ.linphone)
    linphone.type('pause')
    await linphone.saw('CallPaused')
    await browser.saw('hold')
    await talk(0.3)
    const before = await browser.heard()
    await talk(1)
    const after = await browser.heard()
    assert.ok(after.sent - before.sent < 5, `${before.sent} packets sent, then ${after.sent}`)
    linphone.type('resume')
    await linphone.saw('CallStreamsRunning')
    await browser.saw('unhold')
    linphone.record()
    await assertTalk('linphone', 'browser', 'browser')
  })

  test('the browser holds linphone by re-INVITE, and comes back', async () => {
    await call('browser', 'linphone')
    await browserHears(HZ.linphone)
    await browser.hold()
    await linphone.saw('CallPausedByRemote')
    await talk(0.3)
    const before = await browser.heard()
    await talk(1)
    const after = await browser.heard()
    assert.ok(after.packets - before.packets < 5, `${before.packets} packets, then ${after.packets}`)
    await browser.resume()
    await linphone.saw('CallStreamsRunning')
    linphone.record()
    await assertTalk('browser', 'linphone', 'linphone')
  })

  for (const [from, to] of rounds) {
    const third = kinds.find(each => each !== from && each !== to) ?? from
    test(`${from} transfers ${to} to ${third} by REFER`, async () => {
      await call(from, to)
      // Recordings of baresip are named by the second in which they begin.
      await talk(1.1)
      await forgetAll()
      await phones[from].transfer(uriOf(third))
      await phones[third].rings()
      await phones[third].answer()
      await Promise.all([phones[to].isTalking(), phones[third].isTalking(), phones[from].hasEnded()])
      await assertTalk(to, third, third)
    })
  }

  test('tshark finds no fault with anything that Aspis sent', async () => {
    const { messages, problems, kinds: sent } = await stage.judge()
    assert.deepEqual(problems, [])
    assert.ok(messages > 200, `${messages}`)
    const requests = ['INVITE', 'ACK', 'BYE', 'CANCEL', 'REFER', 'NOTIFY']
    const statuses = ['100', '180', '200', '202', '401', '404', '407', '408', '486', '487', '603']
    for (const kind of [...requests, ...statuses]) assert.ok((sent.get(kind) ?? 0) > 0, kind)
  })
})
