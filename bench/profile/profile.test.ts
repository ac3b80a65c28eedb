import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CpuProfile, readProfile, shareWithin, splitOf } from './profile.ts'
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

test('warm-up is left out', () => {
  assert.equal(splitOf([profile], 0.5).busyUs, 700)
})

test('writing is not parsing, and native code is the kernel’s', () => {
  assert.equal(roomOf({ functionName: 'f', url: 'file:///x/src/sip/message/write.ts' }), 'write')
  assert.equal(roomOf({ functionName: 'send', url: '' }), 'kernel and runtime')
  assert.equal(roomOf({ functionName: 'f', url: 'node:dgram' }), 'sockets')
})

test('what is no profile is refused', () => {
  assert.throws(() => readProfile('{"nodes": 1}'))
  assert.deepEqual(readProfile(JSON.stringify(profile)), profile)
})
