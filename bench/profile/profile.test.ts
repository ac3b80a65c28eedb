import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountOf } from './account.ts'
import { type CpuProfile, pathOf, readProfile, shareWithin, splitOf } from './profile.ts'
import { roomOf } from './rooms.ts'

const at = (functionName: string, url: string) => ({ functionName, url, lineNumber: 0 })
const profile: CpuProfile = {
  nodes: [
    { id: 1, callFrame: at('(root)', ''), children: [2, 3, 6] },
    { id: 2, callFrame: at('(idle)', '') },
    { id: 3, callFrame: at('forward', 'file:///x/src/sip/proxy/forward.ts'), children: [4] },
    { id: 4, callFrame: at('dialogProof', 'file:///x/src/sip/proxy/dialog-proof.ts'), children: [5] },
    { id: 5, callFrame: at('hash', 'node:internal/crypto/hash') },
    { id: 6, callFrame: at('parseMessage', 'file:///x/src/sip/message/parse.ts') },
  ],
  startTime: 10_000,
  samples: [2, 3, 4, 5, 6, 2],
  timeDeltas: [0, 500, 100, 200, 300, 400],
}

test('idle time is nobody’s, and the rest goes to the rooms', () => {
  const split = splitOf([profile])
  assert.equal(split.busyUs, 1000)
  assert.deepEqual(
    [...split.rooms],
    [
      ['proxy', 300],
      ['digest and hashes', 300],
      ['parse', 400],
    ],
  )
  assert.equal(split.functions[0]?.name, 'parseMessage src/sip/message/parse.ts')
})

test('what a file costs includes what it calls', () => {
  assert.equal(
    shareWithin([profile], path => path === 'src/sip/proxy/dialog-proof.ts'),
    0.5,
  )
  assert.equal(
    shareWithin([profile], path => path === 'src/sip/none.ts'),
    0,
  )
})

test('what is outside of the windows is left out', () => {
  // Samples at 10,500 (forward), 10,600 (dialogProof), 10,800 (hash), 11,100 (parseMessage).
  assert.equal(splitOf([profile], [{ fromUs: 10_600, toUs: 11_000 }]).busyUs, 500)
})

test('time that the profiler did not see is native, and the kernel’s part of that is told by the kernel', () => {
  const account = accountOf(splitOf([profile]), { totalUs: 2000, kernelShare: 0.3 })
  const shareOf = (name: string) => account.rooms.find(({ room }) => room === name)?.share
  assert.equal(shareOf('parse'), 0.2)
  assert.equal(shareOf('kernel'), 0.3)
  assert.equal(shareOf('runtime, other threads'), 0.2)
  assert.equal(account.functions[0]?.share, 0.2)
})

test('shares add up to one, even where the kernel claims more than the profiler left', () => {
  for (const kernelShare of [0, 0.3, 0.9]) {
    const { rooms } = accountOf(splitOf([profile]), { totalUs: 1200, kernelShare })
    assert.ok(Math.abs(rooms.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-9)
  }
})

test('a function is named by its place in the checkout, wherever that lies', () => {
  assert.equal(pathOf('file:///home/x/bench/parse.ts'), 'bench/parse.ts')
  assert.equal(pathOf('file:///home/x/src/sip/uri/uri.ts'), 'src/sip/uri/uri.ts')
  assert.equal(pathOf('file:///home/x/run.mjs'), 'run.mjs')
  assert.equal(pathOf('node:events'), 'node:events')
})

test('writing is not parsing, and native code is the kernel’s', () => {
  assert.equal(roomOf({ functionName: 'f', url: 'file:///x/src/sip/message/write.ts' }), 'write')
  assert.equal(roomOf({ functionName: 'send', url: '' }), 'native code')
  assert.equal(roomOf({ functionName: 'f', url: 'node:dgram' }), 'sockets')
})

test('what is no profile is refused', () => {
  assert.throws(() => readProfile('{"nodes": 1}'))
  assert.deepEqual(readProfile(JSON.stringify(profile)), profile)
})
