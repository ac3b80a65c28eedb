import { appendFile } from 'node:fs/promises'
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
  const queue = new DeliveryQueue<string>(
    lines => appendFile(path, `${lines.join('\n')}\n`, { encoding: 'latin1', mode: FILE_MODE }),
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
