import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import {
  addNumber,
  addOctets,
  addPart,
  DIGEST_CHARS,
  digestHex,
  digestText,
  digestWord,
  finishDigest,
  holdsDigest,
  SipKey,
  sharePrefix,
} from './sip-hash.ts'

const MASK = (1n << 64n) - 1n
const add = (a: bigint, b: bigint): bigint => (a + b) & MASK
const turned = (word: bigint, bits: bigint): bigint => ((word << bits) | (word >> (64n - bits))) & MASK

type State = [bigint, bigint, bigint, bigint]

function round([a, b, c, d]: State): State {
  const a1 = add(a, b)
  const b1 = turned(b, 13n) ^ a1
  const c1 = add(c, d)
  const d1 = turned(d, 16n) ^ c1
  const a2 = add(turned(a1, 32n), d1)
  const c2 = add(c1, b1)
  return [a2, turned(b1, 17n) ^ c2, turned(c2, 32n), turned(d1, 21n) ^ a2]
}

function rounds(count: number, state: State): State {
  return count === 0 ? state : rounds(count - 1, round(state))
}

/** SipHash-2-4-128 as the paper writes it, in numbers of any size: the plain one that the fast one is held against. */
function plainSipHash(key: Buffer, input: Buffer): Buffer {
  const [k0, k1] = [key.readBigUInt64LE(0), key.readBigUInt64LE(8)]
  let v: State = [
    k0 ^ 0x736f6d6570736575n,
    k1 ^ 0x646f72616e646f6dn ^ 0xeen,
    k0 ^ 0x6c7967656e657261n,
    k1 ^ 0x7465646279746573n,
  ]
  const padded = Buffer.alloc((input.length & ~7) + 8)
  input.copy(padded)
  padded[padded.length - 1] = input.length & 255
  for (let at = 0; at < padded.length; at += 8) {
    const word = padded.readBigUInt64LE(at)
    const [a, b, c, d] = rounds(2, [v[0], v[1], v[2], v[3] ^ word])
    v = [a ^ word, b, c, d]
  }
  const out = Buffer.alloc(16)
  v = rounds(4, [v[0], v[1], v[2] ^ 0xeen, v[3]])
  out.writeBigUInt64LE(v[0] ^ v[1] ^ v[2] ^ v[3], 0)
  v = rounds(4, [v[0], v[1] ^ 0xddn, v[2], v[3]])
  out.writeBigUInt64LE(v[0] ^ v[1] ^ v[2] ^ v[3], 8)
  return out
}

function digest(): Buffer {
  const out = Buffer.alloc(16)
  for (const i of [0, 1, 2, 3] as const) out.writeInt32LE(digestWord(i), i * 4)
  return out
}

/** A part as it is hashed: four octets of length, then UTF-8. */
function framed(text: string): Buffer {
  const octets = Buffer.from(text, 'utf8')
  return Buffer.concat([int32(octets.length), octets])
}

function int32(value: number): Buffer {
  const out = Buffer.alloc(4)
  out.writeInt32LE(value | 0)
  return out
}

function ownOf(key: SipKey, ...parts: string[]): Buffer {
  key.begin()
  for (const part of parts) addPart(part)
  finishDigest()
  return digest()
}

const octets16 = fc.uint8Array({ minLength: 16, maxLength: 16 })
const anyText = fc.string({ unit: 'grapheme', maxLength: 60 })

test('the plain SipHash of this test is the one of OpenSSL', context => {
  const key = Buffer.from(Array.from({ length: 16 }, (_, i) => i * 11))
  for (const length of [0, 1, 7, 8, 9, 15, 16, 63, 64, 100, 255, 256, 300]) {
    const input = Buffer.from(Array.from({ length }, (_, i) => (i * 7) & 255))
    const options = ['-macopt', `hexkey:${key.toString('hex')}`, '-macopt', 'size:16']
    const openssl = spawnSync('openssl', ['mac', ...options, 'SIPHASH'], { input, encoding: 'utf8' })
    if (openssl.error !== undefined || openssl.status !== 0) {
      context.skip('no openssl with SipHash')
      return
    }
    assert.equal(openssl.stdout.trim().toLowerCase(), plainSipHash(key, input).toString('hex'))
  }
})

test('the digest is SipHash-2-4 of 128 bits, for every length up to 300 and any key', () => {
  fc.assert(
    fc.property(octets16, fc.nat(255), (octets, shift) => {
      const key = new SipKey(octets)
      for (let length = 0; length <= 300; length++) {
        const text = Array.from({ length }, (_, i) => String.fromCharCode((i * 7 + shift) & 127)).join('')
        assert.deepEqual(ownOf(key, text), plainSipHash(Buffer.from(octets), framed(text)))
      }
    }),
    { numRuns: 3 },
  )
})

test('parts of any text are hashed as UTF-8 with their lengths, numbers as four octets', () => {
  const part = fc.oneof(anyText, fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 }))
  fc.assert(
    fc.property(octets16, fc.array(part, { maxLength: 12 }), (octets, parts) => {
      new SipKey(octets).begin()
      for (const each of parts) typeof each === 'string' ? addPart(each) : addNumber(each)
      finishDigest()
      const input = parts.map(each => (typeof each === 'string' ? framed(each) : int32(each)))
      assert.deepEqual(digest(), plainSipHash(Buffer.from(octets), Buffer.concat(input)))
    }),
  )
})

test('digests that share a prefix are those of the whole text, the prefix filled up to a word', () => {
  fc.assert(
    fc.property(octets16, fc.array(anyText), fc.array(anyText), (octets, prefix, endings) => {
      new SipKey(octets).begin()
      for (const part of prefix) addPart(part)
      sharePrefix()
      const bare = Buffer.concat(prefix.map(framed))
      const filled = Buffer.concat([bare, Buffer.alloc(-bare.length & 7)])
      for (const ending of endings) {
        addPart(ending)
        finishDigest()
        assert.deepEqual(digest(), plainSipHash(Buffer.from(octets), Buffer.concat([filled, framed(ending)])))
      }
    }),
  )
})

test('a text longer than memory is hashed in pieces, and is no other text', () => {
  const key = new SipKey(Buffer.alloc(16, 5))
  const long = 'x'.repeat(300_000)
  const digests = [[long], [`${long}x`], [`y${long}`], [long, ''], ['', long], [long, long]].map(parts =>
    ownOf(key, ...parts).toString('hex'),
  )
  assert.equal(new Set(digests).size, digests.length)
  assert.equal(ownOf(key, long).toString('hex'), digests[0])
  assert.notEqual(
    ownOf(key, 'x'.repeat(4096), 'x').toString('hex'),
    ownOf(key, 'x'.repeat(4097)).toString('hex'),
  )
  const many = Array.from({ length: 200 }, (_, i) => 'ü'.repeat(1000 + i))
  const all = Buffer.concat(many.map(framed))
  assert.deepEqual(ownOf(key, ...many), plainSipHash(Buffer.alloc(16, 5), all))
})

test('the borders between the parts of a digest cannot be moved', () => {
  const key = new SipKey(Buffer.alloc(16, 1))
  assert.notDeepEqual(ownOf(key, 'ab', 'c'), ownOf(key, 'a', 'bc'))
  assert.notDeepEqual(ownOf(key, 'a', ''), ownOf(key, 'a'))
  assert.notDeepEqual(ownOf(key, 'a\0\0\0\0'), ownOf(key, 'a', ''))
})

test('a digest is told as 72 bits of base64url or 64 of hexadecimal, and found in a text', () => {
  fc.assert(
    fc.property(octets16, fc.nat(20), fc.nat(DIGEST_CHARS - 1), (octets, at, wrongAt) => {
      ownOf(new SipKey(octets), 'text')
      const [a = 0, b = 0, c = 0] = [0, 4, 8].map(i => digest().readUInt32LE(i))
      const upper = Buffer.alloc(9)
      for (const [i, word] of [a, b, c].entries()) upper.writeUIntBE(word >>> 8, i * 3, 3)
      assert.equal(digestText(), upper.toString('base64url'))
      assert.equal(digestHex(), [a, b].map(word => word.toString(16).padStart(8, '0')).join(''))
      const held = `${'-'.repeat(at)}${digestText()}`
      assert.ok(holdsDigest(held, at))
      assert.ok(!holdsDigest(held, at + 1))
      assert.ok(!holdsDigest(held.slice(0, -1), at))
      const wrong = held.charAt(at + wrongAt) === 'A' ? 'B' : 'A'
      assert.ok(!holdsDigest(held.slice(0, at + wrongAt) + wrong + held.slice(at + wrongAt + 1), at))
    }),
  )
})

test('the key of a purpose is HMAC-SHA-256 of its label, and never prints', () => {
  const octets = createHmac('sha256', 'master').update('label').digest().subarray(0, 16)
  const key = SipKey.derived('master', 'label')
  assert.deepEqual(ownOf(key, 'x'), ownOf(new SipKey(octets), 'x'))
  assert.notDeepEqual(ownOf(key, 'x'), ownOf(SipKey.derived('master', 'other'), 'x'))
  assert.equal(inspect(key), '[secret]')
  assert.equal(JSON.stringify({ key }), '{"key":"[secret]"}')
})

test('a part that is a range of octets is the same part as its text; what is long or no ASCII is not taken', () => {
  const key = new SipKey(Buffer.alloc(16, 7))
  const digestOf = (add: () => void): string => {
    key.begin()
    addPart('before')
    add()
    addPart('behind')
    finishDigest()
    return digestText()
  }
  const text = fc.string({
    unit: fc.constantFrom('a', 'Z', '@', '\x7f', '\x00', '\xe9', '\xff'),
    maxLength: 100,
  })
  fc.assert(
    fc.property(text, fc.nat(8), (part, lead) => {
      const octets = Buffer.from(`${'x'.repeat(lead)}${part}yy`, 'latin1')
      const isTaken = part.length <= 80 && /^[\0-\x7f]*$/.test(part)
      let taken: boolean | undefined
      const digest = digestOf(() => {
        taken = addOctets(octets, lead, lead + part.length)
        if (!taken) addPart(part)
      })
      assert.equal(taken, isTaken)
      assert.equal(
        digest,
        digestOf(() => addPart(part)),
      )
    }),
  )
})
