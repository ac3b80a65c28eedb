import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { testFolder } from './edge-process.ts'
import { missing } from './programs.ts'
import { requestText } from './sip-text.ts'
import { type Judgement, judge, writeCapture } from './tshark.ts'

const skip = missing('tshark')

function judged(...texts: readonly string[]): Judgement {
  const folder = testFolder('tshark')
  try {
    const file = join(folder, 'texts.pcap')
    writeCapture(file, texts)
    return judge(file)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('the judge counts sound messages and finds no fault with them', { skip }, () => {
  const { messages, problems, kinds } = judged(requestText(), requestText({ method: 'BYE' }))
  assert.equal(messages, 2)
  assert.deepEqual(problems, [])
  assert.equal(kinds.get('BYE'), 1)
})

test('the judge names a message whose length is no number, and a header without a colon', { skip }, () => {
  const wrongLength = requestText().replace('Content-Length: 0', 'Content-Length: many')
  const noColon = requestText({ lines: ['This line has none'] })
  assert.notDeepEqual(judged(wrongLength).problems, [])
  assert.notDeepEqual(judged(noColon).problems, [])
})

test('the judge names a datagram on a SIP port that is no SIP', { skip }, () => {
  assert.match(judged('something else altogether\r\n').problems.join('\n'), /no SIP|malformed/)
})
