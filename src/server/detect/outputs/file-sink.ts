import { appendFile, open } from 'node:fs/promises'
import type { OutputRecord } from '../../../detect/output/record.ts'
import { DeliveryQueue } from './queue.ts'
import { type Sink, type SinkUser, Trouble } from './sink.ts'

/** Those who read logs are of the server's group. */
const FILE_MODE = 0o640

/**
 * Lines into a file. It is opened for each batch, so whoever rotates logs needs to tell nobody.
 * @param lineOf undefined where the form of the file has nothing for a record
 */
export function fileSink(
  path: string,
  takesEvents: boolean,
  lineOf: (record: OutputRecord) => string | undefined,
  user: SinkUser,
): Sink {
  const name = `file ${path}`
  /** Whether the last line that is there has its end. */
  let isWhole = false
  const queue = new DeliveryQueue<string>(
    async lines => {
      const start = isWhole || (await endsWhole(path)) ? '' : '\n'
      isWhole = false
      await appendFile(path, `${start}${lines.join('\n')}\n`, { encoding: 'latin1', mode: FILE_MODE })
      isWhole = true
    },
    new Trouble(user, name),
    1000,
  )
  return {
    name,
    takesEvents,
    write: record => {
      const line = lineOf(record)
      if (line !== undefined) queue.add(line)
    },
    close: () => queue.close(),
  }
}

/** A full disk or a crash may have cut the last line: the next one must not be a part of it. */
async function endsWhole(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'r')
    try {
      const { size } = await file.stat()
      if (size === 0) return true
      const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
      return buffer[0] === LINE_FEED
    } finally {
      await file.close()
    }
  } catch {
    // It is not there yet, or writing tells what is wrong.
    return true
  }
}

const LINE_FEED = 10
