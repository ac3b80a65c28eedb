import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  branchMark,
  MAX_WORKERS,
  tokenMark,
  workerOfBranch,
  workerOfResponse,
  workerOfTokenMark,
} from './mark.ts'

const node = fc.integer({ min: 0, max: 255 })
const worker = fc.integer({ min: 0, max: MAX_WORKERS - 1 })
const ways = fc.constantFrom('Via: ', 'v:', 'VIA : ', 'V:\t')
const responseWith = (start: string, branch: string): string =>
  `SIP/2.0 200 OK\r\n${start}SIP/2.0/UDP 192.0.2.1:5060;branch=${branch}\r\nCall-ID: z9hG4bK0101x\r\n\r\n`

test('the worker that made a branch is read from it, and from a response as it comes', () => {
  fc.assert(
    fc.property(node, worker, ways, (ofNode, ofWorker, start) => {
      const branch = `z9hG4bK${branchMark(ofNode, ofWorker)}8f3c.0123456789abcdef`
      assert.equal(workerOfBranch(branch, ofNode), ofWorker)
      assert.equal(workerOfResponse(responseWith(start, branch), ofNode), ofWorker)
      assert.equal(workerOfBranch(branch, ofNode ^ 1), undefined)
      assert.equal(workerOfResponse(responseWith(start, branch), ofNode ^ 1), undefined)
    }),
  )
})

test('the worker is read from the mark in a dialog token, another server has none', () => {
  fc.assert(
    fc.property(node, worker, (ofNode, ofWorker) => {
      const mark = tokenMark(ofNode, ofWorker)
      assert.match(mark, /^[A-Za-z0-9_-]{2}$/)
      assert.equal(workerOfTokenMark(mark, ofNode), ofWorker)
      assert.equal(workerOfTokenMark(mark, ofNode ^ 1), undefined)
    }),
  )
})

test('a response that is not written as nearly all are names nobody, and the parser looks', () => {
  const branch = `z9hG4bK${branchMark(7, 1)}8f3c`
  const unclear = [
    responseWith('Call-Info: ', branch),
    responseWith('Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKother, ', branch).replace('z9hG4bKother', 'other'),
    `SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1\r\nCall-ID: ${branch}\r\n\r\n`,
    `INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=${branch}\r\n\r\n`,
    `SIP/2.0 200 OK`,
    '',
  ]
  for (const text of unclear) assert.equal(workerOfResponse(text, 7), undefined, text)
  for (const other of ['z9hG4bK0', 'z9hG4bK07ff', 'z9hG4bK07xy', 'z9hG4bk0701', '']) {
    assert.equal(workerOfBranch(other, 7), undefined, other)
  }
})
