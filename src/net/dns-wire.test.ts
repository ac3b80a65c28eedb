import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decode, encode } from 'dns-packet'
import fc from 'fast-check'
import { isAskable, readAnswer, type WireQuestion, writeQuestion } from './dns-wire.ts'

const question: WireQuestion = { id: 0x1234, name: 'wWw.ExAmPle.test', type: 'SRV' }
const srv = { priority: 1, weight: 2, port: 5061, target: 'a.example.test' }
const whole = encode({
  type: 'response',
  id: question.id,
  questions: [{ name: question.name, type: 'SRV', class: 'IN' }],
  answers: [
    { name: question.name, type: 'CNAME', class: 'IN', ttl: 5, data: 'real.example.test' },
    { name: 'real.example.test', type: 'SRV', class: 'IN', ttl: 9, data: srv },
    { name: 'real.example.test', type: 'TXT', class: 'IN', ttl: 9, data: ['x'] },
  ],
})

describe('answers of DNS are bytes from a stranger', () => {
  it('a whole answer is read, with owners in lower case and only the types that are known', () => {
    const answer = readAnswer(whole, question, false)
    assert.ok(typeof answer === 'object')
    assert.deepEqual(answer.records, [
      { owner: 'www.example.test', ttlSeconds: 5, record: { type: 'CNAME', target: 'real.example.test' } },
      { owner: 'real.example.test', ttlSeconds: 9, record: { type: 'SRV', ...srv } },
    ])
  })

  it('no bytes throw, and no record of cut or changed bytes has a name that cannot be asked for', () => {
    const changed = fc
      .tuple(fc.integer({ min: 2, max: whole.length - 1 }), fc.nat(255), fc.nat(whole.length))
      .map(([at, value, length]) => {
        const bytes = Buffer.from(whole)
        bytes[at] = value
        return bytes.subarray(0, Math.max(length, 2))
      })
    const random = fc
      .uint8Array({ maxLength: 200 })
      .map(bytes => Buffer.concat([whole.subarray(0, 2), bytes]))
    fc.assert(
      fc.property(fc.oneof(changed, random), fc.boolean(), (bytes, isStream) => {
        const answer = readAnswer(bytes, question, isStream)
        if (typeof answer === 'string') return
        for (const { record } of answer.records) {
          const target = record.type === 'CNAME' || record.type === 'SRV' ? record.target : ''
          assert.ok(target === '' || isAskable(target))
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('the case of the letters counts in a datagram, and not in a stream', () => {
    const lower = { ...question, name: question.name.toLowerCase() }
    assert.equal(readAnswer(whole, lower, false), 'mismatch')
    assert.ok(typeof readAnswer(whole, lower, true) === 'object')
  })

  it('a question is written with its ID, name and type, and nothing else', () => {
    const written = decode(writeQuestion(question))
    assert.equal(written.id, question.id)
    assert.deepEqual(written.questions, [{ name: question.name, type: 'SRV', class: 'IN' }])
    assert.equal(written.answers?.length, 0)
  })
})
