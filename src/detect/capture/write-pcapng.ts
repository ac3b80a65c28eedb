/**
 * Blocks of a pcapng file as octets (draft-ietf-opsawg-pcapng), little endian. A file is a section header, an
 * interface description, then packets; any run of whole blocks that begins with these two is a file.
 */
const SECTION_HEADER = 0x0a0d0d0a
const INTERFACE_DESCRIPTION = 1
const ENHANCED_PACKET = 6
const BYTE_ORDER_MAGIC = 0x1a2b3c4d

const OPTION_END = 0
const OPTION_COMMENT = 1
const OPTION_APPLICATION = 4
const OPTION_INTERFACE_NAME = 2
const OPTION_FLAGS = 2

/** Type, length in front, length behind. */
const BLOCK_OVERHEAD = 12
const PACKET_FIELDS = 20
const OPTION_HEADER = 4
const WORD = 2 ** 32

/** The longest text of an option: its length has sixteen bits, and is padded to four octets. */
export const MAX_COMMENT_BYTES = 65_532

/** A packet to write. */
export interface PacketToWrite {
  /** Ms since 1970; written in microseconds. */
  readonly wallMs: number
  /** As the link type of its interface says. */
  readonly octets: Uint8Array
  /** On the wire, when the octets are only its beginning. */
  readonly originalLength?: number
  /** Order of the interface in its section, from 0. */
  readonly interfaceNumber?: number
  /** Text for a reader; longer than `MAX_COMMENT_BYTES` it is cut. */
  readonly comment?: string
  readonly direction?: 'inbound' | 'outbound'
}

/** The block that begins a file. @param application who writes it, such as `Aspis 1.0` */
export function sectionHeader(application: string): Buffer {
  const options = optionsOf([[OPTION_APPLICATION, Buffer.from(application, 'utf8')]])
  const block = newBlock(SECTION_HEADER, 16 + options.length)
  block.writeUInt32LE(BYTE_ORDER_MAGIC, 8)
  block.writeUInt16LE(1, 12)
  block.writeUInt16LE(0, 14)
  // Its length is not known: minus one.
  block.writeUInt32LE(0xffffffff, 16)
  block.writeUInt32LE(0xffffffff, 20)
  options.copy(block, 24)
  return block
}

/** The block of an interface; times of its packets are in microseconds. @param linkType of `LINK` */
export function interfaceDescription(linkType: number, name: string): Buffer {
  const options = optionsOf([[OPTION_INTERFACE_NAME, Buffer.from(name, 'utf8')]])
  const block = newBlock(INTERFACE_DESCRIPTION, 8 + options.length)
  block.writeUInt16LE(linkType, 8)
  block.writeUInt32LE(0, 12)
  options.copy(block, 16)
  return block
}

/** The block of a packet. */
export function enhancedPacket(packet: PacketToWrite): Buffer {
  const { octets, comment, direction } = packet
  const chosen: [number, Buffer][] = []
  if (comment !== undefined && comment !== '') chosen.push([OPTION_COMMENT, commentOctets(comment)])
  if (direction !== undefined) {
    const flags = Buffer.alloc(4)
    flags.writeUInt32LE(direction === 'inbound' ? 1 : 2)
    chosen.push([OPTION_FLAGS, flags])
  }
  const options = optionsOf(chosen)
  const dataLength = padded(octets.length)
  const block = newBlock(ENHANCED_PACKET, PACKET_FIELDS + dataLength + options.length)
  const micros = Math.max(0, Math.round(packet.wallMs * 1000))
  block.writeUInt32LE(packet.interfaceNumber ?? 0, 8)
  block.writeUInt32LE(Math.floor(micros / WORD) % WORD, 12)
  block.writeUInt32LE(micros % WORD, 16)
  block.writeUInt32LE(octets.length, 20)
  block.writeUInt32LE(packet.originalLength ?? octets.length, 24)
  block.set(octets, 28)
  options.copy(block, 28 + dataLength)
  return block
}

function newBlock(type: number, bodyLength: number): Buffer {
  const length = BLOCK_OVERHEAD + bodyLength
  const block = Buffer.alloc(length)
  block.writeUInt32LE(type, 0)
  block.writeUInt32LE(length, 4)
  block.writeUInt32LE(length, length - 4)
  return block
}

function optionsOf(options: readonly (readonly [code: number, value: Buffer])[]): Buffer {
  if (options.length === 0) return Buffer.alloc(0)
  let length = OPTION_HEADER
  for (const [, value] of options) length += OPTION_HEADER + padded(value.length)
  const octets = Buffer.alloc(length)
  let at = 0
  for (const [code, value] of options) {
    octets.writeUInt16LE(code, at)
    octets.writeUInt16LE(value.length, at + 2)
    value.copy(octets, at + OPTION_HEADER)
    at += OPTION_HEADER + padded(value.length)
  }
  octets.writeUInt16LE(OPTION_END, at)
  return octets
}

/** The text as UTF-8, cut where a character ends. */
function commentOctets(comment: string): Buffer {
  const octets = Buffer.from(comment.slice(0, MAX_COMMENT_BYTES), 'utf8')
  if (octets.length <= MAX_COMMENT_BYTES) return octets
  let end = MAX_COMMENT_BYTES
  while (end > 0 && ((octets[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return octets.subarray(0, end)
}

function padded(length: number): number {
  return (length + 3) & ~3
}
