import type { Socket } from 'node:net'

const HANDSHAKE_RECORD = 22
const RECORD_HEADER_BYTES = 5
/** RFC 8446 §5.1; what claims to be longer is for the library to refuse. */
const MAX_RECORD_BYTES = 16 * 1024

/**
 * Waits until the first TLS record of a client is there as a whole, or what can be none. The record is left in the
 * socket: until then nothing was computed for the client, and what computing it costs can be put off.
 *
 * @param greeted called once
 */
export function whenGreeted(socket: Socket, greeted: () => void): void {
  let needed = RECORD_HEADER_BYTES
  const look = (): void => {
    if (socket.readableLength === 0) {
      // Only a read finds that the stream has ended.
      socket.read()
      return
    }
    if (needed === RECORD_HEADER_BYTES && socket.readableLength >= needed) {
      const header: unknown = socket.read(RECORD_HEADER_BYTES)
      if (!Buffer.isBuffer(header)) return
      socket.unshift(header)
      needed += recordBytes(header)
    }
    if (socket.readableLength < needed) return
    socket.off('readable', look)
    greeted()
  }
  socket.on('readable', look)
}

/** Bytes of the record after its header; none when it is no handshake. */
function recordBytes(header: Buffer): number {
  const length = header.readUInt16BE(3)
  return header[0] === HANDSHAKE_RECORD && length <= MAX_RECORD_BYTES ? length : 0
}
