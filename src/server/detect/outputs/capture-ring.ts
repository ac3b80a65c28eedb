import { appendFile, mkdir, readdir, stat, truncate, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { LINK } from '../../../detect/capture/link-type.ts'
import { udpPacket } from '../../../detect/capture/write-packet.ts'
import { enhancedPacket, interfaceDescription, sectionHeader } from '../../../detect/capture/write-pcapng.ts'
import { safeJson } from '../../../detect/output/safe-json.ts'
import { DeliveryQueue } from './queue.ts'
import type { ShownMessages } from './shown-messages.ts'
import { type Sink, type SinkUser, Trouble } from './sink.ts'

/** Where captures go, and how much of them is kept. */
export interface CapturePlace {
  readonly folder: string
  readonly maxFileBytes: number
  readonly maxFiles: number
}

const NAME = /^findings-\d{8}\.pcapng$/
const FILE_MODE = 0o640

/**
 * A ring of pcapng files with the messages behind each finding: the verdict is the comment of the last packet. Messages of
 * TCP, TLS and WebSocket are shown as datagrams, decrypted.
 */
export function captureRing(place: CapturePlace, messages: ShownMessages, user: SinkUser): Sink {
  const name = `captures ${place.folder}`
  const files = new RingOfFiles(place)
  const queue = new DeliveryQueue<Buffer>(
    blocks => files.append(Buffer.concat([...blocks])),
    new Trouble(user, name),
  )
  return {
    name,
    takesEvents: false,
    write: record => {
      if (record.kind !== 'finding') return
      const { finding, wallMs } = record
      const { id, detector, subject, why, score, confidence } = finding
      const shown = messages.of(finding)
      const blocks: Buffer[] = []
      for (const [i, each] of shown.entries()) {
        const packet = udpPacket(each.remote, each.local, Buffer.from(each.text, 'latin1'))
        if (packet === undefined) continue
        const isLast = i === shown.length - 1
        blocks.push(
          enhancedPacket({
            wallMs: wallMs - finding.atMs + each.atMs,
            octets: packet,
            direction: 'inbound',
            ...(isLast ? { comment: safeJson({ id, detector, subject, why, score, confidence }) } : {}),
          }),
        )
      }
      if (blocks.length > 0) queue.add(Buffer.concat(blocks))
    },
    close: () => queue.close(),
  }
}

/** Files with numbers that go up: a full one is followed by the next, and the oldest is removed. */
class RingOfFiles {
  readonly #place: CapturePlace
  #number = 0
  #isReady = false

  constructor(place: CapturePlace) {
    this.#place = place
  }

  async append(blocks: Buffer): Promise<void> {
    const { folder, maxFileBytes, maxFiles } = this.#place
    if (!this.#isReady) {
      await mkdir(folder, { recursive: true, mode: 0o750 })
      const names = (await readdir(folder)).filter(each => NAME.test(each)).sort()
      this.#number = Number(names.at(-1)?.slice(9, 17) ?? 1)
      this.#isReady = true
    }
    let size = await sizeOf(this.#path(this.#number))
    if (size > 0 && size + blocks.length > maxFileBytes) {
      this.#number += 1
      size = 0
      await unlink(this.#path(this.#number - maxFiles)).catch(() => {})
    }
    const head = size === 0 ? [sectionHeader('Aspis'), interfaceDescription(LINK.raw, 'sip')] : []
    const path = this.#path(this.#number)
    try {
      await appendFile(path, Buffer.concat([...head, blocks]), { mode: FILE_MODE })
    } catch (error) {
      // Half a block would make all that follows unreadable, and the folder may be gone.
      await truncate(path, size).catch(() => {})
      this.#isReady = false
      throw error
    }
  }

  #path(number: number): string {
    return join(this.#place.folder, `findings-${String(number).padStart(8, '0')}.pcapng`)
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch {
    return 0
  }
}
