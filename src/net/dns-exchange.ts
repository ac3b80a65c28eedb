import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import type { Address } from '../base/flow.ts'
import { ipVersion } from '../base/ip-address.ts'
import { readAnswer, type WireAnswer, type WireQuestion, writeQuestion } from './dns-wire.ts'

/** What one question to one server came to. */
export type Exchange =
  | { readonly kind: 'answer'; readonly answer: WireAnswer }
  /** Answers that do not match keep coming: somebody guesses, so ask where guessing is harder. */
  | { readonly kind: 'suspicious' }
  | { readonly kind: 'failed'; readonly why: 'timeout' | 'server-failure' | 'malformed' }

/** Datagrams that do not match before a question moves to TCP. */
const MAX_MISMATCHES = 4
const MAX_TCP_BYTES = 65_535

/**
 * Asks by UDP from a socket of its own: the kernel gives it a random port, and being connected it receives from
 * the server's address and port only.
 * @param timeoutMs how long the server is waited for
 * @param onMismatch called for every datagram that answers something else
 */
export function askByUdp(
  server: Address,
  question: WireQuestion,
  timeoutMs: number,
  onMismatch: () => void,
): Promise<Exchange> {
  return new Promise(resolve => {
    const socket = createSocket(ipVersion(server.ip) === 6 ? 'udp6' : 'udp4')
    let mismatches = 0
    let isOver = false
    const timer = setTimeout(() => finish({ kind: 'failed', why: 'timeout' }), timeoutMs)
    const finish = (exchange: Exchange) => {
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      socket.close()
      resolve(exchange)
    }
    socket.on('error', () => finish({ kind: 'failed', why: 'server-failure' }))
    socket.on('message', bytes => {
      if (isOver) return
      const answer = readAnswer(bytes, question, false)
      if (typeof answer === 'object') return finish({ kind: 'answer', answer })
      onMismatch()
      mismatches += 1
      if (mismatches >= MAX_MISMATCHES) finish({ kind: 'suspicious' })
    })
    socket.once('connect', () => socket.send(writeQuestion(question)))
    socket.connect(server.port, server.ip)
  })
}

/**
 * Asks by TCP (RFC 7766), one question a connection.
 * @param timeoutMs for connecting and answering together
 */
export function askByTcp(server: Address, question: WireQuestion, timeoutMs: number): Promise<Exchange> {
  return new Promise(resolve => {
    const socket = connect(server.port, server.ip)
    const received: Buffer[] = []
    let bytesReceived = 0
    const timer = setTimeout(() => finish({ kind: 'failed', why: 'timeout' }), timeoutMs)
    const finish = (exchange: Exchange) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(exchange)
    }
    socket.once('connect', () => {
      const query = writeQuestion(question)
      const length = Buffer.alloc(2)
      length.writeUInt16BE(query.length)
      socket.write(Buffer.concat([length, query]))
    })
    socket.on('error', () => finish({ kind: 'failed', why: 'server-failure' }))
    socket.once('close', () => finish({ kind: 'failed', why: 'server-failure' }))
    socket.on('data', bytes => {
      received.push(bytes)
      bytesReceived += bytes.length
      const end = 2 + lengthAt(received)
      if (bytesReceived < end) return
      const answer = readAnswer(Buffer.concat(received).subarray(2, end), question, true)
      if (typeof answer === 'object') finish({ kind: 'answer', answer })
      else finish({ kind: 'failed', why: 'malformed' })
    })
  })
}

/** The two octets that tell the length, which may come apart; as much as can be until both are there. */
function lengthAt(chunks: readonly Buffer[]): number {
  const [first, second] = chunks
  const high = first?.[0]
  const low = first?.[1] ?? second?.[0]
  return high === undefined || low === undefined ? MAX_TCP_BYTES : high * 256 + low
}
