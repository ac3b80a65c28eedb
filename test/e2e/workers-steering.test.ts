import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { loadNative } from '../../src/net/udp-native.ts'
import { missing } from '../support/programs.ts'
import { ask, type SipPeer, statusOf, udpPeer } from '../support/sip-peer.ts'
import { answerTo, establish, inCall, isRequest, registerOf } from '../support/sip-requests.ts'
import { aorOf, OPEN, peersOfBoth, startWorkersEdge, until, workerIds, workerOf } from '../support/workers.ts'

const CALLS = 5

const native = loadNative()
const skip = native.ok ? missing('curl') : `the native module: ${native.error}`

describe('workers that the system picks by what a datagram says', { skip }, () => {
  const closing: (() => Promise<void> | void)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })

  it('a response comes to the worker of its transaction: nothing is handed over', async () => {
    const { edge, port } = await startWorkersEdge(4, OPEN)
    closing.push(() => edge.remove())
    await until(() => /"event":"workers-chosen".*"by":"branch"/.test(edge.output()), 'workers-chosen')
    const [[caller], [callee]] = await peersOfBoth(1, async () => {
      const peer = await udpPeer(port)
      closing.push(() => peer.close())
      return peer
    })
    assert.ok(caller && callee)
    await register(callee, 1)
    for (let calls = 0; calls < CALLS; calls += 1) await callAndHangUp(caller, callee)
    assert.equal(edge.metric('aspis_handed_over_total{kind="response"}'), 0)
    assert.equal(edge.metric('aspis_responses_stray_total'), 0)
  })

  it('when a worker dies the phones of the other stay, and its own come back to it', async () => {
    const { edge, port } = await startWorkersEdge(4, OPEN)
    closing.push(() => edge.remove())
    const [ofFirst, ofSecond] = await peersOfBoth(4, async () => {
      const peer = await udpPeer(port)
      closing.push(() => peer.close())
      return peer
    })
    process.kill(workerIds(edge)[0] ?? 0, 'SIGKILL')
    await until(() => edge.metric('aspis_worker_restarts_total') === 1, 'a restart')
    await until(() => edge.metric('aspis_workers') === 2, 'two workers again')
    await until(() => edge.output().includes('"event":"worker-serving"'), 'worker-serving')
    for (const peer of ofSecond) assert.equal(await workerOf(peer), 1)
    for (const peer of ofFirst) assert.equal(await workerOf(peer), 0)
  })
})

async function register(phone: SipPeer, user: number): Promise<void> {
  const text = registerOf(phone, aorOf(user), { contact: `<sip:x@${phone.host}>;expires=600` })
  assert.equal(statusOf(await ask(phone, text)), 200)
}

async function callAndHangUp(caller: SipPeer, callee: SipPeer): Promise<void> {
  const call = await establish(caller, callee, aorOf(0), aorOf(1))
  const bye = ask(caller, inCall(caller, call, 'BYE', aorOf(0), aorOf(1), 2))
  callee.send(answerTo(callee, await callee.next('BYE', isRequest('BYE', call.dialog.callId)), 200, ''))
  assert.equal(statusOf(await bye), 200)
}
