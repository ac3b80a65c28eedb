import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, it } from 'node:test'
import type { EdgeProcess } from '../support/edge-process.ts'
import { missing } from '../support/programs.ts'
import { ask, headersOf, type SipPeer, statusOf, streamPeer, udpPeer } from '../support/sip-peer.ts'
import {
  answerTo,
  type Call,
  establish,
  inCall,
  isRequest,
  newDialog,
  registerOf,
} from '../support/sip-requests.ts'
import { aorOf, OPEN, peersOfBoth, startWorkersEdge, until, workerIds } from '../support/workers.ts'

const USERS = 8
const CALLS = 10

describe('the life of two workers', { skip: missing('curl') }, () => {
  const closing: (() => Promise<void> | void)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })
  const serve = async (more = '') => {
    const server = await startWorkersEdge(USERS, `${OPEN}\n${more}`)
    closing.push(() => server.edge.remove())
    return server
  }
  const opened = async (peer: Promise<SipPeer>): Promise<SipPeer> => {
    const made = await peer
    closing.push(() => {
      if (made.transport === 'UDP' || !made.isClosed) made.close()
    })
    return made
  }

  it('one that is killed costs its own calls in progress; the others go on, it is started again and that is said', async () => {
    const { edge, port, tlsPort } = await serve()
    const udp = (): Promise<SipPeer> => opened(udpPeer(port))
    const [[caller, callee], [strange]] = await peersOfBoth(2, udp)
    const [, [onStream]] = await peersOfBoth(1, () => opened(streamPeer(tlsPort, 'work.test')))
    assert.ok(caller && callee && strange && onStream)
    await register(callee, 1)
    await register(onStream, 2, ';transport=tls')
    assert.equal((await contactsOf(caller, 2)).length, 1)
    const calls: Call[] = []
    for (let i = 0; i < CALLS; i += 1) calls.push(await establish(caller, callee, aorOf(0), aorOf(1)))
    const [first = 0, second = 0] = workerIds(edge)

    let isOver = false
    const load = (async (): Promise<number> => {
      let done = 0
      for (; !isOver; done += 1)
        await hangUp(caller, callee, await establish(caller, callee, aorOf(0), aorOf(1)))
      return done
    })()
    process.kill(second, 'SIGKILL')
    await until(() => edge.output().includes('"event":"worker-died"'), 'worker-died')
    for (const call of calls) await hangUp(caller, callee, call)
    await until(() => edge.metric('aspis_workers') === 2, 'two workers again')
    // What is written and what is counted come by two ways: on a busy machine the count may be the first.
    await until(() => /"event":"worker-serving".*"worker":1/.test(edge.output()), 'worker-serving')
    isOver = true
    assert.ok((await load) > 0)

    assert.match(edge.output(), /"event":"worker-died".*"worker":1.*"how":"SIGKILL"/)
    assert.equal(edge.metric('aspis_worker_restarts_total'), 1)
    const [stayed, started] = workerIds(edge)
    assert.equal(stayed, first)
    assert.notEqual(started, second)
    await until(() => onStream.isClosed, 'the end of the connection')
    assert.deepEqual(await contactsOf(caller, 2), [], 'who was registered by a connection that is gone')
    assert.equal(edge.admin('/readyz'), 'ready\n')

    // The new one serves as the old one did.
    await peersOfBoth(1, udp)
    await register(strange, 3)
    await hangUp(callee, strange, await establish(callee, strange, aorOf(1), aorOf(3)), 1, 3)
  })

  it('when the primary dies no worker is left', async () => {
    const { edge } = await serve()
    const ids = workerIds(edge)
    assert.equal(ids.length, 2)
    edge.process.kill('SIGKILL')
    await until(() => !ids.some(isAlive), 'the end of the workers')
  })

  it('one that dies again and again is told of, and the other serves on', async () => {
    const { edge, port } = await serve()
    const [phone] = (await peersOfBoth(1, () => opened(udpPeer(port))))[0]
    assert.ok(phone)
    for (let deaths = 0; deaths < 3; deaths += 1) {
      await until(() => edge.metric('aspis_workers') === 2, 'two workers')
      process.kill(workerIds(edge)[1] ?? 0, 'SIGKILL')
      await until(() => edge.metric('aspis_workers') === 1, 'one worker')
      await register(phone, 4)
    }
    const pauses = [...edge.output().matchAll(/"event":"worker-died".*"restartMs":(\d+)/g)].map(([, ms]) =>
      Number(ms),
    )
    assert.deepEqual(pauses, [250, 500, 1000])
  })

  it('one that hangs is ended and started again', async () => {
    const { edge } = await serve()
    process.kill(workerIds(edge)[1] ?? 0, 'SIGSTOP')
    await until(() => edge.output().includes('"event":"worker-hangs"'), 'worker-hangs', 45_000)
    await until(() => edge.metric('aspis_workers') === 2, 'two workers again')
    assert.equal(edge.metric('aspis_worker_restarts_total'), 1)
  })

  it('SIGTERM drains both: new work gets 503, and a call of either may end', async () => {
    const { edge, port } = await serve('timers: {drain: 20s}')
    const [[caller, other], [callee]] = await peersOfBoth(2, () => opened(udpPeer(port)))
    assert.ok(caller && other && callee)
    await register(callee, 1)
    const call = await establish(caller, callee, aorOf(0), aorOf(1))
    // A service manager tells every process, a terminal too: the first one says what to do.
    const ids = workerIds(edge)
    for (const id of ids) for (const signal of ['SIGTERM', 'SIGINT']) process.kill(id, signal)
    const ended = edge.stop('SIGTERM')
    await until(() => edge.admin('/readyz').includes('draining'), 'draining')
    for (const peer of [caller, callee]) {
      const text = registerOf(peer, aorOf(3), { contact: `<sip:x@${peer.host}>` })
      assert.equal(statusOf(await ask(peer, text)), 503)
    }
    assert.equal(edge.process.exitCode, null)
    await hangUp(caller, callee, call)
    assert.equal(await ended, 0)
    assert.ok(!ids.some(isAlive))
  })

  it('SIGHUP: both take over a configuration, or neither does', async () => {
    const { edge, port } = await serve()
    const file = join(edge.folder, 'aspis.yaml')
    const right = readFileSync(file, 'utf8')
    const [[first], [second]] = await peersOfBoth(1, () => opened(udpPeer(port)))
    assert.ok(first && second)
    const unknown = 'sip:u0@more.test'
    const status = async (peer: SipPeer): Promise<number> =>
      statusOf(await ask(peer, registerOf(peer, unknown)))
    writeFileSync(file, right.replace('[work.test]', '[work.test, more.test]'))
    await reload(edge, '"event":"reloaded"')
    for (const peer of [first, second]) assert.equal(await status(peer), 404)
    writeFileSync(file, right.replace('udp://', 'upd://'))
    await reload(edge, '"event":"reload-refused"')
    for (const peer of [first, second]) assert.equal(await status(peer), 404)
    assert.equal(edge.metric('aspis_workers'), 2)
  })
})

async function register(phone: SipPeer, user: number, params = ''): Promise<void> {
  const contact = `<sip:x@${phone.host}${params}>;expires=600`
  const answer = await ask(phone, registerOf(phone, aorOf(user), { contact }))
  assert.equal(statusOf(answer), 200, answer)
}

async function contactsOf(phone: SipPeer, user: number): Promise<readonly string[]> {
  const { callId, fromTag } = newDialog()
  const dialog = { callId: `${'fetch-'.repeat(60)}${callId}`, fromTag }
  const answer = await ask(phone, registerOf(phone, aorOf(user), { dialog }))
  assert.equal(statusOf(answer), 200)
  return headersOf(answer, 'Contact')
}

async function hangUp(caller: SipPeer, callee: SipPeer, call: Call, from = 0, to = 1): Promise<void> {
  const { callId } = call.dialog
  const bye = ask(caller, inCall(caller, call, 'BYE', aorOf(from), aorOf(to), 2))
  callee.send(answerTo(callee, await callee.next('BYE', isRequest('BYE', callId)), 200, ''))
  assert.equal(statusOf(await bye), 200)
}

async function reload(edge: EdgeProcess, event: string): Promise<void> {
  const count = (): number => edge.output().split(event).length
  const before = count()
  edge.process.kill('SIGHUP')
  await until(() => count() > before, event)
}

function isAlive(id: number): boolean {
  try {
    // One that ended and that nobody waited for is a zombie.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${id}/status`, 'utf8'))
  } catch {
    return false
  }
}
