import { randomBytes } from 'node:crypto'
import type { Line } from './line/line.ts'

/** How a WebSocket frame is written; what is left out is right for a client (RFC 6455 §5.2). */
export interface FrameWish {
  /** 1: text. */
  readonly opcode?: number
  readonly isLast?: boolean
  /** The three reserved bits, as a number. */
  readonly reserved?: number
  readonly isMasked?: boolean
  /** Said in place of the true length, in 64 bits. */
  readonly length?: bigint
}

/** A frame, one character an octet. */
export function frame(payload: string, wish: FrameWish = {}): string {
  const { opcode = 1, isLast = true, reserved = 0, isMasked = true } = wish
  const octets = Buffer.from(payload, 'latin1')
  const first = (isLast ? 0x80 : 0) | (reserved << 4) | opcode
  const bit = isMasked ? 0x80 : 0
  const head = lengthOf(octets.length, bit, wish.length)
  const mask = isMasked ? randomBytes(4) : Buffer.alloc(0)
  if (isMasked) for (const [at, octet] of octets.entries()) octets[at] = octet ^ (mask[at % 4] ?? 0)
  return Buffer.concat([Buffer.from([first]), head, mask, octets]).toString('latin1')
}

function lengthOf(octets: number, bit: number, said: bigint | undefined): Buffer {
  if (said === undefined && octets < 126) return Buffer.from([bit | octets])
  if (said === undefined && octets < 65_536) return Buffer.from([bit | 126, octets >> 8, octets & 0xff])
  const head = Buffer.alloc(9)
  head[0] = bit | 127
  head.writeBigUInt64BE(said ?? BigInt(octets), 1)
  return head
}

/** Opens a WebSocket by hand. @returns whether the server switched protocols */
export async function upgrade(
  line: Line,
  at: { readonly host: string; readonly path: string; readonly protocol: string | undefined },
  withinMs: number,
): Promise<boolean> {
  line.send(
    [
      `GET ${at.path} HTTP/1.1`,
      `Host: ${at.host}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
      'Sec-WebSocket-Version: 13',
      ...(at.protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${at.protocol}`]),
      '',
      '',
    ].join('\r\n'),
  )
  const answer = await line.next(({ text }) => text.startsWith('HTTP/1.'), withinMs)
  return answer !== undefined && / 101[ \r]/.test(answer.text.slice(0, 16))
}
